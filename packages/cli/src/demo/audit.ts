/** The auditor's part of the story: a bundle, a trust file that came by another way, and a copy that somebody touched. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VerifyReport } from '@tai-autonomics/core/receipt';
import { exportBundle, folderSink, readBundle, trustFileFor, verifyBundle } from '@tai-autonomics/governor/bundle';
import { detectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { openEvidence } from '../audit/evidence.ts';
import type { Io } from '../terminal/io.ts';
import type { Teller } from './teller.ts';
import { STORY } from './world.ts';

interface Exported {
  readonly receipts: number;
  readonly trust: string;
  readonly checkpoint: string;
}

/** Exports the tenant's evidence and verifies it with nothing but the bundle and the trust file; then a touched copy. */
export const audit = async (io: Io, teller: Teller, deployment: string, dir: string): Promise<void> => {
  teller.step('The evidence is exported and verified offline; then one byte of one receipt is changed');
  const exported = await exportTo(io, deployment, dir);
  if (E.isLeft(exported)) {
    teller.check(`the bundle is exported: ${exported.left}`, false);
    return;
  }
  const { trust, checkpoint, receipts } = exported.right;
  teller.note(`exported ${receipts} receipts of ${STORY.tenant}`);
  // The auditor got this checkpoint by another way than the bundle: so nothing can be missing before it.
  const report = await verify(join(dir, 'bundle'), { trust, outside: checkpoint });
  if (report === undefined) {
    teller.check('the bundle can be read', false);
    return;
  }
  show(teller, report);
  teller.check(
    'linked, signed and trusted',
    [report.labels.linked, report.labels.signed, report.labels.trusted].every((label) => label === 'yes'),
  );
  teller.check(
    `all ${receipts} receipts are re-derived, from their readings and from the ledger`,
    report.rederived.level2 === receipts && report.overall === 'verified',
  );
  await cp(join(dir, 'bundle'), join(dir, 'bundle-tampered'), { recursive: true });
  const place = await tamper(join(dir, 'bundle-tampered'));
  teller.note(`one byte of receipt #${place} is changed in a copy`);
  const touched = await verify(join(dir, 'bundle-tampered'), { trust, outside: checkpoint });
  const bad = touched?.firstBad;
  if (bad !== undefined) teller.note(`the verifier: receipt #${bad.seq} is the first bad one: ${bad.why}`);
  teller.check(`the verifier names receipt #${place}`, touched?.overall === 'falsified' && bad?.seq === place);
};

const exportTo = async (io: Io, deployment: string, dir: string): Promise<E.Either<string, Exported>> => {
  const evidence = await openEvidence(io, deployment);
  if (E.isLeft(evidence)) return E.left(evidence.left.join('; '));
  try {
    const source = await evidence.right.sourceOf(STORY.tenant);
    if (E.isLeft(source)) return source;
    if (source.right === undefined) return E.left('the tenant has no ledger');
    const bundle = join(dir, 'bundle');
    const sink = await folderSink(bundle);
    if (E.isLeft(sink)) return sink;
    const exported = await exportBundle(source.right, { clear: 'ledger' }, sink.right);
    if (E.isLeft(exported)) return exported;
    const trust = trustFileFor([exported.right.vkey]);
    if (E.isLeft(trust)) return trust;
    await writeFile(join(dir, 'trust'), trust.right);
    // As an operator hands it to an auditor: out of the deployment, not out of the bundle.
    const { store, ledger } = source.right;
    const checkpoint = await store.checkpoint(ledger);
    if (E.isLeft(checkpoint) || checkpoint.right === undefined) return E.left('the ledger has no checkpoint');
    return E.right({ receipts: exported.right.receipts, trust: trust.right, checkpoint: checkpoint.right.note });
  } finally {
    await evidence.right.close();
  }
};

const verify = async (
  path: string,
  given: { readonly trust: string; readonly outside?: string },
): Promise<VerifyReport | undefined> => {
  const bundle = await readBundle(path);
  if (E.isLeft(bundle)) return undefined;
  try {
    const report = await verifyBundle(bundle.right, { rederive: true, detectors, ...given });
    return E.isRight(report) ? report.right : undefined;
  } finally {
    bundle.right.close();
  }
};

/** Changes one byte of one receipt in the middle of a bundle: a digit of the year in which it was made. */
const tamper = async (bundle: string): Promise<number> => {
  const path = join(bundle, 'receipts.jsonl');
  const lines = (await readFile(path, 'utf8')).split('\n');
  const place = Math.floor(lines.length / 2);
  lines[place] = (lines[place] ?? '').replace('"at":"2', '"at":"3');
  await writeFile(path, lines.join('\n'));
  return place;
};

const show = (teller: Teller, report: VerifyReport): void => {
  teller.note(report.headline);
  for (const { sentence } of report.unchecked) teller.note(`not checked: ${sentence}`);
  for (const { step, status, sentence } of report.steps)
    teller.note(`${step.padEnd(13)} ${status.padEnd(11)} ${sentence}`);
};

/** advanced_analytics, used: every figure of a ledger in which things happened, and the same figures again from its bundle. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FIGURES, startFigure } from '@tai-autonomics/core/analytics';
import {
  appendLeaf,
  decodeBase64,
  emptyFrontier,
  encodeBase64url,
  type Json,
  leafHash,
  parseDisclosures,
  parseReceipt,
  type Receipt,
  treeRoot,
  verifyDisclosures,
} from '@tai-autonomics/core/receipt';
import { readBundle } from '@tai-autonomics/governor/bundle';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { expect } from 'vitest';
import { right, SERVICE, shipped } from '../governor/kit.ts';
import { bearing, grant } from '../packs/guarded.ts';
import { tourGuards } from './guards-tour.ts';
import type { Answer, Office } from './office.ts';

const analyst = bearing('user', 'nora', 'read_metrics', 'read_audit_trail', 'admin_dashboard');
const EVER = { since: 0, until: Number.MAX_SAFE_INTEGER };

const TOOLS: Readonly<Record<string, string>> = {
  overview: 'ledger_overview',
  refusals: 'refusal_figures',
  usage: 'usage_figures',
  durations: 'duration_figures',
  recurrence: 'recurrence_figures',
  adoption: 'adoption_figures',
  approvals: 'approval_figures',
  freshness: 'freshness_figures',
};

interface Kept {
  readonly receipt: Receipt;
  readonly leaf: Uint8Array;
  readonly disclosed: ReadonlyMap<string, Json>;
}

/** What a bundle of the ledger holds, read as an auditor would. */
const keptIn = async ({ folder }: Office, text: string): Promise<readonly Kept[]> => {
  const path = join(folder, 'audit.tar');
  writeFileSync(path, gunzipSync(decodeBase64(text) ?? new Uint8Array(0)));
  const bundle = right(await readBundle(path));
  const kept = bundle.seqs.map((seq): Kept => {
    const bytes = right(bundle.source.read({ file: 'receipt', seq })) ?? new Uint8Array(0);
    const receipt = right(parseReceipt(bytes));
    const file = right(bundle.source.read({ file: 'disclosures', seq }));
    const texts = file === undefined ? [] : right(parseDisclosures(file));
    return {
      receipt,
      leaf: leafHash(nodeSha256, bytes),
      disclosed: right(verifyDisclosures(nodeSha256, receipt, texts)),
    };
  });
  bundle.close();
  return kept;
};

/** A figure from the first receipts of a bundle, and the root over them. */
const again = (kept: readonly Kept[], name: string, size: number): readonly [Json, string] => {
  const run = startFigure(name, EVER, {
    packOf: (digest, action) => (digest === shipped.digest ? shipped.catalog.actions.get(action)?.pack : undefined),
  });
  if (run === undefined) throw new Error(`no figure ${name}`);
  let frontier = emptyFrontier;
  for (const { receipt, disclosed, leaf } of kept.slice(0, size)) {
    run.step(receipt, disclosed);
    frontier = appendLeaf(nodeSha256, frontier, leaf);
  }
  return [run.finish().figure, encodeBase64url(treeRoot(nodeSha256, frontier))];
};

/** What the figures of this very ledger are: it is small, so they can be counted by hand. */
const expectSense = (found: ReadonlyMap<string, Answer>): void => {
  const figureOf = (name: string): Readonly<Record<string, unknown>> => found.get(name)?.found['figure'] as never;
  expect(figureOf('refusals')).toMatchObject({
    byAction: { trigger_rollback: { decisions: 3, refused: 2, codes: { rollback_policy_not_approved: 2 } } },
  });
  expect(figureOf('recurrence')).toMatchObject({
    mostRepeated: [{ action: 'trigger_rollback', code: 'rollback_policy_not_approved', times: 2 }],
  });
  expect(figureOf('durations')).toMatchObject({
    byAction: { trigger_rollback: { toBegin: { count: 1 }, toOutcome: { count: 1 }, outcomes: { success: 1 } } },
    open: 0,
  });
  expect(figureOf('approvals')).toMatchObject({
    byAction: { trigger_rollback: { asked: 1, given: 1, waited: { count: 1 } }, remediate_drift: { given: 1 } },
    stillWaiting: 0,
  });
  expect(figureOf('usage')).toMatchObject({ byPack: { rollback_guard: 6, iam_drift_guard: 3 } });
  expect(figureOf('adoption')).toMatchObject({ soldAndNotUsed: ['policy_engine', 'receipt_verifier'] });
  expect(figureOf('freshness')).toMatchObject({ evidenceAge: { 'deployment_stable/git': { mostMs: 0 } } });
  expect(figureOf('overview')).toMatchObject({ outcomes: { success: 5 }, openAtTheEnd: 0 });
};

/** The whole tour. */
export const tourFigures = async (office: Office): Promise<void> => {
  await tourGuards(office);
  await grant(office, analyst);
  // That of incidents is asked of incident_response, whatever was bought.
  expect([...Object.keys(TOOLS), 'incidents'].sort()).toEqual(Object.keys(FIGURES).sort());
  const found = new Map<string, Answer>();
  for (const [name, tool] of Object.entries(TOOLS)) found.set(name, await office.call(analyst, tool));
  expectSense(found);

  const exported = await office.call(analyst, 'receipt_export');
  const kept = await keptIn(office, String(exported.found['bundle']));
  for (const [name, answer] of found) {
    const { size, root } = answer.found['computedFrom'] as { readonly size: number; readonly root: string };
    expect([name, ...again(kept, name, size)]).toEqual([name, answer.found['figure'], root]);
  }

  const none = await office.call(analyst, 'refusal_figures', { since: '2030-01-01T00:00:00Z' });
  expect(none.found).toMatchObject({ figure: { decisions: 0 }, computedFrom: { receipts: 0 } });
  const { governor } = office.setting;
  const refused = await governor.submit(bearing('user', 'nora', 'read_metrics'), {
    action: 'show_overview',
    resource: SERVICE,
  });
  expect(refused).toMatchObject({ decision: { verdict: 'refuse', reasons: [{ code: 'insufficient_privilege' }] } });
};

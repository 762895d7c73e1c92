/**
 * The issuer as a liar: one thing that an honest ledger says is said otherwise, and everything is sealed again as only its
 * issuer can, links, references and all. Verified is then only what the page of the format names as the issuer's word.
 */
import { readFileSync } from 'node:fs';
import { createRederiver } from '@tai-autonomics/core/engine';
import {
  buildDisclosure,
  type Json,
  type LedgerEntry,
  type Receipt,
  receiptText,
  startVerifier,
  type VerifyReport,
} from '@tai-autonomics/core/receipt';
import { nodeEd25519, nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Entry, ledgerOf, shipped } from '../governor/kit.ts';
import { bytesOf, right, saltOf } from '../receipt/fixture.ts';
import { type Dice, diceOf } from '../receipt/mutants.ts';
import { type Sealed, sealedBy } from '../receipt/sealed.ts';
import { runs } from '../runs.ts';
import { makeEvidence, workFolder } from './evidence.ts';

const LIES = runs(400, 40);
const work = workFolder();
let told: readonly Told[] = [];

beforeAll(async () => {
  const entries = await ledgerOf((await makeEvidence(work.path())).setting);
  told = entries.map(toldOf);
});
afterAll(work.remove);

/** A receipt and what it discloses, by name; the receipt itself under the empty name. */
interface Told {
  readonly documents: ReadonlyMap<string, Json>;
  readonly leaf: string;
  readonly of?: number;
}

const toldOf = ({ receipt, disclosed, row }: Entry): Told => ({
  documents: new Map<string, Json>([['', receipt as unknown as Json], ...disclosed]),
  leaf: Buffer.from(row.leaf).toString('base64url'),
  ...(receipt.kind !== 'decision' && { of: receipt.of.seq }),
});

const receiptOf = ({ documents }: Told): Receipt => documents.get('') as unknown as Receipt;

/** Sealed by the issuer: whatever names an earlier receipt by its leaf names the new one. `undefined` where it would be none. */
const sealed = (all: readonly Told[]): Sealed | undefined => {
  const renamed = (value: Json, leaves: readonly string[]): Json => {
    let text = JSON.stringify(value);
    for (const [i, leaf] of leaves.entries()) text = text.replaceAll(all[i]?.leaf ?? leaf, leaf);
    return JSON.parse(text) as Json;
  };
  const { origin } = receiptOf(all[0] as Told);
  return sealedBy(nodeSha256, origin, all.length, (seq, leaves) => {
    const one = all[seq] as Told;
    const shown = [...one.documents].flatMap(([name, value]) =>
      name === '' ? [] : [right(buildDisclosure(nodeSha256, saltOf(`${seq} ${name}`), name, renamed(value, leaves)))],
    );
    const { v: _, _sd_alg: __, origin: ___, seq: ____, prev: _____, ...rest } = receiptOf(one);
    const of = one.of === undefined ? {} : { of: { seq: one.of, leaf: leaves[one.of] ?? '' } };
    return { entry: { ...rest, ...of, _sd: shown.map(({ digest }) => digest).sort() } as LedgerEntry, shown };
  });
};

/** As an auditor has it who got the very same checkpoint by another way: nothing is left to be incomplete. */
const verified = ({ receipts, disclosures, checkpoint, trust }: Sealed): VerifyReport => {
  const verifier = startVerifier({
    sha256: nodeSha256,
    ed25519: nodeEd25519,
    coverage: 'whole',
    checkpoint,
    outside: checkpoint,
    trust,
    attachments: { catalogs: new Set([shipped.digest]), evidence: new Set() },
    rederiver: createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) }),
  });
  for (const [i, line] of receipts.entries())
    verifier.step({ bytes: bytesOf(line), disclosures: disclosures[i] ?? [] });
  return verifier.finish();
};

type Path = readonly string[];

const pathsOf = (json: Json, at: Path = []): readonly Path[] =>
  typeof json !== 'object' || json === null
    ? [at]
    : [at, ...Object.entries(json).flatMap(([name, value]) => pathsOf(value as Json, [...at, name]))];

const valueAt = (json: Json, [name, ...rest]: Path): Json =>
  name === undefined ? json : valueAt((json as Record<string, Json>)[name] ?? null, rest);

/** The document with another value at a path; `undefined`: without it. */
const saying = (json: Json, [name, ...rest]: Path, value: Json | undefined): Json => {
  if (name === undefined) return value ?? null;
  const before = json as Record<string, Json>;
  if (Array.isArray(json)) {
    const list = json as readonly Json[];
    return value === undefined && rest.length === 0
      ? list.toSpliced(Number(name), 1)
      : list.with(Number(name), saying(before[name] ?? null, rest, value));
  }
  const { [name]: inner = null, ...others } = before;
  return value === undefined && rest.length === 0 ? others : { ...others, [name]: saying(inner, rest, value) };
};

/** What the sealing itself says, and no issuer chooses. */
const OF_THE_SEAL: ReadonlySet<string | undefined> = new Set(['prev', '_sd', '_sd_alg', 'seq', 'v', 'origin', 'of']);
/** Something that is of the same sort, or nothing at all. */
const otherwise = (before: Json, next: Dice): Json | undefined => {
  const pick = (...values: readonly (Json | undefined)[]): Json | undefined => values[next(values.length)];
  switch (typeof before) {
    case 'string':
      return pick('other', '2026-11-21T08:59:00.000Z', 'A'.repeat(43), undefined);
    case 'number':
      return pick(7, before + 1, undefined);
    case 'boolean':
      return pick(!before, undefined);
    default:
      return pick(undefined, [], {});
  }
};

interface Lie {
  readonly sealed: Sealed;
  readonly event: string;
  readonly document: string;
  readonly path: string;
}

const lie = (next: Dice): Lie | undefined => {
  const i = next(told.length);
  const one = told[i] as Told;
  const names = [...one.documents.keys()];
  const document = names[next(names.length)] ?? '';
  const before = one.documents.get(document) ?? null;
  const paths = pathsOf(before).filter(([first], at) => at > 0 && !(document === '' && OF_THE_SEAL.has(first)));
  const path = paths[next(Math.max(1, paths.length))];
  if (path === undefined) return undefined;
  const was = valueAt(before, path);
  const is = otherwise(was, next);
  if (JSON.stringify(was) === JSON.stringify(is)) return undefined;
  const after = saying(before, path, is);
  if (document === '' && E.isLeft(receiptText(after))) return undefined;
  const made = sealed(told.with(i, { ...one, documents: new Map([...one.documents, [document, after]]) }));
  const { event } = receiptOf(one);
  return made && { sealed: made, event, document, path: path.filter((name) => !/^\d+$/.test(name)).join('.') };
};

/** What the page names as the issuer's word: beginnings of paths, by document. */
const words = (): ReadonlyMap<string, readonly string[]> => {
  const page = readFileSync(new URL('../../docs/receipt-v1.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('<!-- word -->');
  const rows = (table.split('<!-- /word -->')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  const ticked = (text = ''): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one);
  return new Map(
    rows.slice(1).map((row) => {
      const [, of = '', what] = row.split('|');
      return [ticked(of)[0]?.replace('…', '') ?? '', ticked(what)] as const;
    }),
  );
};

test('the ledger as it is verifies, and nothing of it is open', () => {
  const report = verified(sealed(told) as Sealed);
  expect(report).toMatchObject({ overall: 'verified', findings: [] });
});

test('whatever an issuer says otherwise in one place is found, but for what is the issuer’s word', () => {
  const allowed = words();
  expect(allowed.size).toBe(4);
  const next = diceOf('liar');
  let tried = 0;
  const survived: Omit<Lie, 'sealed'>[] = [];
  while (tried < LIES) {
    const one = lie(next);
    if (one === undefined) continue;
    tried += 1;
    const { sealed: made, ...what } = one;
    if (verified(made).overall === 'verified') survived.push(what);
  }
  const isWord = ({ document, path }: Omit<Lie, 'sealed'>): boolean =>
    [...allowed].some(
      ([of, paths]) =>
        (of === '' ? document === '' : document.startsWith(of)) &&
        paths.some((begin) => path === begin || path.startsWith(`${begin}.`)),
    );
  expect(survived.filter((one) => !isWord(one))).toEqual([]);
  expect(survived.length).toBeGreaterThan(0);
});

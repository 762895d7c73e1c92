/**
 * Two implementations, one verdict. `python/receipts.py` was written from the format's page and shares no code with the
 * packages; whatever is done to a bundle, both say the same of it: the verdict, the steps that fail, the labels.
 */
import { readdirSync } from 'node:fs';
import {
  assembleNote,
  consistencyProof,
  cosignatureMessage,
  formatConsistency,
  formatInclusion,
  inclusionProof,
  joinCosignature,
  type LedgerEntry,
  leafHash,
  nodesOf,
  parseNote,
  signEd25519,
} from '@tai-autonomics/core/receipt';
import { expect, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import { runs } from '../runs.ts';
import type { AttackVector } from './attacks.ts';
import {
  buildLedger,
  bytesOf,
  entryAt,
  inputsOf,
  ORIGIN,
  partialInputs,
  readVector,
  right,
  sha256,
  type TestKey,
  testKey,
} from './fixture.ts';
import { type Dice, diceOf, mutate } from './mutants.ts';
import { type Case, compared, ours } from './second.ts';

const RUNS = runs(600);
const ISSUED = runs(200, 60);
const SEEN = runs(150, 15);

const vectors = readdirSync(new URL('../vectors/receipt', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => readVector(`receipt/${name}`) as AttackVector);

const texts = vectors.flatMap(({ receipts, checkpoint, trust }) => [...receipts, checkpoint ?? '', trust ?? '']);

const changedAt = (list: readonly string[] | undefined, next: Dice): readonly string[] | undefined => {
  if (list === undefined || list.length === 0) return list;
  const at = next(list.length);
  return list.map((text, i) => (i === at ? mutate([text, text, text, texts[next(texts.length)] ?? ''], next) : text));
};

/** A vector with one of its texts changed, as a carrier could have. */
const carried = (next: Dice): Case => {
  const { comment: _, expect: __, ...one } = vectors[next(vectors.length)] as AttackVector;
  const text = (from: string | undefined): string =>
    mutate([from ?? '', from ?? '', texts[next(texts.length)] ?? ''], next);
  switch (next(8)) {
    case 0:
      return { ...one, checkpoint: text(one.checkpoint) };
    case 1:
      return { ...one, trust: text(one.trust) };
    case 2: {
      const { handovers } = one;
      return handovers === undefined ? one : { ...one, handovers: changedAt(handovers, next) ?? [] };
    }
    case 3: {
      const { proofs } = one;
      return proofs === undefined ? one : { ...one, proofs: changedAt(proofs, next) ?? [] };
    }
    case 4:
      return one.disclosures === undefined
        ? one
        : {
            ...one,
            disclosures: one.disclosures.map((list) => (next(2) === 0 ? list : (changedAt(list, next) ?? []))),
          };
    default:
      return { ...one, receipts: changedAt(one.receipts, next) ?? [] };
  }
};

const EVENTS = [
  'key_rotated',
  'key_revoked',
  'disclosures_purged',
  'engine_upgraded',
  'ledger_closed',
  'role_granted',
  'ledger_moved',
  'ledger_taken_over',
];
const DIGESTS = ['A', 'B'].map((letter) => `${letter.repeat(42)}A`);

/** A ledger whose issuer seals what it likes about catalogs, semantics, terms and its end. */
const issued = (next: Dice): Case => {
  const ledger = buildLedger(8, ORIGIN, (seq, sd, before) => {
    const entry = entryAt(seq, sd, before) as LedgerEntry & { readonly terms?: object };
    const { catalog, engine } = entry;
    const common = {
      ...entry,
      catalog: next(20) === 0 ? { ...catalog, digest: DIGESTS[next(2)] ?? '' } : catalog,
      engine: next(24) === 0 ? { ...engine, semantics: 1 + next(2) } : engine,
      terms: { insurance: { id: ['one', 'two'][next(4) === 0 ? 1 : 0], digest: DIGESTS[0] } },
    };
    if (entry.kind !== 'decision' || next(3) > 0) return common as LedgerEntry;
    const writes = [
      { cell: 'active_catalog', key: [], set: DIGESTS[next(2)] },
      { cell: 'engine_semantics', key: [], set: 1 + next(2) },
      { cell: 'ledger_status', key: [], set: next(2) === 0 ? 'closed' : 'open' },
      { cell: 'ledger_moved_to', key: [], set: ['', 'eu'][next(2)] },
      { cell: 'ledger_place', key: [], set: 'eu' },
      { cell: 'insurance_certificate', key: [], set: ['one', 'two', DIGESTS[0]][next(3)] },
      { cell: 'purged_disclosures', key: ['0'], add: ['request/intent'] },
    ].filter(() => next(3) === 0);
    const { deadline: _, ...bare } = common as typeof common & { readonly deadline?: string };
    const event = EVENTS[next(EVENTS.length)] ?? '';
    return { ...bare, event, verdict: 'approve', codes: [], writes } as unknown as LedgerEntry;
  });
  return {
    coverage: 'whole',
    receipts: ledger.receipts.map(({ bytes }) => Buffer.from(bytes).toString('utf8')),
    checkpoint: ledger.note,
    trust: ledger.trust,
  };
};

const HOUR = 3_600;
const SEEN_AT = 1_795_248_600;
const [FIRST, SECOND] = [testKey('first.example/w', 4), testKey('second.example/w', 4)];
const SIZES = [5, 8] as const;
const grown = SIZES.map((size) => buildLedger(size));
const elsewhere = buildLedger(5, ORIGIN, (seq, sd, before) => ({ ...entryAt(seq, sd, before), subject: 'agent:fork' }));

const cosigned = (note: string, ...by: readonly (readonly [TestKey, number])[]): string => {
  const { text, signatures } = right(parseNote(note));
  const lines = by.map(([{ key, seed }, time]) => ({
    name: key.name,
    keyId: key.keyId,
    signature: joinCosignature(time, signEd25519(seed, cosignatureMessage(text, time)) ?? new Uint8Array(0)),
  }));
  return right(assembleNote(text, [...signatures, ...lines]));
};

/** What an auditor may bring and witnesses may have said: an age, a quorum, earlier checkpoints, proofs of continuity. */
const watched = (next: Dice): Case => {
  const [older, ledger] = grown as [(typeof grown)[0], (typeof grown)[0]];
  const pick = <A>(...of: readonly A[]): A => of[next(of.length)] as A;
  const at = (): number => SEEN_AT + pick(0, 1, 2 * HOUR, -2 * HOUR, 2 ** 40);
  const by = [FIRST, SECOND, FIRST].filter(() => next(3) > 0).map((key) => [key, at()] as const);
  const path =
    consistencyProof(
      sha256,
      nodesOf(
        sha256,
        ledger.receipts.map((r) => r.leaf),
      ),
      SIZES[0],
      SIZES[1],
    ) ?? [];
  const proof = {
    oldSize: pick(5, 5, 0, 4),
    proof: pick(path, path, path.slice(1), []),
    note: pick(ledger.note, older.note),
  };
  const isPart = next(3) === 0;
  const inputs = isPart ? partialInputs(ledger, [2, 4, 7]) : inputsOf(ledger.receipts);
  const own = (): string => pick(older.note, older.note, ledger.note, elsewhere.note, buildLedger(0).note, 'no note');
  return {
    coverage: isPart ? 'partial' : 'whole',
    receipts: inputs.map(({ bytes }) => Buffer.from(bytes).toString('utf8')),
    disclosures: inputs.map(({ disclosures }) => disclosures.filter(() => next(4) > 0)),
    ...(isPart && { proofs: inputs.map((input) => input.proof ?? '') }),
    checkpoint: cosigned(ledger.note, ...by),
    trust: [
      `log ${ledger.key.vkey}`,
      `witness first ${FIRST.vkey}`,
      `witness second ${SECOND.vkey}`,
      pick('group both all first second', 'group one any first second', `approver sub_a ${'A'.repeat(43)}`),
      `quorum ${pick('both', 'one', 'first', 'none', 'none')}`,
      '',
    ].join('\n'),
    ...(next(2) === 0 && { remembered: own() }),
    ...(next(2) === 0 && { outside: own() }),
    ...(next(2) === 0 && { consistency: [formatConsistency(proof)] }),
    ...(next(3) > 0 && {
      freshness: { atMs: 1000 * (SEEN_AT + pick(0, HOUR, -HOUR)), maxAgeMs: 1000 * pick(60, HOUR, 3 * HOUR) },
    }),
    ...(next(2) === 0 && {
      attachments: { catalogs: next(2) === 0 ? [] : [ledger.receipts[0]?.receipt.catalog.digest ?? ''], evidence: [] },
    }),
  };
};

/** Parts of a ledger that changed its key, with more or less of what leads from one key to the next. */
const partOfRotated = (next: Dice): Case => {
  const of = (name: string): AttackVector => readVector(`receipt/${name}.json`) as AttackVector;
  const { receipts, checkpoint = '', handovers = [], trust: first = '' } = of('untouched-rotated-first-key');
  const trusts = [first, first, ...['second', 'last'].map((key) => of(`untouched-rotated-${key}-key`).trust ?? '')];
  const leaves = receipts.map((line) => leafHash(sha256, bytesOf(line)));
  const nodes = nodesOf(sha256, leaves);
  const size = receipts.length;
  const places = [...receipts.keys()].filter((i) => next([3, 6, 7].includes(i) ? 6 : 2) > 0);
  const chosen = next(8) === 0 ? places.reverse() : places;
  const proofs = [5, 7].flatMap((oldSize) => {
    const proof = consistencyProof(sha256, nodes, oldSize, size) ?? [];
    const spoilt = next(8) === 0 ? proof.toReversed() : proof;
    return next(5) === 0 ? [] : [formatConsistency({ oldSize, proof: spoilt, note: checkpoint })];
  });
  return {
    coverage: 'partial',
    receipts: chosen.map((i) => receipts[i] ?? ''),
    proofs: chosen.map((index) =>
      formatInclusion({ index, proof: inclusionProof(sha256, nodes, index, size) ?? [], note: checkpoint }),
    ),
    checkpoint,
    handovers: handovers.filter(() => next(5) > 0),
    consistency: proofs,
    trust: trusts[next(trusts.length)] ?? '',
  };
};

test('on parts of a ledger that changed its key', (context) => {
  needs(context, 'python3');
  const next = diceOf('parts');
  const cases = Array.from({ length: SEEN }, () => partOfRotated(next));
  compared(cases);
  const trusted = cases.map((one) => (ours(one).labels as { readonly trusted: string }).trusted);
  expect(new Set(trusted)).toEqual(new Set(['yes', 'no']));
});

test('on every published vector', (context) => {
  needs(context, 'python3');
  compared(vectors);
});

test('on bundles that a carrier changed in any place', (context) => {
  needs(context, 'python3');
  const next = diceOf('carrier');
  // Text that is no Unicode can't be said in the JSON in which the cases are handed over.
  const cases = Array.from({ length: RUNS }, () => carried(next)).filter(
    (one) => !/\\ud[89a-f]/i.test(JSON.stringify(one)),
  );
  compared(cases);
});

test('on ledgers whose issuer seals what does not follow', (context) => {
  needs(context, 'python3');
  const next = diceOf('issuer of ledgers');
  const cases = Array.from({ length: ISSUED }, () => issued(next));
  compared(cases);
  const verdicts = new Set(cases.map((one) => ours(one).overall));
  expect([...verdicts].sort()).toEqual(['falsified', 'incomplete']);
});

test('on what an auditor brings, and witnesses say', (context) => {
  needs(context, 'python3');
  const next = diceOf('auditor');
  const cases = Array.from({ length: SEEN }, () => watched(next));
  compared(cases);
  const said = cases.map(ours);
  const ends = (step: string): ReadonlySet<string | undefined> => new Set(said.map(({ steps }) => steps[step]));
  for (const status of ['passed', 'incomplete', 'not_run']) expect(ends('freshness')).toContain(status);
  for (const status of ['passed', 'incomplete', 'failed', 'not_run']) expect(ends('consistency')).toContain(status);
  expect(new Set(said.map(({ complete }) => complete))).toEqual(new Set([null, 'witnesses', 'outside_checkpoint']));
});

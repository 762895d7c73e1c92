/**
 * Two implementations, one verdict. `python/receipts.py` was written from the format's page and shares no code with the
 * packages; whatever is done to a bundle, both say the same of it: the verdict, the steps that fail, the labels.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LedgerEntry, nobleSha256, startVerifier, type VerifyOptions } from '@tai-autonomics/core/receipt';
import { nodeEd25519 } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import type { AttackVector } from './attacks.ts';
import { buildLedger, bytesOf, entryAt, ORIGIN, readVector } from './fixture.ts';
import { type Dice, diceOf, mutate } from './mutants.ts';

type Case = Omit<AttackVector, 'comment' | 'expect'>;
interface Said {
  readonly overall: string;
  readonly failed: readonly string[];
  readonly labels: object;
}

const RUNS = 1_000;
const ISSUED = 300;

const vectors = readdirSync(new URL('../vectors/receipt', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => readVector(`receipt/${name}`) as AttackVector);

const ours = ({ receipts, disclosures, proofs, ...given }: Case): Said => {
  const { comment: _, expect: __, ...options } = given as Partial<AttackVector>;
  const verifier = startVerifier({
    sha256: nobleSha256,
    ed25519: nodeEd25519,
    ...(options as Omit<VerifyOptions, 'sha256' | 'ed25519'>),
  });
  for (const [i, line] of receipts.entries()) {
    const proof = proofs?.[i];
    verifier.step({ bytes: bytesOf(line), disclosures: disclosures?.[i] ?? [], ...(proof !== undefined && { proof }) });
  }
  const { overall, steps, labels } = verifier.finish();
  return { overall, failed: steps.filter(({ status }) => status === 'failed').map(({ step }) => step), labels };
};

const theirs = (cases: readonly Case[]): readonly Said[] => {
  const input = cases.map((one) => `${JSON.stringify(one)}\n`).join('');
  const script = fileURLToPath(new URL('python/receipts.py', import.meta.url));
  const { stdout, stderr } = spawnSync('python3', [script], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Said);
};

/** Both answers, and where they differ the case that shows it. */
const compared = (cases: readonly Case[]): void => {
  const answers = theirs(cases);
  expect(answers).toHaveLength(cases.length);
  for (const [i, one] of cases.entries())
    expect({ case: one, said: answers[i] }).toEqual({ case: one, said: ours(one) });
};

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

const EVENTS = ['key_rotated', 'key_revoked', 'disclosures_purged', 'engine_upgraded', 'ledger_closed', 'role_granted'];
const DIGESTS = ['A', 'B'].map((letter) => `${letter.repeat(42)}A`);

/** A ledger whose issuer seals what it likes about catalogs, semantics, terms and its end. */
const issued = (next: Dice): Case => {
  const ledger = buildLedger(8, ORIGIN, (seq, sd, before) => {
    const entry = entryAt(seq, sd, before) as LedgerEntry & { readonly terms?: object };
    const { catalog, engine } = entry;
    const common = {
      ...entry,
      catalog: next(6) === 0 ? { ...catalog, digest: DIGESTS[next(2)] ?? '' } : catalog,
      engine: next(8) === 0 ? { ...engine, semantics: 1 + next(2) } : engine,
      terms: { insurance: { id: ['one', 'two'][next(4) === 0 ? 1 : 0], digest: DIGESTS[0] } },
    };
    if (entry.kind !== 'decision' || next(3) > 0) return common as LedgerEntry;
    const writes = [
      { cell: 'active_catalog', key: [], set: DIGESTS[next(2)] },
      { cell: 'engine_semantics', key: [], set: 1 + next(2) },
      { cell: 'ledger_status', key: [], set: next(2) === 0 ? 'closed' : 'open' },
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

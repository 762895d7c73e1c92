/** What can be done with the keys of a ledger that changed them twice, one case each; beside `attacks.ts`. */
import {
  KEY_REVOKED,
  KEY_ROTATED,
  LEDGER_KEY_CELL,
  type LedgerEntry,
  REVOKED_KEYS_CELL,
} from '@tai-autonomics/core/receipt';
import type { AttackVector } from './attacks.ts';
import {
  buildLedger,
  checkpointNote,
  type EntryAt,
  entryAt,
  ORIGIN,
  proofOf,
  type TestKey,
  type TestLedger,
  testKey,
} from './fixture.ts';

const SIZE = 9;
const [first, second, third] = [testKey(ORIGIN), testKey(ORIGIN, 1, 'second key'), testKey(ORIGIN, 1, 'third key')];
const thief = testKey(ORIGIN, 1, 'thief');
/** What the receipt at each place says of keys: the second key from receipt 3 on, the third from 6, the first revoked in 7. */
const SECOND_AT = 3;
const THIRD_AT = 6;
const REVOKED_AT = 7;

const idOf = ({ key }: TestKey): string => key.keyId.toString(16).padStart(8, '0');

const decided = (entry: LedgerEntry, event: string, write: unknown): LedgerEntry => {
  const { catalog, engine, subject, mode, at, id, _sd } = entry;
  const bound = 'terms' in entry ? { terms: entry.terms } : {};
  const context = { catalog, engine, subject, mode, at, id, _sd, ...bound };
  return {
    ...context,
    kind: 'decision',
    event,
    verdict: 'approve',
    codes: [],
    writes: [write],
  } as unknown as LedgerEntry;
};
const rotation = (entry: LedgerEntry, to: TestKey): LedgerEntry =>
  decided(entry, KEY_ROTATED, { cell: LEDGER_KEY_CELL, key: [], set: to.vkey });

const keyed =
  (names: { readonly second: TestKey; readonly lastGood: number }, subject = 'system:1'): EntryAt =>
  (seq, sd, before) => {
    const entry = { ...entryAt(seq, sd, before), subject } as LedgerEntry;
    if (seq === SECOND_AT) return rotation(entry, names.second);
    if (seq === THIRD_AT) return rotation(entry, third);
    if (seq !== REVOKED_AT) return entryAt(seq, sd, before);
    return decided(entry, KEY_REVOKED, { cell: REVOKED_KEYS_CELL, key: [idOf(first)], set: names.lastGood });
  };

const ledgerOf = (size: number, entry: EntryAt = keyed({ second, lastGood: 5 })): TestLedger =>
  buildLedger(size, ORIGIN, entry);

const trusting = (...keys: readonly TestKey[]): string =>
  `${keys.map(({ vkey }) => `log ${vkey}\n`).join('')}quorum none\n`;
const linesOf = (ledger: TestLedger): readonly string[] =>
  ledger.receipts.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));

const ledger = ledgerOf(SIZE);
const at = (size: number, ...keys: readonly TestKey[]): string => checkpointNote(ledgerOf(size).checkpoint, ...keys);
const handovers = [at(5, first, second), at(7, second, third)];

const ALL = { linked: 'yes', signed: 'yes', trusted: 'yes' };
const STRANGE = { ...ALL, trusted: 'no' };
const UNSIGNED = { ...ALL, signed: 'no', trusted: 'no' };

/** One key in two roles: as a witness in the trust file, and as what the ledger says seals it. */
const witnessAsLedger = testKey(ORIGIN, 1, 'witness key');
const ledgerAsWitness = testKey('w.example/1', 4, 'witness key');
const toWitness = ledgerOf(SIZE, (seq, sd, before) =>
  seq === SECOND_AT
    ? rotation({ ...entryAt(seq, sd, before), subject: 'system:1' } as LedgerEntry, witnessAsLedger)
    : entryAt(seq, sd, before),
);

const good = (comment: string, trust: string, shown: readonly string[] = handovers): AttackVector => ({
  comment,
  coverage: 'whole',
  receipts: linesOf(ledger),
  checkpoint: checkpointNote(ledger.checkpoint, third),
  handovers: shown,
  trust,
  expect: { overall: 'incomplete', failed: [], labels: ALL },
});
const bad = (
  comment: string,
  labels: typeof ALL,
  changes: Partial<AttackVector> & { readonly trust: string },
): AttackVector => ({
  ...good(comment, changes.trust),
  ...changes,
  expect: { overall: 'falsified', failed: ['signatures'], labels },
});

const untouched = (): Record<string, AttackVector> => ({
  'untouched-rotated-first-key': good(
    'Two hand-overs later the auditor trusts the first key, and nothing else.',
    trusting(first),
  ),
  'untouched-rotated-second-key': good('The auditor trusts the second of three keys.', trusting(second)),
  'untouched-rotated-last-key': good(
    'The auditor trusts the key that seals now, and sees no hand-over.',
    trusting(third),
    [],
  ),
  'untouched-revoked-outside': {
    ...good('The auditor knows that the first key was revoked, good up to the hand-over.', trusting(first)),
    revocations: [{ name: ORIGIN, keyId: first.key.keyId, lastGoodSize: 5 }],
  },
});

const signatures = (): Record<string, AttackVector> => ({
  'signed-by-the-old-key': bad('After two rotations the first key signs on alone.', UNSIGNED, {
    trust: trusting(first, second, third),
    checkpoint: checkpointNote(ledger.checkpoint, first),
  }),
  'signed-beyond-the-last-good-size': bad(
    'The first key, good up to size 5, signs at size 9 beside the third. The auditor trusts the first alone, and sees no hand-over.',
    STRANGE,
    { trust: trusting(first), checkpoint: checkpointNote(ledger.checkpoint, first, third), handovers: [] },
  ),
  'handed-over-to-a-witness': bad('The ledger names the key that the auditor has as a witness.', UNSIGNED, {
    trust: `${trusting(first, second, third).replace('quorum none\n', '')}witness W ${ledgerAsWitness.vkey}\nquorum none\n`,
    receipts: linesOf(toWitness),
    checkpoint: checkpointNote(toWitness.checkpoint, witnessAsLedger),
    handovers: [],
  }),
  'signed-by-a-retired-key-of-two': bad(
    'The auditor trusts the first and the second key. The first, which the second followed, hands the ledger to the third.',
    STRANGE,
    { trust: trusting(first, second), checkpoint: checkpointNote(ledger.checkpoint, first, third), handovers: [] },
  ),
});

const handed = (): Record<string, AttackVector> => {
  const stolen = ledgerOf(SIZE, keyed({ second: thief, lastGood: 0 }, 'system:thief'));
  const stolenAt = (size: number): TestLedger => ledgerOf(size, keyed({ second: thief, lastGood: 0 }, 'system:thief'));
  const [firstHandover = '', secondHandover = ''] = handovers;
  const inside = {
    receipts: linesOf(stolen),
    checkpoint: checkpointNote(stolen.checkpoint, third),
    claimedKeys: [third.vkey, thief.vkey],
    trust: trusting(first),
  };
  return {
    'handover-left-out': bad(
      'The first hand-over is not in the bundle, and the auditor trusts the first key.',
      STRANGE,
      {
        trust: trusting(first),
        handovers: [secondHandover],
      },
    ),
    'handover-flipped': bad('One letter of a signature on a hand-over that nobody would need.', ALL, {
      trust: trusting(third),
      handovers: [
        firstHandover.replace(/.(.{4})\n$/, (tail, rest: string) => `${tail.startsWith('A') ? 'B' : 'A'}${rest}\n`),
        secondHandover,
      ],
    }),
    'handover-of-another-history': bad('A hand-over of a ledger that says something else, signed by both keys.', ALL, {
      trust: trusting(third),
      handovers: [checkpointNote(stolenAt(5).checkpoint, first, second), secondHandover],
    }),
    'handover-to-a-key-from-inside': bad(
      'The receipts name a thief’s key, which alone signs the hand-over to itself: a key from inside, for which nobody vouches.',
      STRANGE,
      {
        ...inside,
        handovers: [
          checkpointNote(stolenAt(5).checkpoint, thief),
          checkpointNote(stolenAt(7).checkpoint, thief, third),
        ],
      },
    ),
    'handover-to-a-key-that-is-not-named': bad(
      'A thief’s line stands on the hand-over beside the old key’s; the receipts name another.',
      STRANGE,
      { trust: trusting(first), handovers: [at(5, first, thief), secondHandover] },
    ),
    'handover-too-late': bad('The first key hands over at a size at which the third seals already.', STRANGE, {
      trust: trusting(first),
      handovers: [at(8, first, second), secondHandover],
    }),
    'handover-by-a-revoked-key': bad(
      'The auditor knows that the first key was stolen before it handed over.',
      STRANGE,
      {
        trust: trusting(first),
        revocations: [{ name: ORIGIN, keyId: first.key.keyId, lastGoodSize: 4 }],
      },
    ),
  };
};

const partials = (): Record<string, AttackVector> => {
  const revoked = ledgerOf(SIZE, keyed({ second, lastGood: 5 }));
  const note = checkpointNote(revoked.checkpoint, first);
  return {
    'partial-signed-by-a-key-that-it-revokes': {
      ...bad('Receipt 7 says up to which size the first key vouches; the first key signed beyond it.', STRANGE, {
        trust: trusting(first),
        coverage: 'partial',
        receipts: [linesOf(revoked)[REVOKED_AT] ?? ''],
        proofs: [proofOf({ ...revoked, note }, REVOKED_AT)],
        checkpoint: note,
      }),
    },
  };
};

/** The cases, by file name. */
export const keyVectors = (): Record<string, AttackVector> => ({
  ...untouched(),
  ...signatures(),
  ...handed(),
  ...partials(),
});

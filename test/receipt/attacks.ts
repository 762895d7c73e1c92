/**
 * What can be done to a sealed ledger on its way to an auditor, one case each. The files in `test/vectors/receipt` are
 * these cases for other implementations to read; `npx vitest run test/receipt/attacks.test.ts -u` writes them.
 */
import {
  buildDisclosure,
  buildReceipt,
  checkpointBody,
  type LedgerEntry,
  type Receipt,
  receiptText,
} from '@tai-autonomics/core/receipt';
import {
  buildLedger,
  checkpointNote,
  EVAL_BINDING,
  entryAt,
  ORIGIN,
  proofOf,
  right,
  saltOf,
  sha256,
  type TestLedger,
  testKey,
} from './fixture.ts';
import { keyVectors } from './key-attacks.ts';

/** One case, as its JSON says it. */
export interface AttackVector {
  /** What was done. */
  readonly comment: string;
  readonly coverage: 'whole' | 'partial';
  /** Lines of receipts.jsonl (or single receipts), as text. */
  readonly receipts: readonly string[];
  /** Beside each receipt. Absent: none. */
  readonly disclosures?: readonly (readonly string[])[];
  readonly proofs?: readonly string[];
  readonly checkpoint?: string;
  readonly trust?: string;
  readonly claimedKeys?: readonly string[];
  readonly handovers?: readonly string[];
  readonly remembered?: string;
  readonly revocations?: readonly { readonly name: string; readonly keyId: number; readonly lastGoodSize: number }[];
  readonly expect: {
    readonly overall: 'falsified' | 'incomplete';
    /** Absent: no single receipt can be named. */
    readonly firstBad?: number;
    /** Steps that fail, in order. */
    readonly failed: readonly string[];
    readonly labels: { readonly linked: string; readonly signed: string; readonly trusted: string };
  };
}

const SIZE = 7;
const ledger = buildLedger(SIZE);
const lines = ledger.receipts.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
const shown = ledger.receipts.map(({ disclosures }) => disclosures.map(({ text }) => text));
const ALL = { linked: 'yes', signed: 'yes', trusted: 'yes' };
const UNSEALED = { linked: 'no', signed: 'no', trusted: 'no' };

const base = (of: TestLedger = ledger) => ({ coverage: 'whole', checkpoint: of.note, trust: of.trust }) as const;

const falsified = (
  failed: readonly string[],
  firstBad: number | undefined,
  labels = UNSEALED,
): AttackVector['expect'] => ({
  overall: 'falsified',
  ...(firstBad !== undefined && { firstBad }),
  failed,
  labels,
});

const CHANGED = ['chain', 'tree'];
const changed = (seq: number, members: object): string => {
  const receipt = { ...ledger.receipts[seq]?.receipt, ...members } as Receipt;
  return right(receiptText(right(buildReceipt(sha256, receipt)).receipt));
};

const flip = (text: string, find: string, bit: number): string => {
  const at = text.indexOf(find);
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ bit) + text.slice(at + 1);
};

const changes = (): Record<string, AttackVector> => ({
  'flip-in-the-subject': {
    comment:
      'One bit of the subject of receipt 3. Receipt 4 links to another leaf, and receipt 5 vouches for receipt 4.',
    ...base(),
    receipts: lines.with(3, flip(lines[3] ?? '', '7d1c', 1)),
    expect: falsified(CHANGED, 3),
  },
  'flip-in-the-link': {
    comment: 'One bit of `prev` of receipt 3: two broken links, both of receipt 3.',
    ...base(),
    receipts: lines.with(3, flip(lines[3] ?? '', ledger.receipts[3]?.receipt.prev ?? '', 1)),
    expect: falsified(CHANGED, 3),
  },
  'flip-in-the-place': {
    comment: '`seq` of receipt 4 says 5.',
    ...base(),
    receipts: lines.with(4, (lines[4] ?? '').replace('"seq":4', '"seq":5')),
    expect: falsified(CHANGED, 4),
  },
  'flip-in-the-last': {
    comment: 'One bit of the last receipt. No later one vouches for it, the signed root does not fit.',
    ...base(),
    receipts: lines.with(6, flip(lines[6] ?? '', '7d1c', 1)),
    expect: falsified(['tree'], 6, { linked: 'yes', signed: 'no', trusted: 'no' }),
  },
  'flip-before-the-last': {
    comment: 'One bit of receipt 5. Only the signed root vouches for receipt 6, which links to what receipt 5 was.',
    ...base(),
    receipts: lines.with(5, flip(lines[5] ?? '', '7d1c', 1)),
    expect: falsified(CHANGED, 5),
  },
  'verdict-turned': {
    comment: 'The refusal of receipt 5 is made an approval, lawful by the schema.',
    ...base(),
    receipts: lines.with(5, changed(5, { verdict: 'approve', codes: [] })),
    expect: falsified(CHANGED, 5),
  },
  'truncate-the-tail': {
    comment: 'The last two receipts are left out.',
    ...base(),
    receipts: lines.slice(0, 5),
    expect: falsified(['tree'], 5, { linked: 'yes', signed: 'no', trusted: 'no' }),
  },
  'truncate-a-line': {
    comment: 'The last line breaks off in the middle.',
    ...base(),
    receipts: lines.with(6, (lines[6] ?? '').slice(0, 100)),
    expect: falsified(['receipts', 'tree'], 6),
  },
  'delete-one': {
    comment: 'Receipt 2 is left out.',
    ...base(),
    receipts: lines.toSpliced(2, 1),
    expect: falsified(CHANGED, 2),
  },
  'swap-two': {
    comment: 'Receipts 2 and 5 change places.',
    ...base(),
    receipts: lines.with(2, lines[5] ?? '').with(5, lines[2] ?? ''),
    expect: falsified(CHANGED, 2),
  },
  'reorder-all': {
    comment: 'The lines stand backwards.',
    ...base(),
    receipts: lines.toReversed(),
    expect: falsified(CHANGED, 0),
  },
  'duplicate-one': {
    comment: 'Receipt 2 comes twice in a row.',
    ...base(),
    receipts: lines.toSpliced(2, 0, lines[2] ?? ''),
    expect: falsified(CHANGED, 3),
  },
  'replay-an-approval': {
    comment: 'The approval of receipt 1 comes again at the end.',
    ...base(),
    receipts: [...lines, lines[1] ?? ''],
    expect: falsified(CHANGED, 7),
  },
});

const insertions = (): Record<string, AttackVector> => {
  const other = buildLedger(SIZE, 'ledger.example/r1/c/other-tenant');
  const foreign = Buffer.from(other.receipts[3]?.bytes ?? []).toString('utf8');
  const longer = buildLedger(SIZE + 1);
  return {
    'splice-from-another-tenant': {
      comment: 'Receipt 3 is replaced by receipt 3 of another tenant’s ledger.',
      ...base(),
      receipts: lines.with(3, foreign),
      expect: falsified(CHANGED, 3),
    },
    'whole-ledger-of-another-tenant': {
      comment: 'Another tenant’s receipts under this tenant’s checkpoint.',
      ...base(),
      receipts: other.receipts.map(({ bytes }) => Buffer.from(bytes).toString('utf8')),
      expect: falsified(CHANGED, 0),
    },
    'append-after-the-seal': {
      comment: 'A receipt that links correctly is put after the last one that the checkpoint covers.',
      ...base(),
      receipts: longer.receipts.map(({ bytes }) => Buffer.from(bytes).toString('utf8')),
      expect: falsified(['tree'], 7, { linked: 'yes', signed: 'no', trusted: 'no' }),
    },
    'replaced-checkpoint': {
      comment: 'The checkpoint of another tenant’s ledger, with its good signature by a trusted key.',
      ...base(),
      receipts: lines,
      checkpoint: other.note,
      trust: `log ${ledger.key.vkey}\nlog ${other.key.vkey}\nquorum none\n`,
      expect: falsified(CHANGED, 0),
    },
  };
};

const modes = (): Record<string, AttackVector> => {
  const pilotOf = (origin: string): TestLedger =>
    buildLedger(SIZE, origin, (seq, sd, before) => {
      const { terms: _terms, ...entry } = entryAt(seq, sd, before) as LedgerEntry & { terms: unknown };
      return { ...entry, ...EVAL_BINDING } as LedgerEntry;
    });
  const linesOf = ({ receipts }: TestLedger): readonly string[] =>
    receipts.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
  const pilot = pilotOf('ledger.example/r1/e/pilot-1');
  const disguised = pilotOf(ORIGIN);
  const pilotLines = linesOf(pilot);
  const contractual: unknown = ledger.receipts[4]?.receipt;
  const { terms: _terms, ...rest } = contractual as Receipt & { terms: unknown };
  const evalLine = right(receiptText({ ...rest, ...EVAL_BINDING }));
  const asContractual = (pilotLines[4] ?? '').replace('"mode":"eval"', '"mode":"contractual"');
  return {
    'downgrade-of-mode': {
      comment: 'Receipt 4 is written again as a receipt of an eval session.',
      ...base(),
      receipts: lines.with(4, evalLine),
      expect: falsified(CHANGED, 4),
    },
    'upgrade-of-mode': {
      comment: 'A receipt of an eval session is relabelled contractual; it has a session and no terms.',
      ...base(pilot),
      receipts: pilotLines.with(4, asContractual),
      expect: falsified(['receipts', 'tree'], 4),
    },
    'pilot-in-place-of-contract': {
      comment: 'A whole eval ledger of the same origin under the contractual checkpoint.',
      ...base(),
      receipts: linesOf(disguised),
      expect: falsified(CHANGED, 0),
    },
    'pilot-sealed-as-contract': {
      comment: 'Receipts of an eval session under the name of a ledger of contracts, sealed with its key.',
      ...base(disguised),
      receipts: linesOf(disguised),
      expect: falsified(['chain'], 0, { ...ALL, linked: 'no' }),
    },
  };
};

const spellings = (): Record<string, AttackVector> => {
  const third = lines[3] ?? '';
  const badLine = (comment: string, line: string): AttackVector => ({
    comment,
    ...base(),
    receipts: lines.with(3, line),
    expect: falsified(['receipts', 'tree'], 3),
  });
  return {
    'a-space': badLine('A space after a colon.', third.replace(':', ': ')),
    'an-escape': badLine('A letter as an escape.', third.replace('agent', '\\u0061gent')),
    'a-member-twice': badLine(
      'A member comes twice; most parsers keep the last.',
      third.replace('{', '{"kind":"decision",'),
    ),
    'a-strange-member': badLine('A member that the schema does not know.', third.replace('"v":', '"unknown":1,"v":')),
    'a-proto-member': badLine('A member named __proto__.', third.replace('{', '{"__proto__":{"mode":"eval"},')),
    'an-order-of-its-own': badLine(
      'Two members change places.',
      third.replace(/("v":"[^"]+"),("writes":.*)}$/, '$2,$1}'),
    ),
    'a-number-of-its-own': badLine('3.0 in place of 3.', third.replace('"seq":3', '"seq":3.0')),
    'no-receipt': badLine('An empty object.', '{}'),
    'an-empty-line': badLine('Nothing.', ''),
  };
};

const signatures = (): Record<string, AttackVector> => {
  const stranger = testKey(ORIGIN, 1, 'stranger');
  const witness = testKey('witness.example/w', 4);
  const body = checkpointBody(ledger.checkpoint);
  const own = { name: ledger.key.key.name, keyId: ledger.key.key.keyId };
  return {
    'key-from-inside': {
      comment: 'The checkpoint is signed by a key that the bundle brings along. Signed, and not trusted.',
      ...base(),
      receipts: lines,
      checkpoint: checkpointNote(ledger.checkpoint, stranger),
      claimedKeys: [stranger.vkey],
      expect: falsified(['signatures'], undefined, { linked: 'yes', signed: 'yes', trusted: 'no' }),
    },
    'flip-in-the-signature': {
      comment: 'One letter of the signature.',
      ...base(),
      receipts: lines,
      checkpoint: ledger.note.replace(
        /.(.{4})\n$/,
        (tail, rest: string) => `${tail.startsWith('A') ? 'B' : 'A'}${rest}\n`,
      ),
      expect: falsified(['signatures'], undefined, { linked: 'yes', signed: 'no', trusted: 'no' }),
    },
    'flip-in-the-root': {
      comment: 'One letter of the root that the checkpoint says. The signature is bad, so no receipt is blamed.',
      ...base(),
      receipts: lines,
      checkpoint: ledger.note.replace(
        body,
        body.replace(/\n.(.{43})\n$/, (line, rest: string) => `\n${line[1] === 'A' ? 'B' : 'A'}${rest}\n`),
      ),
      expect: falsified(['tree', 'signatures'], undefined, { linked: 'yes', signed: 'no', trusted: 'no' }),
    },
    'size-of-the-checkpoint': {
      comment: 'The checkpoint says 6 in place of 7.',
      ...base(),
      receipts: lines,
      checkpoint: ledger.note.replace('\n7\n', '\n6\n'),
      expect: falsified(['tree', 'signatures'], 6, { linked: 'yes', signed: 'no', trusted: 'no' }),
    },
    'no-cosignature': {
      comment: 'The auditor’s trust file asks for a witness, and none has cosigned.',
      ...base(),
      receipts: lines,
      trust: `log ${ledger.key.vkey}\nwitness W ${witness.vkey}\nquorum W\n`,
      expect: falsified(['signatures'], undefined, { linked: 'yes', signed: 'yes', trusted: 'no' }),
    },
    'revoked-key': {
      comment: 'The key was revoked, and its last good size was 6.',
      ...base(),
      receipts: lines,
      revocations: [{ ...own, lastGoodSize: 6 }],
      expect: falsified(['signatures'], undefined, { linked: 'yes', signed: 'yes', trusted: 'no' }),
    },
  };
};

const histories = (): Record<string, AttackVector> => {
  const forked = buildLedger(SIZE, ORIGIN, (seq, sd, before) => ({
    ...entryAt(seq, sd, before),
    subject: 'agent:fork',
  }));
  return {
    rollback: {
      comment: 'The auditor has seen 7 receipts; a consistent ledger of 5 is shown.',
      ...base(buildLedger(5)),
      receipts: lines.slice(0, 5),
      remembered: ledger.note,
      expect: falsified(['consistency'], undefined, ALL),
    },
    fork: {
      comment: 'The auditor has seen another ledger of the same origin and size, signed with the same key.',
      ...base(),
      receipts: lines,
      remembered: forked.note,
      expect: falsified(['consistency'], undefined, ALL),
    },
    'rewritten-history': {
      comment: 'The auditor has seen the first 4 receipts of another history.',
      ...base(),
      receipts: lines,
      remembered: buildLedger(4, ORIGIN, (seq, sd, before) => ({ ...entryAt(seq, sd, before), subject: 'agent:fork' }))
        .note,
      expect: falsified(['consistency'], undefined, ALL),
    },
  };
};

/** A ledger that was restored from a copy of `size`, lost what had been sealed as `lost` says, and says so in receipt 3. */
const restored = (
  size: number,
  lost: { readonly size: number; readonly root: string },
  verdict = 'approve',
): TestLedger =>
  buildLedger(5, ORIGIN, (seq, sd, before) => {
    const entry = entryAt(seq === 3 ? 4 : seq, sd, before);
    if (seq !== 3 || entry.kind !== 'decision') return entry;
    const accepted = { cell: 'accepted_restores', key: [String(lost.size), lost.root], set: size };
    return verdict === 'approve'
      ? { ...entry, event: 'restore_accepted', writes: [accepted] }
      : { ...entry, event: 'restore_accepted', verdict: 'refuse', codes: ['restore_not_older'], writes: [] };
  });

const restores = (): Record<string, AttackVector> => {
  const rootOf = (of: TestLedger): string => Buffer.from(of.checkpoint.root).toString('base64url');
  const lost = { size: SIZE, root: rootOf(ledger) };
  const shownOf = (of: TestLedger) => ({
    ...base(of),
    receipts: of.receipts.map(({ bytes }) => Buffer.from(bytes).toString('utf8')),
  });
  const good: AttackVector['expect'] = { overall: 'incomplete', failed: [], labels: ALL };
  const foreign = buildLedger(2, ORIGIN, (seq, sd, before) => ({ ...entryAt(seq, sd, before), subject: 'agent:fork' }));
  return {
    'restored-and-said': {
      comment:
        'The auditor has seen 7 receipts. The ledger of 5 says in receipt 3 that it lost them: no proof, no contradiction.',
      ...shownOf(restored(3, lost)),
      remembered: ledger.note,
      expect: good,
    },
    'restored-seen-in-between': {
      comment: 'The auditor has seen 4 receipts of those that were lost behind receipt 2.',
      ...shownOf(restored(3, lost)),
      remembered: buildLedger(4, ORIGIN, (seq, sd, before) => ({ ...entryAt(seq, sd, before), subject: 'agent:fork' }))
        .note,
      expect: good,
    },
    'restored-another-root': {
      comment: 'The ledger says that it lost 7 receipts, but not the ones that the auditor has seen.',
      ...shownOf(restored(3, { ...lost, root: rootOf(foreign) })),
      remembered: ledger.note,
      expect: falsified(['consistency'], undefined, ALL),
    },
    'restored-rewritten-before': {
      comment:
        'A restore excuses nothing that the copy still had: the first 2 receipts are others than the auditor saw.',
      ...shownOf(restored(3, lost)),
      remembered: foreign.note,
      expect: falsified(['consistency'], undefined, ALL),
    },
    'restored-too-much-seen': {
      comment: 'The auditor has seen more than the ledger says that it lost.',
      ...shownOf(restored(3, { size: 6, root: rootOf(buildLedger(6)) })),
      remembered: ledger.note,
      expect: falsified(['consistency'], undefined, ALL),
    },
    'restore-refused': {
      comment: 'The restore was not accepted: what was seen is missing, and nothing excuses it.',
      ...shownOf(restored(3, lost, 'refuse')),
      remembered: ledger.note,
      expect: falsified(['consistency'], undefined, ALL),
    },
    'restored-from-the-future': {
      comment: 'Receipt 3 says that the copy had 4 receipts, of which it would be one itself.',
      ...shownOf(restored(4, lost)),
      remembered: ledger.note,
      expect: falsified(['consistency'], undefined, ALL),
    },
  };
};

const disclosures = (): Record<string, AttackVector> => {
  const override = right(buildDisclosure(sha256, saltOf('forged'), 'request/intent', { action: 'nothing' }));
  const named = Buffer.from(
    JSON.stringify([Buffer.from(saltOf('x')).toString('base64url'), 'verdict', 'approve']),
  ).toString('base64url');
  const wrong = (comment: string, seq: number, texts: readonly string[]): AttackVector => ({
    comment,
    ...base(),
    receipts: lines,
    disclosures: shown.with(seq, texts as string[]),
    expect: falsified(['disclosures'], seq, ALL),
  });
  return {
    'disclosure-of-another-receipt': wrong('Beside receipt 2 stands a disclosure of receipt 3.', 2, [
      shown[3]?.[0] ?? '',
    ]),
    'disclosure-twice': wrong('The same disclosure stands twice beside receipt 2.', 2, [
      shown[2]?.[0] ?? '',
      shown[2]?.[0] ?? '',
    ]),
    'disclosure-forged': wrong('A disclosure with a lawful name that receipt 2 does not list.', 2, [override.text]),
    'disclosure-that-overwrites': wrong('A disclosure named like a clear member.', 5, [named]),
    'disclosure-flipped': wrong('One letter of a disclosure of receipt 2.', 2, [
      flip(shown[2]?.[0] ?? '', shown[2]?.[0]?.slice(30) ?? '', 1),
    ]),
  };
};

const partials = (): Record<string, AttackVector> => {
  const partial = { ...base(), coverage: 'partial' } as const;
  return {
    'proof-for-another-index': {
      comment: 'Receipt 3 with the proof of receipt 4.',
      ...partial,
      receipts: [lines[3] ?? ''],
      proofs: [proofOf(ledger, 4)],
      expect: falsified(['tree'], 3),
    },
    'proof-relabelled': {
      comment: 'Receipt 3 with the proof of receipt 4, whose index was changed to 3.',
      ...partial,
      receipts: [lines[3] ?? ''],
      proofs: [proofOf(ledger, 4).replace('index 4', 'index 3')],
      expect: falsified(['tree'], 3),
    },
    'proof-of-another-checkpoint': {
      comment: 'Receipt 3 with a good proof under an older checkpoint than the bundle’s.',
      ...partial,
      receipts: [lines[3] ?? ''],
      proofs: [proofOf(buildLedger(5), 3)],
      expect: falsified(['tree'], 3),
    },
    'partial-changed': {
      comment: 'Receipt 3 changed, with its own proof.',
      ...partial,
      receipts: [changed(3, { subject: 'agent:0' })],
      proofs: [proofOf(ledger, 3)],
      expect: falsified(['tree'], 3),
    },
    'partial-doubled': {
      comment: 'Receipt 3 twice.',
      ...partial,
      receipts: [lines[3] ?? '', lines[3] ?? ''],
      proofs: [proofOf(ledger, 3), proofOf(ledger, 3)],
      expect: falsified(['chain'], 3, { ...ALL, linked: 'no' }),
    },
  };
};

const untouched = (): Record<string, AttackVector> => {
  const good = { overall: 'incomplete', failed: [], labels: ALL } as const;
  return {
    untouched: { comment: 'Nothing was done.', ...base(), receipts: lines, disclosures: shown, expect: good },
    'untouched-redacted': {
      comment: 'All disclosures withheld: nothing is wrong.',
      ...base(),
      receipts: lines,
      expect: good,
    },
    'untouched-partial': {
      comment: 'Receipts 1, 2 and 5 with their proofs.',
      ...base(),
      coverage: 'partial',
      receipts: [1, 2, 5].map((seq) => lines[seq] ?? ''),
      proofs: [1, 2, 5].map((seq) => proofOf(ledger, seq)),
      expect: good,
    },
    'untouched-continued': {
      comment: 'It continues what the auditor saw.',
      ...base(),
      receipts: lines,
      remembered: buildLedger(4).note,
      expect: good,
    },
  };
};

/** Every case, by file name. */
export const attackVectors = (): Readonly<Record<string, AttackVector>> => ({
  ...untouched(),
  ...changes(),
  ...insertions(),
  ...modes(),
  ...spellings(),
  ...signatures(),
  ...histories(),
  ...restores(),
  ...disclosures(),
  ...partials(),
  ...keyVectors(),
});

import {
  appendReceipt,
  assembleNote,
  buildDisclosure,
  buildReceipt,
  checkpointOf,
  consistencyProof,
  cosignatureMessage,
  formatConsistency,
  formatEquivocation,
  joinCosignature,
  type LedgerEntry,
  type NoteKey,
  nobleEd25519,
  nobleSha256,
  nodesOf,
  PURGED_CELL,
  parseNote,
  type Receipt,
  type ReceiptInput,
  type Rederived,
  type Rederiver,
  signEd25519,
  startVerifier,
  VERIFY_STEPS,
  verifyEquivocation,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  buildLedger,
  bytesOf,
  checkpointNote,
  digestOf,
  type EntryAt,
  EVAL_BINDING,
  entryAt,
  inputsOf,
  ORIGIN,
  partialInputs,
  platformEd25519,
  proofOf,
  right,
  saltOf,
  sha256,
  statusOf,
  type TestKey,
  type TestLedger,
  testKey,
  verifyWhole,
} from './fixture.ts';

const ledger = buildLedger(9);
const inputs = inputsOf(ledger.receipts);
const older = buildLedger(5);
const withoutTrust = { trust: undefined as never };

test('a receipt that is earlier than the one before it is named', () => {
  const three = buildLedger(3);
  // A head that forgot when its last receipt was.
  const appended = right(
    appendReceipt(sha256, { ...three.head, lastAt: 0 }, { ...entryAt(0, [], []), at: entryAt(1, [], []).at }),
  );
  const rows = [...inputsOf(three.receipts), { bytes: appended.bytes, leaf: appended.leaf, disclosures: [] }];
  const report = verifyWhole(three, rows, {
    checkpoint: checkpointNote(checkpointOf(sha256, appended.head), three.key),
  });
  expect(report.overall).toBe('falsified');
  expect(report.findings).toEqual([{ step: 'chain', seq: 3, why: 'it is earlier than the receipt before' }]);
});

test('of a receipt of which several things are wrong, that its bytes were changed is what is said', () => {
  for (const { receipt } of ledger.receipts.slice(0, -1)) {
    // It lists another disclosure than the one beside it, so that is wrong before the next receipt's link is.
    const [listed = '', ...others] = receipt._sd;
    const changed = right(buildReceipt(sha256, { ...receipt, _sd: [digestOf(`not ${listed}`), ...others] })).bytes;
    const rows = inputs.with(receipt.seq, { ...(inputs[receipt.seq] as ReceiptInput), bytes: changed });
    const { firstBad, findings } = verifyWhole(ledger, rows);
    expect(new Set(findings.filter(({ seq }) => seq === receipt.seq).map(({ step }) => step))).toContain('chain');
    expect(firstBad).toMatchObject({ seq: receipt.seq, certain: true });
    expect(firstBad?.why).not.toContain('disclosure');
  }
});

test('an erasure is ordered by a receipt behind it that adds to its place among what was erased, and by nothing else', () => {
  const erasedBy = (write: LedgerEntry['writes'][number]): readonly unknown[] => {
    const entry: EntryAt = (seq, sd, before) =>
      seq === 4 ? ({ ...entryAt(4, sd, before), writes: [write] } as LedgerEntry) : entryAt(seq, sd, before);
    const of = buildLedger(6, ORIGIN, entry);
    const rows = inputsOf(of.receipts).map((row, seq) => (seq === 1 || seq === 5 ? { ...row, disclosures: [] } : row));
    return verifyWhole(of, rows).erased;
  };
  const add = ['request/intent'];
  expect(erasedBy({ cell: PURGED_CELL, key: ['1'], add })).toEqual([{ seq: 1, order: 4 }]);
  for (const write of [
    { cell: PURGED_CELL, key: ['1'], remove: add },
    { cell: PURGED_CELL, key: ['1'], replace: add },
    { cell: PURGED_CELL, key: ['1', '1'], add },
    { cell: PURGED_CELL, key: ['01'], add },
    { cell: PURGED_CELL, key: ['5'], add },
    { cell: PURGED_CELL, key: ['2'], add },
    { cell: 'platform.approvals', key: ['1'], add },
  ])
    expect(erasedBy(write), JSON.stringify(write)).toEqual([]);
});

const cosigned = (of: TestLedger, witness: TestKey, time: number): string => {
  const { text, signatures } = right(parseNote(of.note));
  const signature = signEd25519(witness.seed, cosignatureMessage(text, time)) ?? new Uint8Array(0);
  const line = { name: witness.key.name, keyId: witness.key.keyId, signature: joinCosignature(time, signature) };
  return right(assembleNote(text, [...signatures, line]));
};

describe('a whole ledger that nobody touched', () => {
  test('ten steps, each with its own result', () => {
    const report = verifyWhole(ledger, inputs);
    expect(report.steps.map(({ step }) => step)).toEqual([...VERIFY_STEPS]);
    expect(Object.fromEntries(report.steps.map(({ step, status }) => [step, status]))).toEqual({
      trust: 'passed',
      receipts: 'passed',
      chain: 'passed',
      tree: 'passed',
      signatures: 'passed',
      consistency: 'not_run',
      disclosures: 'passed',
      digests: 'not_run',
      rederivation: 'not_run',
      freshness: 'not_run',
    });
    expect(report).toMatchObject({
      labels: { linked: 'yes', signed: 'yes', trusted: 'yes' },
      receipts: 9,
      findingCount: 0,
    });
  });

  test('without an outside checkpoint it is integrity only, never complete', () => {
    const report = verifyWhole(ledger, inputs);
    expect(report.completeness).toEqual({ complete: 'integrity_only' });
    expect(report.overall).toBe('incomplete');
    expect(report.headline).toContain('integrity only');
  });

  test('noble and the platform give the same report', () => {
    expect(verifyWhole(ledger, inputs, { sha256: nobleSha256, ed25519: nobleEd25519 })).toEqual(
      verifyWhole(ledger, inputs),
    );
  });

  test('with everything it asks for it is verified', () => {
    // Outcomes and consequences have none of a decision's disclosures.
    const own = inputs.map((input, i) =>
      ledger.receipts[i]?.receipt.kind === 'decision' ? input : { ...input, disclosures: [] },
    );
    const report = verifyWhole(ledger, own, {
      outside: older.note,
      attachments: { catalogs: new Set([ledger.receipts[0]?.receipt.catalog.digest ?? '']), evidence: new Set() },
      rederiver: { step: () => ({ status: 'ok', level: 2 }) },
    });
    expect(report.overall).toBe('verified');
    expect(report.completeness).toEqual({ complete: 'to_size', size: 5, by: 'outside_checkpoint' });
    expect(report.rederived.level2).toBe(9);
  });

  test('an empty ledger is nothing wrong, and nothing linked', () => {
    const empty = buildLedger(0);
    expect(verifyWhole(empty, [])).toMatchObject({ overall: 'incomplete', labels: { linked: 'unknown' }, receipts: 0 });
  });
});

describe('linked, signed and trusted are three things', () => {
  const stranger = testKey(ORIGIN, 1, 'stranger');
  const foreign = checkpointNote(ledger.checkpoint, stranger);

  test('no checkpoint: linked alone', () => {
    const report = verifyWhole(ledger, inputs, { ...withoutTrust, checkpoint: undefined as never });
    expect(report.labels).toEqual({ linked: 'yes', signed: 'no', trusted: 'unknown' });
    expect(report.overall).toBe('incomplete');
  });

  test('a key from inside the bundle: signed, and not trusted', () => {
    const inside = { ...withoutTrust, checkpoint: foreign, claimedKeys: [stranger.vkey] };
    expect(verifyWhole(ledger, inputs, inside).labels).toEqual({ linked: 'yes', signed: 'yes', trusted: 'unknown' });
    const against = verifyWhole(ledger, inputs, { ...inside, trust: ledger.trust });
    expect(against).toMatchObject({ labels: { linked: 'yes', signed: 'yes', trusted: 'no' }, overall: 'falsified' });
    expect(statusOf(against, 'signatures')).toBe('failed');
  });

  test('no key at all: whether it is signed is not known', () => {
    expect(verifyWhole(ledger, inputs, withoutTrust).labels).toEqual({
      linked: 'yes',
      signed: 'unknown',
      trusted: 'unknown',
    });
  });

  test('a claimed key under another name counts for nothing', () => {
    const named = testKey('else.example/x');
    const report = verifyWhole(ledger, inputs, {
      ...withoutTrust,
      checkpoint: checkpointNote(ledger.checkpoint, named),
      claimedKeys: [named.vkey, 'not a key'],
    });
    expect(report.labels.signed).toBe('unknown');
  });

  test('the key of another ledger in the trust file does not vouch for this one', () => {
    const other = testKey('ledger.example/r1/c/other', 1, ORIGIN);
    const report = verifyWhole(ledger, inputs, { trust: `log ${other.vkey}\nquorum none\n` });
    expect(report.labels.trusted).toBe('no');
  });

  test('a good signature over another tree vouches for nothing here', () => {
    const report = verifyWhole(ledger, inputs.slice(0, 8));
    expect(report.labels).toEqual({ linked: 'yes', signed: 'no', trusted: 'no' });
  });

  test('a trust file that is not one makes the result unreadable, not falsified', () => {
    expect(verifyWhole(ledger, inputs, { trust: 'trust me' }).overall).toBe('unreadable');
    expect(verifyWhole(ledger, inputs, { remembered: 'no note' }).overall).toBe('unreadable');
  });

  test('a revoked key vouches up to its last good size and no further', () => {
    const revoked = (lastGoodSize: number) =>
      verifyWhole(ledger, inputs, {
        revocations: [{ name: ledger.key.key.name, keyId: ledger.key.key.keyId, lastGoodSize }],
      });
    expect(revoked(9).labels.trusted).toBe('yes');
    expect(revoked(8)).toMatchObject({ overall: 'falsified', labels: { trusted: 'no' } });
  });

  test('a revocation that is about no key of this ledger is said', () => {
    const name = ledger.key.key.name;
    const report = verifyWhole(ledger, inputs, { revocations: [{ name, keyId: 0xa, lastGoodSize: 0 }] });
    expect(report.labels.trusted).toBe('yes');
    expect(report.steps.find(({ step }) => step === 'signatures')?.sentence).toContain(
      'Revoked from outside, and met nowhere here: 0000000a.',
    );
  });

  test('a checkpoint that was kept from a stolen key is forgotten by the auditor’s word, and by nobody else’s', () => {
    const { name, keyId } = ledger.key.key;
    const next = testKey(ORIGIN, 1, 'the next key');
    const forged = buildLedger(12, ORIGIN, (seq, sd, before) => ({
      ...entryAt(seq, sd, before),
      id: digestOf(`forged ${seq}`),
    }));
    const remembered = checkpointNote(forged.checkpoint, ledger.key);
    const options = {
      checkpoint: checkpointNote(ledger.checkpoint, next),
      trust: `log ${ledger.key.vkey}\nlog ${next.vkey}\nquorum none\n`,
      remembered,
    };
    expect(verifyWhole(ledger, inputs, options)).toMatchObject({ overall: 'falsified' });
    const report = verifyWhole(ledger, inputs, { ...options, revocations: [{ name, keyId, lastGoodSize: 9 }] });
    expect(report).toMatchObject({ overall: 'incomplete', labels: { trusted: 'yes' } });
    expect(report.completeness).toEqual({ complete: 'integrity_only' });
    expect(report.steps.find(({ step }) => step === 'consistency')?.sentence).toContain('forget it');
  });

  test('during a rotation either key of the trust file is enough', () => {
    const next = testKey(ORIGIN, 1, 'the next key');
    const both = checkpointNote(ledger.checkpoint, ledger.key, next);
    for (const vkey of [ledger.key.vkey, next.vkey]) {
      expect(
        verifyWhole(ledger, inputs, { checkpoint: both, trust: `log ${vkey}\nquorum none\n` }).labels.trusted,
      ).toBe('yes');
    }
  });
});

describe('witnesses', () => {
  const witness = testKey('witness.example/w', 4);
  const trust = `log ${ledger.key.vkey}\nwitness W ${witness.vkey}\nquorum W\n`;
  const time = 1_795_260_000;

  test('a quorum that is met says how long the ledger was, and when', () => {
    const options = {
      trust,
      checkpoint: cosigned(ledger, witness, time),
      freshness: { atMs: (time + 60) * 1000, maxAgeMs: 60_000 },
    };
    const report = verifyWhole(ledger, inputs, options);
    expect(report.completeness).toEqual({ complete: 'to_size', size: 9, by: 'witnesses' });
    expect(statusOf(report, 'freshness')).toBe('passed');
    const stale = verifyWhole(ledger, inputs, {
      ...options,
      freshness: { atMs: (time + 61) * 1000, maxAgeMs: 60_000 },
    });
    expect(statusOf(stale, 'freshness')).toBe('incomplete');
    expect(stale.overall).not.toBe('falsified');
  });

  test('the newest of several cosignatures counts', () => {
    const twice = cosigned({ ...ledger, note: cosigned(ledger, witness, time) }, witness, time - 500);
    const options = { trust, checkpoint: twice, freshness: { atMs: (time + 60) * 1000, maxAgeMs: 60_000 } };
    expect(statusOf(verifyWhole(ledger, inputs, options), 'freshness')).toBe('passed');
  });

  test('a quorum that is not met is a failure', () => {
    expect(statusOf(verifyWhole(ledger, inputs, { trust }), 'signatures')).toBe('failed');
  });

  test('nobody says when: freshness is incomplete', () => {
    const report = verifyWhole(ledger, inputs, { freshness: { atMs: 0, maxAgeMs: 1 } });
    expect(statusOf(report, 'freshness')).toBe('incomplete');
  });

  test('one witness with a wrong clock makes nothing fresh: the time is the one at which the quorum was met', () => {
    const [second, third] = [testKey('witness.example/x', 4), testKey('witness.example/y', 4)];
    const three = [witness, second, third].map(({ vkey }, i) => `witness W${i} ${vkey}\n`).join('');
    const note = [time, time - 100, time + 5_000].reduce(
      (before, at, i) => cosigned({ ...ledger, note: before }, [witness, second, third][i] as TestKey, at),
      ledger.note,
    );
    const report = verifyWhole(ledger, inputs, {
      trust: `log ${ledger.key.vkey}\n${three}group two 2 W0 W1 W2\nquorum two\n`,
      checkpoint: note,
      freshness: { atMs: time * 1000, maxAgeMs: 60_000 },
    });
    expect(report.freshness).toMatchObject({ witnessedAtMs: time * 1000 });
    expect(statusOf(report, 'freshness')).toBe('passed');
  });

  const newest = 1_795_248_000_000 + 8 * 1234;
  test.for([
    {
      note: 'within the age',
      at: time + 60,
      says: 'cosigned 60 s before the time given; 2 min were allowed',
      status: 'passed',
    },
    {
      note: 'stale',
      at: time + 3 * 86_400,
      says: 'Stale. The checkpoint was cosigned 3 days before the time given',
      status: 'incomplete',
    },
    {
      note: 'from the future',
      at: time - 3_600,
      says: '60 min after the time given: a clock is wrong',
      status: 'incomplete',
    },
    {
      note: 'older than what it says',
      time: newest / 1000 - 3_600,
      at: time,
      says: 'before its newest receipt says',
      status: 'incomplete',
    },
    {
      note: 'beyond the calendar',
      time: 2 ** 52,
      at: time,
      says: 'No trusted witness says when',
      status: 'incomplete',
    },
  ])('a cosignature $note', ({ time: when = time, at, says, status }) => {
    const report = verifyWhole(ledger, inputs, {
      trust,
      checkpoint: cosigned(ledger, witness, Math.floor(when)),
      freshness: { atMs: at * 1000, maxAgeMs: 120_000 },
    });
    const step = report.steps.find((one) => one.step === 'freshness');
    expect(step).toMatchObject({ status });
    expect(step?.sentence).toContain(says);
    expect(report.freshness).toMatchObject({ atMs: at * 1000, maxAgeMs: 120_000, receiptAtMs: newest });
    expect(report.overall).not.toBe('falsified');
  });
});

const splitLines = (jsonl: Uint8Array): Uint8Array[] => {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let i = 0; i < jsonl.length; i++) {
    if (jsonl[i] === 10) {
      lines.push(jsonl.slice(from, i));
      from = i + 1;
    }
  }
  if (from < jsonl.length) lines.push(jsonl.slice(from));
  return lines;
};

describe('laws of blame', () => {
  test('any single-bit change of a sealed prefix is found and its receipt named', () => {
    const jsonl = new Uint8Array(Buffer.concat(ledger.receipts.flatMap(({ bytes }) => [bytes, bytesOf('\n')])));
    fc.assert(
      fc.property(fc.nat(jsonl.length * 8 - 1), (bit) => {
        const at = bit >> 3;
        const flipped = jsonl.with(at, (jsonl[at] ?? 0) ^ (1 << (bit & 7)));
        const seq = jsonl.slice(0, at).filter((byte) => byte === 10).length;
        const lines = splitLines(flipped).map((bytes) => ({ bytes, disclosures: [] }));
        const report = verifyWhole(ledger, lines);
        expect(report.overall).toBe('falsified');
        expect(report.firstBad?.seq).toBe(seq);
      }),
      { numRuns: runs(1500) },
    );
  });

  test('any other content of one receipt is found and named, and all others are proved to be as sealed', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.constantFrom('subject', 'id', 'prev', 'at', 'incident'), (seq, member) => {
        const receipt = ledger.receipts[seq]?.receipt as Receipt;
        const other = {
          subject: 'agent:0000',
          id: receipt.prev,
          prev: receipt.id,
          at: `${receipt.at.slice(0, 20)}999Z`,
          incident: 'INC-99',
        }[member];
        const { bytes } = right(buildReceipt(sha256, { ...receipt, [member]: other } as never));
        const report = verifyWhole(ledger, inputs.with(seq, { bytes, disclosures: [] }));
        expect(report.firstBad?.seq).toBe(seq);
        // A changed `prev` is a false claim about the receipt before, and no later receipt vouches for the last one.
        if (seq < 8 && member !== 'prev') expect(report.firstBad?.certain).toBe(true);
      }),
    );
  });

  test('every receipt that is left out, doubled, moved or put in is named by its place', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.nat(8), (a, b) => {
        const without = verifyWhole(ledger, inputs.toSpliced(a, 1));
        expect(without.firstBad?.seq).toBe(a);
        const doubled = verifyWhole(ledger, inputs.toSpliced(a, 0, inputs[a] as ReceiptInput));
        expect(doubled.firstBad?.seq).toBe(a + 1);
        if (a !== b) {
          const swapped = inputs.with(a, inputs[b] as ReceiptInput).with(b, inputs[a] as ReceiptInput);
          expect(verifyWhole(ledger, swapped).firstBad?.seq).toBe(Math.min(a, b));
        }
      }),
    );
  });

  test('a rewritten tail whose links hold is found, though only its end can be named', () => {
    let head = older.head;
    const rewritten = inputsOf(older.receipts);
    for (let seq = 5; seq < 9; seq++) {
      const entry = entryAt(seq, [], [...ledger.receipts.slice(0, seq)]);
      const appended = right(
        appendReceipt(sha256, head, {
          ...entry,
          subject: 'agent:forged',
          ...('of' in entry && { of: { seq: 0, leaf: entry.of.leaf } }),
        } as LedgerEntry),
      );
      rewritten.push({ bytes: appended.bytes, disclosures: [] });
      head = appended.head;
    }
    const report = verifyWhole(ledger, rewritten);
    expect(report.overall).toBe('falsified');
    expect(statusOf(report, 'tree')).toBe('failed');
    // Resealed by the holder of the key, only the auditor's own checkpoint shows it.
    const resealed = { checkpoint: checkpointNote(checkpointOf(sha256, head), ledger.key) };
    const kept = buildLedger(8);
    expect(verifyWhole(ledger, rewritten, { ...resealed, remembered: kept.note })).toMatchObject({
      overall: 'falsified',
      equivocation: { origin: ORIGIN },
    });
  });

  test('a link that was sealed broken is blamed on the receipt that makes it', () => {
    const odd = buildLedger(6, ORIGIN, (seq, sd, before) => entryAt(seq, sd, before));
    // The writer itself puts a false prev into receipt 3 and goes on from it.
    const receipts = odd.receipts.slice(0, 3);
    let head = buildLedger(3).head;
    head = { ...head, prev: sha256(bytesOf('false')) };
    for (let seq = 3; seq < 6; seq++) {
      const appended = right(
        appendReceipt(sha256, head, { ...entryAt(0, [], []), at: odd.receipts[seq]?.receipt.at ?? '' }),
      );
      receipts.push({ ...appended, disclosures: [] });
      head = appended.head;
    }
    const report = verifyWhole(odd, inputsOf(receipts), {
      checkpoint: checkpointNote(checkpointOf(sha256, head), odd.key),
    });
    expect(report.firstBad).toMatchObject({ seq: 3, certain: true });
    expect(statusOf(report, 'tree')).toBe('passed');
    expect(statusOf(report, 'chain')).toBe('failed');
  });

  test('a ledger that was sealed on another beginning is blamed on its first receipt', () => {
    let head = { ...buildLedger(0).head, prev: sha256(bytesOf('another beginning')) };
    const rows: ReceiptInput[] = [];
    for (let seq = 0; seq < 3; seq++) {
      const appended = right(appendReceipt(sha256, head, entryAt(0, [], [])));
      rows.push({ bytes: appended.bytes, disclosures: [] });
      head = appended.head;
    }
    const report = verifyWhole(ledger, rows, { checkpoint: checkpointNote(checkpointOf(sha256, head), ledger.key) });
    expect(report).toMatchObject({ overall: 'falsified', firstBad: { seq: 0 } });
  });

  test('each of two changed receipts is found, and without a root that fits nothing is certain', () => {
    const forged = (seq: number): ReceiptInput => {
      const other = { ...ledger.receipts[seq]?.receipt, subject: 'agent:forged' } as Receipt;
      return { bytes: right(buildReceipt(sha256, other)).bytes, disclosures: [] };
    };
    const report = verifyWhole(ledger, inputs.with(0, forged(0)).with(5, forged(5)));
    expect(report.findings.filter(({ step }) => step === 'chain').map(({ seq }) => seq)).toEqual([0, 5]);
    expect(report.firstBad).toMatchObject({ seq: 0, certain: true });
    const unsealed = verifyWhole(ledger, inputs.with(5, forged(5)), { checkpoint: undefined as never });
    expect(unsealed.firstBad).toMatchObject({ seq: 5, certain: false });
    const last = verifyWhole(ledger, inputs.with(8, forged(8)));
    expect(last.firstBad).toMatchObject({ seq: 8, certain: false });
  });

  test('what comes after a bad receipt is still checked', () => {
    const bad = inputs
      .with(2, { bytes: bytesOf('{}'), disclosures: [] })
      .with(6, { bytes: bytesOf('{}'), disclosures: [] });
    expect(
      verifyWhole(ledger, bad)
        .findings.filter(({ step }) => step === 'receipts')
        .map(({ seq }) => seq),
    ).toEqual([2, 6]);

    // A finding explains the broken link right after it, and none after that.
    const forged = { ...ledger.receipts[5]?.receipt, subject: 'agent:forged' } as Receipt;
    const later = inputs
      .with(0, { bytes: bytesOf('{}'), disclosures: [] })
      .with(5, { bytes: right(buildReceipt(sha256, forged)).bytes, disclosures: [] });
    expect(verifyWhole(ledger, later).findings.map(({ step, seq }) => [step, seq])).toEqual([
      ['receipts', 0],
      ['chain', 5],
      ['tree', undefined],
    ]);
  });
});

describe('consistency with what the auditor saw', () => {
  test('an earlier checkpoint of the same history', () => {
    expect(statusOf(verifyWhole(ledger, inputs, { remembered: older.note }), 'consistency')).toBe('passed');
    expect(statusOf(verifyWhole(ledger, inputs, { remembered: ledger.note }), 'consistency')).toBe('passed');
  });

  test('a rollback: less than was seen', () => {
    const report = verifyWhole(older, inputsOf(older.receipts), { remembered: ledger.note });
    expect(report.overall).toBe('falsified');
    expect(statusOf(report, 'consistency')).toBe('failed');
  });

  test('a fork of equal size is portable evidence', () => {
    const forked = buildLedger(9, ORIGIN, (seq, sd, before) => ({
      ...entryAt(seq, sd, before),
      subject: 'agent:fork',
    }));
    const report = verifyWhole(ledger, inputs, { remembered: forked.note });
    expect(report.overall).toBe('falsified');
    expect(report.equivocation).toMatchObject({ origin: ORIGIN, notes: [forked.note, ledger.note] });
  });

  test('a fork that no trusted key signed is no evidence against its holder', () => {
    const forked = buildLedger(9, ORIGIN, (seq, sd, before) => ({
      ...entryAt(seq, sd, before),
      subject: 'agent:fork',
    }));
    const forged = checkpointNote(forked.checkpoint, testKey(ORIGIN, 1, 'stranger'));
    const report = verifyWhole(ledger, inputs, { remembered: forged });
    expect(statusOf(report, 'consistency')).toBe('failed');
    expect(report.equivocation).toBeUndefined();
  });

  test('a checkpoint of another ledger', () => {
    const other = buildLedger(3, 'ledger.example/r1/c/other');
    expect(statusOf(verifyWhole(ledger, inputs, { remembered: other.note }), 'consistency')).toBe('failed');
  });

  test('a partial bundle needs a consistency file', () => {
    const nodes = nodesOf(
      sha256,
      ledger.receipts.map(({ leaf }) => leaf),
    );
    const file = formatConsistency({
      oldSize: 5,
      proof: consistencyProof(sha256, nodes, 5, 9) ?? [],
      note: ledger.note,
    });
    const some = partialInputs(ledger, [2, 3, 8]);
    const partial = { coverage: 'partial', remembered: older.note } as const;
    expect(statusOf(verifyWhole(ledger, some, partial), 'consistency')).toBe('incomplete');
    expect(statusOf(verifyWhole(ledger, some, { ...partial, consistency: [file] }), 'consistency')).toBe('passed');
    const wrong = formatConsistency({
      oldSize: 5,
      proof: consistencyProof(sha256, nodes, 4, 9) ?? [],
      note: ledger.note,
    });
    expect(statusOf(verifyWhole(ledger, some, { ...partial, consistency: [wrong] }), 'consistency')).toBe('failed');
    expect(statusOf(verifyWhole(ledger, some, { ...partial, consistency: ['old'] }), 'consistency')).toBe('failed');
  });
});

describe('portable evidence of a fork', () => {
  const fork = buildLedger(9, ORIGIN, (seq, sd, before) => ({ ...entryAt(seq, sd, before), subject: 'agent:fork' }));
  const file = right(formatEquivocation([ledger.note, fork.note]));
  const keys = [ledger.key.key];

  test('convinces whoever trusts the key', () => {
    expect(right(verifyEquivocation(platformEd25519, keys, file))).toEqual({
      origin: ORIGIN,
      size: 9,
      roots: [ledger.checkpoint.root, fork.checkpoint.root],
    });
  });

  test.for<{ note: string; file: string; of: readonly NoteKey[] }>([
    { note: 'the same note twice', file: right(formatEquivocation([ledger.note, ledger.note])), of: keys },
    { note: 'two sizes', file: right(formatEquivocation([ledger.note, older.note])), of: keys },
    {
      note: 'a stranger’s signature',
      file: right(formatEquivocation([ledger.note, checkpointNote(fork.checkpoint, testKey(ORIGIN, 1, 'stranger'))])),
      of: keys,
    },
    { note: 'no key', file, of: [] },
    { note: 'a witness’s key', file, of: [testKey(ORIGIN, 4).key] },
    { note: 'another version', file: file.replace('@1', '@2'), of: keys },
    {
      note: 'a changed root',
      file: file.replace(/9\\n./, (x) => `${x.slice(0, -1)}${x.endsWith('A') ? 'B' : 'A'}`),
      of: keys,
    },
    { note: 'nothing', file: '', of: keys },
  ])('refused: $note', ({ file: f, of }) => {
    expect(E.isLeft(verifyEquivocation(platformEd25519, of, f))).toBe(true);
  });
});

describe('partial bundles', () => {
  const partial = { coverage: 'partial' } as const;

  test('single receipts are proved by themselves', () => {
    const report = verifyWhole(ledger, partialInputs(ledger, [2, 3, 7]), partial);
    expect(report).toMatchObject({
      overall: 'incomplete',
      labels: { linked: 'yes', signed: 'yes', trusted: 'yes' },
      receipts: 3,
    });
    expect(report.completeness).toEqual({ complete: 'integrity_only' });
  });

  test.for<{ note: string; input: () => ReceiptInput[]; seq: number }>([
    { note: 'no proof', input: () => [inputs[3] as ReceiptInput], seq: 3 },
    {
      note: 'the proof of another receipt',
      input: () => [{ ...(inputs[3] as ReceiptInput), proof: proofOf(ledger, 4) }],
      seq: 3,
    },
    {
      note: 'the proof of another checkpoint',
      input: () => [{ ...(inputs[3] as ReceiptInput), proof: proofOf(older, 3) }],
      seq: 3,
    },
    { note: 'a proof that is not one', input: () => [{ ...(inputs[3] as ReceiptInput), proof: 'x' }], seq: 3 },
    { note: 'twice', input: () => partialInputs(ledger, [3, 3]), seq: 3 },
    { note: 'out of order', input: () => partialInputs(ledger, [4, 3]), seq: 3 },
    {
      note: 'changed',
      input: () => [
        {
          ...(partialInputs(ledger, [3])[0] as ReceiptInput),
          bytes: right(buildReceipt(sha256, { ...ledger.receipts[3]?.receipt, subject: 'agent:0' } as never)).bytes,
        },
      ],
      seq: 3,
    },
  ])('refused and named: $note', ({ input, seq }) => {
    const report = verifyWhole(ledger, input(), partial);
    expect(report.overall).toBe('falsified');
    expect(report.firstBad?.seq).toBe(seq);
    expect(report.labels.linked).toBe('no');
  });

  test('a receipt of another ledger, with its own good proof', () => {
    const other = buildLedger(4, 'ledger.example/r1/c/other');
    expect(verifyWhole(ledger, partialInputs(other, [2]), partial).overall).toBe('falsified');
  });
});

describe('disclosures', () => {
  test('withheld ones are nothing wrong', () => {
    const report = verifyWhole(
      ledger,
      inputs.map(({ bytes }) => ({ bytes, disclosures: [] })),
    );
    expect(statusOf(report, 'disclosures')).toBe('passed');
  });

  test('one of another receipt is named with the receipt that it was put beside', () => {
    const moved = inputs.with(4, { ...(inputs[4] as ReceiptInput), disclosures: inputs[5]?.disclosures ?? [] });
    expect(verifyWhole(ledger, moved)).toMatchObject({
      overall: 'falsified',
      firstBad: { seq: 4 },
      labels: { linked: 'yes', trusted: 'yes' },
    });
  });
});

describe('re-derivation is an argument', () => {
  const seen: { seq: number; names: string[]; whole: boolean }[] = [];
  const rederiver = (answer: (seq: number) => Rederived): Rederiver => ({
    step: (receipt, _leaf, disclosures, whole) => {
      seen.push({ seq: receipt.seq, names: [...disclosures.keys()], whole });
      return answer(receipt.seq);
    },
  });

  test('it sees every receipt in order with its disclosures, and is told whether the prefix is whole', () => {
    seen.length = 0;
    verifyWhole(ledger, inputs.with(3, { bytes: bytesOf('{}'), disclosures: [] }), {
      rederiver: rederiver(() => ({ status: 'ok', level: 1 })),
    });
    expect(seen.map(({ seq, whole }) => [seq, whole])).toEqual([0, 1, 2, 4, 5, 6, 7, 8].map((seq) => [seq, seq < 3]));
    expect(seen[0]?.names).toEqual(['request/intent', 'evidence/deployment_stable/git']);
  });

  test.for<{ note: string; answer: (seq: number) => Rederived; status: string; firstBad: number | undefined }>([
    {
      note: 'all at the second level',
      answer: () => ({ status: 'ok', level: 2 }),
      status: 'passed',
      firstBad: undefined,
    },
    {
      note: 'some only at the first',
      answer: (n) => ({ status: 'ok', level: n < 4 ? 1 : 2 }),
      status: 'incomplete',
      firstBad: undefined,
    },
    {
      note: 'withheld',
      answer: () => ({ status: 'withheld', names: ['request/intent'] }),
      status: 'incomplete',
      firstBad: undefined,
    },
    {
      note: 'not available is never falsified',
      answer: () => ({ status: 'not_available', why: 'semantics 9' }),
      status: 'incomplete',
      firstBad: undefined,
    },
    {
      note: 'falsified',
      answer: (n) => (n === 6 ? { status: 'falsified', why: 'another verdict' } : { status: 'ok', level: 2 }),
      status: 'failed',
      firstBad: 6,
    },
  ])('$note', ({ answer, status, firstBad }) => {
    const report = verifyWhole(ledger, inputs, { rederiver: rederiver(answer) });
    expect(statusOf(report, 'rederivation')).toBe(status);
    expect(report.firstBad?.seq).toBe(firstBad);
  });

  test('each receipt says which level it reached', () => {
    const verifier = startVerifier({
      sha256,
      ed25519: platformEd25519,
      coverage: 'whole',
      rederiver: rederiver((seq) => ({ status: 'ok', level: seq === 0 ? 2 : 1 })),
    });
    expect(inputs.slice(0, 2).map((input) => verifier.step(input).rederived)).toEqual([
      { status: 'ok', level: 2 },
      { status: 'ok', level: 1 },
    ]);
  });
});

describe('catalog and evidence files', () => {
  const catalog = ledger.receipts[0]?.receipt.catalog.digest ?? '';
  test.for([
    { note: 'all here', catalogs: [catalog], status: 'passed' },
    { note: 'one missing', catalogs: [], status: 'incomplete' },
  ])('$note', ({ catalogs, status }) => {
    const report = verifyWhole(ledger, inputs, { attachments: { catalogs: new Set(catalogs), evidence: new Set() } });
    expect(statusOf(report, 'digests')).toBe(status);
  });
});

test.for([
  { note: 'raw evidence that is here', evidence: [digestOf('raw')], status: 'passed' },
  { note: 'raw evidence that is not here', evidence: [], status: 'incomplete' },
])('$note', ({ evidence, status }) => {
  const value = [
    { about: 'svc-a', value: true, ref: { detector: 'git@1', digest: digestOf('raw') } },
    { about: 'svc-b', value: true },
  ];
  const shown = right(buildDisclosure(sha256, saltOf('ref'), 'evidence/deployment_stable/git', value));
  const one = buildLedger(1, ORIGIN, () => entryAt(0, [shown.digest], []));
  const report = verifyWhole(one, [{ bytes: one.receipts[0]?.bytes ?? new Uint8Array(0), disclosures: [shown.text] }], {
    attachments: { catalogs: new Set([digestOf('catalog')]), evidence: new Set(evidence) },
  });
  expect(statusOf(report, 'digests')).toBe(status);
});

describe('a reference by another leaf', () => {
  const wrong = buildLedger(5, ORIGIN, (seq, sd, before) => {
    const entry = entryAt(seq, sd, before);
    return entry.kind === 'outcome' ? { ...entry, of: { seq: 1, leaf: 'A'.repeat(43) } } : entry;
  });
  const found = { seq: 2, why: 'it refers to receipt 1 by another leaf' };

  test('is found in a whole ledger, honestly sealed as it is', () => {
    expect(verifyWhole(wrong, inputsOf(wrong.receipts)).firstBad).toMatchObject(found);
  });

  test('is found in a part that has both; of one alone nothing can be said', () => {
    const part = (seqs: readonly number[]) => verifyWhole(wrong, partialInputs(wrong, seqs), { coverage: 'partial' });
    expect(part([1, 2]).firstBad).toMatchObject(found);
    expect(part([2]).findings).toEqual([]);
  });
});

test('a key that the auditor trusts for exports vouches for no ledger', () => {
  const named = buildLedger(3, `${ORIGIN}/export`);
  const report = verifyWhole(named, inputsOf(named.receipts));
  expect(report).toMatchObject({ overall: 'falsified', labels: { signed: 'no', trusted: 'no' } });
});

test('an eval ledger is never taken for a contractual one', () => {
  const pilot = buildLedger(3, 'ledger.example/r1/e/pilot-1', (seq, sd, before) => {
    const { terms: _, ...entry } = entryAt(seq, sd, before) as LedgerEntry & { terms: unknown };
    return { ...entry, ...EVAL_BINDING } as LedgerEntry;
  });
  expect(verifyWhole(pilot, inputsOf(pilot.receipts)).labels.trusted).toBe('yes');
  expect(verifyWhole(ledger, inputsOf(pilot.receipts)).overall).toBe('falsified');
});

test('a thousand bad lines give a hundred findings and a count', () => {
  const verifier = startVerifier({ sha256, ed25519: platformEd25519, coverage: 'whole' });
  for (let i = 0; i < 1000; i++) verifier.step({ bytes: bytesOf('x'), disclosures: [] });
  const report = verifier.finish();
  expect(report.findings).toHaveLength(100);
  expect(report.findingCount).toBe(1000);
  expect(report.firstBad?.seq).toBe(0);
});

/** What an issuer could say twice, or with a key that has another role; and what is shown that nothing compares. */
import { encodeBase64url, parseTrust, type Rederiver, type VerifyReport } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { buildLedger, entryAt, inputsOf, ORIGIN, partialInputs, sha256, testKey, verifyWhole } from './fixture.ts';

const ledger = buildLedger(9);
const text = ({ key }: ReturnType<typeof testKey>): string => encodeBase64url(key.publicKey);
const witness = testKey('witness.example/w1', 4);
const person = testKey('a.person');
const quorum = 'quorum none\n';

test.for([
  ['a ledger', `log ${ledger.key.vkey}\napprover sub_a ${text(ledger.key)}\n`],
  ['a ledger, whose line comes later', `approver sub_a ${text(ledger.key)}\nlog ${ledger.key.vkey}\n`],
  ['a witness', `witness W ${witness.vkey}\napprover sub_a ${text(witness)}\n`],
  ['a witness, whose line comes later', `approver sub_a ${text(witness)}\nwitness W ${witness.vkey}\n`],
  ['another approver', `approver sub_a ${text(person)}\napprover sub_b ${text(person)}\n`],
])('a trust file in which an approver has the key of %s is refused', ([, lines = '']) => {
  expect(E.isLeft(parseTrust(sha256, `${lines}${quorum}`))).toBe(true);
  expect(E.isRight(parseTrust(sha256, `log ${ledger.key.vkey}\napprover sub_a ${text(person)}\n${quorum}`))).toBe(true);
});

const approvedWith = (key: string, trust: string): VerifyReport => {
  const rederiver: Rederiver = {
    step: ({ seq }) => ({ status: 'ok', level: 2, ...(seq === 1 && { approval: { approver: 'sub_a', key } }) }),
  };
  return verifyWhole(ledger, inputsOf(ledger.receipts), { rederiver, trust });
};

test('an approval that the key of the ledger or of a witness signed is falsified, whatever the approver is called', () => {
  const trust = `log ${ledger.key.vkey}\nwitness W ${witness.vkey}\n${quorum}`;
  for (const key of [ledger.key, witness])
    expect(approvedWith(text(key), trust).firstBad).toMatchObject({
      seq: 1,
      why: `the approval is signed with the key of ${key.key.name}, which is no approver's`,
    });
  expect(approvedWith(text(person), trust).findings).toEqual([]);
});

test('two approvers who sign with one key: whether they are two is open', () => {
  const saidOf = (approvers: readonly string[]): readonly string[] => {
    const rederiver: Rederiver = {
      step: ({ seq }) => {
        const approver = approvers[seq];
        return {
          status: 'ok',
          level: 2,
          ...(approver !== undefined && { approval: { approver, key: text(person) } }),
        };
      },
    };
    const { unchecked } = verifyWhole(ledger, inputsOf(ledger.receipts), { rederiver });
    return unchecked.filter(({ what, open }) => what === 'approvals' && open).map(({ sentence }) => sentence);
  };
  expect(saidOf(['sub_a', 'sub_a'])).toEqual([]);
  expect(saidOf(['sub_a', 'sub_b', 'sub_b', 'sub_a'])).toEqual([
    'Whether approvers are different people: 1 approver with the key of another one.',
  ]);
});

const openOf = ({ unchecked }: VerifyReport): readonly string[] =>
  unchecked
    .filter(({ what, open }) => open && (what === 'ids' || what === 'disclosures'))
    .map(({ sentence }) => sentence);

test('a second decision under the id of an earlier one is said and open; an outcome has the id of its decision', () => {
  const twice = buildLedger(9, ORIGIN, (seq, sd, before) => {
    const entry = entryAt(seq, sd, before);
    const first = before.find(({ receipt }) => receipt.kind === 'decision');
    return seq === 6 && entry.kind === 'decision' ? { ...entry, id: first?.receipt.id ?? entry.id } : entry;
  });
  expect(twice.receipts[6]?.receipt.kind).toBe('decision');
  const bare = (of: typeof ledger) => inputsOf(of.receipts).map((input) => ({ ...input, disclosures: [] }));
  const said = [
    'Whether an intent was answered more than once: 1 decision from receipt 6 on, with the id of an earlier one.',
  ];
  expect(openOf(verifyWhole(twice, bare(twice)))).toEqual(said);
  expect(openOf(verifyWhole(ledger, bare(ledger)))).toEqual([]);
  const part = partialInputs(twice, [0, 6]).map((input) => ({ ...input, disclosures: [] }));
  expect(openOf(verifyWhole(twice, part, { coverage: 'partial' }))).toEqual(said);
});

test('a disclosure that is none of its receipt’s kind is said and open', () => {
  // The ledgers of these tests show an intent of outcomes and consequences too.
  const others = ledger.receipts.filter(({ receipt }) => receipt.kind !== 'decision');
  expect(others.length).toBeGreaterThan(1);
  const [said = ''] = openOf(verifyWhole(ledger, inputsOf(ledger.receipts)));
  expect(said).toContain(`from receipt ${others[0]?.receipt.seq} on`);
});

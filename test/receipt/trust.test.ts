import { buildNoteKey, meetsQuorum, parseTrust } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { right, sha256, testKey } from './fixture.ts';

const log = testKey('ledger.example/r1/c/1');
const rotated = testKey('ledger.example/r1/c/1', 1, 'the next key');
const [x1, x2, x3, y1] = [
  testKey('w.example/x1', 4),
  testKey('w.example/x2', 4),
  testKey('w.example/x3', 4),
  testKey('w.example/y1', 4),
];

const FULL = `# an auditor's file
log ${log.vkey} https://example.com/log
log ${rotated.vkey}

witness X1 ${x1.vkey}
\twitness X2 ${x2.vkey}  https://example.com/x2
witness X3 ${x3.vkey}
group X 2 X1 X2 X3
witness Y1 ${y1.vkey}
group all-of all X Y1
quorum all-of
`;

test('two ledger keys of one origin, two levels of groups', () => {
  const policy = right(parseTrust(sha256, FULL));
  expect(policy.logs.map((key) => key.name)).toEqual([log.key.name, log.key.name]);
  expect(policy.witnesses.map(({ name }) => name)).toEqual(['X1', 'X2', 'X3', 'Y1']);
  expect(meetsQuorum(policy, [x1.key, x2.key, y1.key])).toBe(true);
  expect(meetsQuorum(policy, [x1.key, x2.key, x3.key])).toBe(false);
  expect(meetsQuorum(policy, [x1.key, y1.key])).toBe(false);
  // One witness twice is one witness; the ledger's own key is none.
  expect(meetsQuorum(policy, [x1.key, x1.key, y1.key])).toBe(false);
  expect(meetsQuorum(policy, [x1.key, log.key, y1.key])).toBe(false);
  // A plain signature by a witness's key is no cosignature.
  const plain = right(buildNoteKey(sha256, x2.key.name, 1, x2.key.publicKey));
  expect(meetsQuorum(policy, [x1.key, plain, y1.key])).toBe(false);
});

test('quorum none asks for nothing', () => {
  const policy = right(parseTrust(sha256, 'quorum none'));
  expect(policy.quorum).toBeUndefined();
  expect(meetsQuorum(policy, [])).toBe(true);
});

test('a file that an editor wrote with CR LF says the same', () => {
  expect(parseTrust(sha256, FULL.replaceAll('\n', '\r\n'))).toEqual(parseTrust(sha256, FULL));
});

const shared = (name: string, type: 1 | 4): string => testKey(name, type, 'one key').vkey;
/** Every role in which a key may stand in the file. */
const roles = [
  { role: 'a ledger', line: (i: number) => `log ${shared(`ledger.example/r1/c/${i}`, 1)}\n` },
  { role: 'an evaluation ledger', line: (i: number) => `log ${shared(`ledger.example/r1/e/${i}`, 1)}\n` },
  { role: 'an exporter', line: (i: number) => `log ${shared(`ledger.example/r1/c/${i}/export`, 1)}\n` },
  { role: 'a witness', line: (i: number) => `witness W${i} ${shared(`w.example/${i}`, 4)}\n` },
];

const w = `witness W ${x1.vkey}\n`;
test.for([
  { note: 'nothing', text: '' },
  { note: 'no quorum', text: `log ${log.vkey}\n` },
  { note: 'two quorums', text: 'quorum none\nquorum none\n' },
  { note: 'quorum of an unknown name', text: 'quorum W\n' },
  { note: 'quorum above its witness', text: `quorum W\n${w}` },
  { note: 'group above its member', text: `group G any W\n${w}quorum G\n` },
  { note: 'group without members', text: `${w}group G any\nquorum G\n` },
  { note: 'group of itself', text: 'group G any G\nquorum G\n' },
  { note: 'member in two groups', text: `${w}group G any W\ngroup H any W\nquorum G\n` },
  { note: 'member twice', text: `${w}group G 2 W W\nquorum G\n` },
  { note: 'threshold 0', text: `${w}group G 0 W\nquorum G\n` },
  { note: 'threshold above the members', text: `${w}group G 2 W\nquorum G\n` },
  { note: 'threshold in hex', text: `${w}group G 0x1 W\nquorum G\n` },
  { note: 'name none', text: `witness none ${x1.vkey}\nquorum none\n` },
  { note: 'name twice', text: `${w}witness W ${x2.vkey}\nquorum none\n` },
  { note: 'witness key twice', text: `${w}witness V ${x1.vkey}\nquorum none\n` },
  { note: 'ledger key twice', text: `log ${log.vkey}\nlog ${log.vkey}\nquorum none\n` },
  ...roles.flatMap((one, i) =>
    roles.map((two, j) => ({
      note: `one key as ${one.role} and as ${two.role}`,
      text: `${one.line(i)}${two.line(j + 9)}quorum none\n`,
    })),
  ),
  { note: 'ledger key as a witness', text: `witness L ${log.vkey}\nquorum none\n` },
  { note: 'witness key as a ledger', text: `log ${x1.vkey}\nquorum none\n` },
  { note: 'vkey with another id', text: `log ${log.vkey.replace(/\+[0-9a-f]{8}\+/, '+12345678+')}\nquorum none\n` },
  { note: 'unknown word', text: 'trust everyone\nquorum none\n' },
  { note: 'too many words', text: 'quorum none at all\n' },
  { note: 'a carriage return inside a line', text: 'quorum\rnone\n' },
  { note: '1025 lines', text: `${'\n'.repeat(1024)}quorum none` },
])('refused: $note', ({ text }) => {
  expect(E.isLeft(parseTrust(sha256, text))).toBe(true);
});

test('the flaw names its line', () => {
  expect(parseTrust(sha256, 'quorum none\n\ntrust me\n')).toMatchObject(
    E.left({ path: ['line', 3], found: '"trust"' }),
  );
});

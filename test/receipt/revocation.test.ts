import { formatRevocation, parseRevocations } from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { right } from './fixture.ts';

test('comments, blank lines and tabs; a key may stand there twice', () => {
  const text = '# told by telephone\n\nrevoked a.b/c+0000000a 7\n\trevoked  a.b/c+0000000a\t3\n';
  expect(right(parseRevocations(text))).toEqual([
    { name: 'a.b/c', keyId: 10, lastGoodSize: 7 },
    { name: 'a.b/c', keyId: 10, lastGoodSize: 3 },
  ]);
});

test('a line reads back as it was written', () => {
  const one = fc.record({ keyId: fc.nat(0xffffffff), lastGoodSize: fc.maxSafeNat() });
  fc.assert(
    fc.property(one, (said) => {
      const revocation = { name: 'ledger.example/r1/c/4f2a', ...said };
      expect(right(parseRevocations(formatRevocation(revocation)))).toEqual([revocation]);
    }),
  );
});

test.for([
  { note: 'another word', text: 'log a.b/c+0000000a 7' },
  { note: 'no size', text: 'revoked a.b/c+0000000a' },
  { note: 'a size in another spelling', text: 'revoked a.b/c+0000000a 07' },
  { note: 'a size beyond what counts exactly', text: 'revoked a.b/c+0000000a 9007199254740993' },
  { note: 'a whole vkey', text: 'revoked a.b/c+0000000a+AQ== 7' },
  { note: 'an id in capitals', text: 'revoked a.b/c+0000000A 7' },
  { note: 'no name', text: 'revoked +0000000a 7' },
  { note: 'a control character', text: 'revoked a.b/c+0000000a 7\r' },
])('refused: $note', ({ text }) => {
  expect(E.isLeft(parseRevocations(text))).toBe(true);
});

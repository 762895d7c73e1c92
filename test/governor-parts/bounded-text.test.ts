/** What is said of a tool’s output or of an error: one line, short, and without what looks like a secret. */
import { oneLine } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

const KEY = Array.from({ length: 6 }, (_, n) => `MIIEplanted${n}${'A'.repeat(50)}`);
const PEM = ['-----BEGIN RSA PRIVATE KEY-----', ...KEY, '-----END RSA PRIVATE KEY-----'].join('\n');

test('of a private key nothing is said, wherever it was cut', () => {
  fc.assert(
    fc.property(fc.nat(PEM.length), fc.nat(PEM.length), fc.boolean(), (one, other, whole) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const cut = whole ? PEM : PEM.slice(0, 10) === PEM.slice(from, from + 10) ? PEM.slice(from, to) : PEM.slice(from);
      // A part without its beginning and without its end can't be told from any other text.
      fc.pre(cut.includes('-----END RSA PRIVATE KEY-----') || cut.includes('-----BEGIN RSA PRIVATE KEY-----'));
      expect(oneLine(`before ${cut}`)).not.toMatch(/planted/);
      expect(oneLine(cut)).not.toMatch(/planted/);
    }),
    { numRuns: runs(200) },
  );
  expect(oneLine(`${KEY.join('\n')}\n-----END PRIVATE KEY-----\nit could not be read`)).toBe(
    '(a private key) it could not be read',
  );
});

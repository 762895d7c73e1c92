import { canonicalize, MAX_JSON_DEPTH, parseCanonicalText } from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

/** What recognising a canonical text means, the slow way: write the value again and compare. */
const isCanonical = (text: string): boolean => {
  try {
    const again = canonicalize(JSON.parse(text));
    return E.isRight(again) && again.right === text;
  } catch {
    return false;
  }
};

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '',
    '10',
    '9',
    '2',
    '01',
    '-1',
    '__proto__',
    'constructor',
    'toJSON',
    'é',
    '\u{1f600}',
    '\ud800',
    '\uffff',
  ),
  fc.string({ maxLength: 3 }),
);
const leaf = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '1e3',
    '1E3',
    '1e+21',
    '1e21',
    '0.1',
    '123456789012345678901234',
    '5e-324',
    'true',
    'null',
  ),
  fc.constantFrom(
    '"\\u0041"',
    '"\\/"',
    '"\\b"',
    '"\\u0008"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\uD800"',
    '"\u2028"',
    '"\u007f"',
    '"\ud800"',
  ),
  fc.string({ maxLength: 4, unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.double().map((n) => String(n)),
);

/** Texts of JSON documents in all sorts of spelling, with members in any order and some of them twice. */
const { document } = fc.letrec<{ document: string }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('document'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(name, tie('document')), { maxLength: 4 })
      .map((members) => `{${members.map(([member, value]) => `${JSON.stringify(member)}:${value}`).join(',')}}`),
  ),
}));

test('a text is read as canonical exactly if its value is written as that text', () => {
  fc.assert(
    fc.property(document, fc.constantFrom('', ' ', '\n'), (text, space) => {
      const spelled = `${text}${space}`;
      expect(E.isRight(parseCanonicalText(spelled))).toBe(isCanonical(spelled));
      const canonical = E.getOrElse(() => '')(
        E.tryCatch(
          () => E.getOrElse(() => '')(canonicalize(JSON.parse(text))),
          () => '',
        ),
      );
      if (canonical !== '') expect(E.isRight(parseCanonicalText(canonical))).toBe(true);
    }),
    { numRuns: runs(20_000) },
  );
});

test.for([
  { note: 'as deep as may be', depth: MAX_JSON_DEPTH, accepted: true },
  { note: 'one deeper', depth: MAX_JSON_DEPTH + 1, accepted: false },
  { note: 'deeper than a call stack', depth: 100_000, accepted: false },
])('$note', ({ depth, accepted }) => {
  expect(E.isRight(parseCanonicalText(`${'['.repeat(depth)}${']'.repeat(depth)}`))).toBe(accepted);
});

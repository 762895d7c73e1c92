/** Files that nobody should be hurt by, and what a person is told about each: where it is wrong, and what was expected. */
export interface Hostile {
  readonly note: string;
  readonly bytes: () => string | Uint8Array;
  /** What is said after the file's name. */
  readonly said: string;
}

const nested = (bytes: number) => (): Uint8Array => Buffer.alloc(bytes, '[');
const deep = Array.from({ length: 8 }, () => '[0]').join('');

export const HOSTILE: readonly Hostile[] = [
  { note: 'empty', bytes: () => '', said: ':1:1: at $: expected a value, found the end of the file' },
  {
    note: 'truncated',
    bytes: () => '{\n  "at": "2026-11-21T08:00',
    said: ':2:9: at $.at: expected a closing double quote on the same line, found "2026-11-21T08:00',
  },
  { note: 'not JSON', bytes: () => 'at: 2026-11-21\n', said: ':1:1: at $: expected a value, found at' },
  {
    note: 'a member twice',
    bytes: () => '{ "at": 1,\n  "at": 2 }',
    said: ':2:3: at $.at: expected each member once, found "at" again',
  },
  {
    note: 'a member __proto__',
    bytes: () => '{ "at": { "__proto__": { "mode": "eval" } } }',
    said: ':1:11: at $.at.__proto__: expected another member name, found "__proto__"',
  },
  {
    note: 'a lone surrogate',
    bytes: () => '{ "id": "\\ud800" }',
    said: ':1:9: at $.id: expected well-formed Unicode, found a lone surrogate',
  },
  {
    note: 'bytes that are not UTF-8',
    bytes: () => Uint8Array.of(0x22, 0xff, 0x22),
    said: ':1:2: at $: expected UTF-8, found byte 0xff',
  },
  { note: 'a byte order mark', bytes: () => '\ufeff{}', said: ':1:1: at $: expected no byte order mark, found U+FEFF' },
  {
    note: 'a number that no double holds',
    bytes: () => '{ "at": 1e999 }',
    said: ':1:9: at $.at: expected a number that a double can hold, found 1e999',
  },
  { note: 'a second value', bytes: () => '{}\n{}', said: ':2:1: at $: expected the end of the file, found {' },
  {
    note: '10 MB of nesting',
    bytes: nested(10_000_000),
    said: `:1:65: at $${deep}…${deep}: expected at most 64 levels of nesting, found one more`,
  },
  { note: '100 MB of nesting', bytes: nested(100_000_000), said: ': expected at most 16777216 bytes, found 100000000' },
];

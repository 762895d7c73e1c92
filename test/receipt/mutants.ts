/** Near misses of valid texts, for fuzzing: the same ones on every run and machine. */

/** A number below another. */
export type Dice = (below: number) => number;

/** A small deterministic generator, named after what is fuzzed with it. */
export const diceOf = (name: string): Dice => {
  let state = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7) || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
};

const ALPHABET = [...'\n "{}[]:,019-+=Aa_/.\\\u2014\0\u00e9\t\r', '\ud800', '\u2028', '\u212a', '\r\n', '  '];
const NUMBER_ENDINGS = ['.0', 'e0', 'E+0', '0', '.', 'n'];

/** Where something that matches begins, behind a place or, if there is none, before it. */
const seek = (text: string, pattern: RegExp, from: number): number => {
  const behind = text.slice(from).search(pattern);
  return behind >= 0 ? from + behind : text.search(pattern);
};
const insertAt = (text: string, at: number, what: string): string =>
  at < 0 ? text : text.slice(0, at) + what + text.slice(at);

/** A separator's pieces, for the changes that know lines and lists. */
const onPieces = (text: string, next: Dice, change: (pieces: string[]) => void): string => {
  const separator = text.includes('\n') && next(2) === 0 ? '\n' : ',';
  const pieces = text.split(separator);
  change(pieces);
  return pieces.join(separator);
};

type Change = (text: string, next: Dice, samples: readonly string[]) => string;

/** Letter by letter: what a bad copy does. */
const COPIES: readonly Change[] = [
  (text, next) => insertAt(text, next(text.length + 1), ALPHABET[next(ALPHABET.length)] ?? ''),
  (text, next) => {
    const at = next(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1 + next(4));
  },
  (text, next) => {
    const at = next(text.length + 1);
    return text.slice(0, at) + (ALPHABET[next(ALPHABET.length)] ?? '') + text.slice(at + 1);
  },
  (text, next) => {
    const at = next(text.length + 1);
    return text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) || 65) ^ (1 << next(8))) + text.slice(at + 1);
  },
  (text, next) => text.slice(0, next(text.length + 1)),
  (text, next, samples) => {
    const other = samples[next(samples.length)] ?? '';
    return text.slice(0, next(text.length + 1)) + other.slice(next(other.length + 1));
  },
  (text, next) => {
    const at = next(text.length + 1);
    return text.slice(0, at) + text.slice(Math.max(0, at - next(20)));
  },
];

/** By the structure: what somebody does who wants the same said in other bytes, or something else in lawful ones. */
const SPELLINGS: readonly Change[] = [
  // An escape in place of a letter.
  (text, next) => {
    const at = seek(text, /[A-Za-z]/, next(text.length + 1));
    if (at < 0) return text;
    const code = text.charCodeAt(at).toString(16).padStart(4, '0');
    return `${text.slice(0, at)}\\u${next(2) === 0 ? code : code.toUpperCase()}${text.slice(at + 1)}`;
  },
  (text, next) => text.replace('/', next(2) === 0 ? '\\/' : '//'),
  // White space where most readers allow it.
  (text, next) =>
    insertAt(text, seek(text, /(?<=[:,{}[\]\n ])/, next(text.length + 1)), [' ', '\t', '\n', '\r'][next(4)] ?? ''),
  (text, next) => [`${text}\n`, `${text} `, ` ${text}`, `\ufeff${text}`, text.replaceAll('\n', '\r\n')][next(5)] ?? '',
  // Another spelling of a number.
  (text, next) => {
    const at = seek(text, /\d/, next(text.length + 1));
    if (next(2) === 0) return insertAt(text, at, ['0', '+', '-', '00', ' '][next(5)] ?? '');
    const end = at < 0 ? at : at + (/^\d+/.exec(text.slice(at))?.[0].length ?? 0);
    return insertAt(text, end, NUMBER_ENDINGS[next(NUMBER_ENDINGS.length)] ?? '');
  },
  // Another spelling of base64.
  (text, next) => {
    const at = seek(text, /[A-Za-z0-9+/_-]{8}/, next(text.length + 1));
    const end = at < 0 ? 0 : at + (/^[A-Za-z0-9+/_-]+/.exec(text.slice(at))?.[0].length ?? 0);
    if (at < 0) return text;
    const word = text.slice(at, end);
    const spelt = [`${word}=`, word.replaceAll('+', '-'), word.replaceAll('-', '+'), word.replaceAll('_', '/')][
      next(4)
    ];
    return text.slice(0, at) + (spelt ?? '') + text.slice(end);
  },
  (text) => text.replace('=', ''),
  // Lines and members: swapped, doubled, left out, taken from elsewhere.
  (text, next) =>
    onPieces(text, next, (pieces) => {
      const [a, b] = [next(pieces.length), next(pieces.length)];
      [pieces[a], pieces[b]] = [pieces[b] ?? '', pieces[a] ?? ''];
    }),
  (text, next) =>
    onPieces(text, next, (pieces) => void pieces.splice(next(pieces.length + 1), 0, pieces[next(pieces.length)] ?? '')),
  (text, next) => onPieces(text, next, (pieces) => void pieces.splice(next(pieces.length), 1 + next(2))),
  (text, next, samples) =>
    onPieces(text, next, (pieces) => {
      const others = (samples[next(samples.length)] ?? '').split(/[\n,]/);
      pieces[next(pieces.length)] = others[next(others.length)] ?? '';
    }),
];

/** One of the samples after one to three changes, by letter or by structure; now and then nothing but noise. */
export const mutate = (samples: readonly string[], next: Dice): string => {
  if (next(16) === 0) return Array.from({ length: next(64) }, () => String.fromCharCode(next(256))).join('');
  let text = samples[next(samples.length)] ?? '';
  for (let edits = 1 + next(3); edits > 0; edits--) {
    const changes = next(2) === 0 ? COPIES : SPELLINGS;
    text = changes[next(changes.length)]?.(text, next, samples) ?? text;
  }
  return text;
};

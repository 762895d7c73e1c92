/**
 * Names of resources, tenants and subjects: each in one spelling, so that what looks the same is the same. An emergency stop
 * for `café` holds for whoever writes `café`, and nobody can write it in another way.
 */
import { isWellFormed } from '../receipt/encoding/bytes.ts';

/**
 * What is wrong with a name, in one sentence, with the good spelling where there is one; `undefined` for a name in its one
 * spelling: 1 to 200 characters in NFKC, without invisible, direction and control characters, without spaces around it or two in a
 * row, without signs that only look like `-`, `/`, `:`, `*`, a quotation mark
 * or a letter, and without a word in letters of two alphabets that share shapes.
 *
 * @example
 * nameFault('caf\u00e9 ') // 'a name has no spaces around it, and no two in a row; write `café`'
 */
export const nameFault = (name: unknown): string | undefined => {
  const fault = faultOf(name);
  if (fault === undefined || typeof name !== 'string') return fault;
  const good = spelling(name);
  return good === undefined ? fault : `${fault}; write \`${good}\``;
};

/** What is wrong with a name, without a word of it: for files in which a secret may stand where a name belongs. */
export const nameRuleBroken = (name: unknown): string | undefined => faultOf(name);

const LENGTH = /^[\s\S]{1,200}$/u;
/**
 * Control, format (invisible, direction), private, unassigned and separator characters other than a plain space; and the two
 * symbols that are drawn as nothing, an empty Braille cell and a musical note without a head.
 */
const STRANGE = /\p{DI}|\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|[\u{2800}\u{1d159}]/u;
const PADDED = /^ | $| {2}/;
const BLANK = /^\p{M}|[ /]\p{M}/u;

const faultOf = (name: unknown): string | undefined => {
  if (typeof name !== 'string' || !isWellFormed(name) || !LENGTH.test(name)) return 'a name has 1 to 200 characters';
  if (ASCII.test(name)) return PADDED.test(name) ? 'a name has no spaces around it, and no two in a row' : undefined;
  if (STRANGE.test(name))
    return 'a name has no invisible, direction or control characters, and no spaces but the plain one';
  if (PADDED.test(name)) return 'a name has no spaces around it, and no two in a row';
  if (name.normalize('NFC') !== name) return 'a name is written in NFC';
  if (name.normalize('NFKC') !== name) return 'a name has no characters that are another way to write others';
  if (BLANK.test(name)) return 'a name has no accent without a letter';
  if (DECEIVING.test(name)) return 'a name has no signs that only look like - / : * or a quotation mark';
  if (PHONETIC.test(name)) return 'a name has no phonetic signs that look like letters';
  return isMixed(name) ? 'a name has no word in letters of two alphabets that look alike' : undefined;
};

/** Nearly every name. */
const ASCII = /^[ -~]*$/;

/** The same name as it was meant, if that is a name. */
const spelling = (name: string): string | undefined => {
  const visible = [...name.normalize('NFKC')]
    .map((c) => DECEIVED.get(c) ?? PHONETICS.get(c) ?? (/\p{Z}/u.test(c) || c === '\t' || c === '\n' ? ' ' : c))
    .filter((c) => !STRANGE.test(c))
    .join('')
    .replace(/ +/g, ' ')
    .replace(/^ | $/g, '')
    .normalize('NFC');
  const good = visible.replace(WORD, (word) => (isMixed(word) ? latin(word) : word));
  const inLatin = isMixed(good) ? good.replace(WORD, latin) : good;
  return inLatin !== name && faultOf(inLatin) === undefined ? inLatin : undefined;
};

/** Signs of typography and mathematics, by the sign of ASCII that they look like. */
const DECEIVED: ReadonlyMap<string, string> = new Map(
  [
    ['-', '\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212'],
    ['/', '\u2044\u2215\u29f8\u2571'],
    [':', '\u2236\ua789'],
    ["'", '\u2018\u2019\u201b\u2032'],
    ['"', '\u201c\u201d\u201f\u2033'],
    ['*', '\u2217\u204e'],
  ].flatMap(([sign = '', others = '']) => [...others].map((other): readonly [string, string] => [other, sign])),
);
const DECEIVING = new RegExp(`[${[...DECEIVED.keys()].join('')}]`, 'u');

/** Signs of phonetics, of Latin script and of no language's alphabet, by the letter that they look like. */
const PHONETICS: ReadonlyMap<string, string> = new Map(
  [...'\u0261\u1d04\u1d0f\u1d1c\u1d20\u1d21\u1d22\ua731\u01c0'].map((sign, i) => [sign, 'gcouvwzsl'[i] ?? '']),
);
const PHONETIC = new RegExp(`[${[...PHONETICS.keys()].join('')}]`, 'u');

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const ALPHABETS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];

/** Letters of Cyrillic and Greek, by the letter of Latin that they look like. */
const TWINS: ReadonlyMap<string, string> = new Map(
  [
    [
      '\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d\u0445\u0443\u0432\u043d\u043a\u043c\u0442\u0433',
      'acdehijlopqswxybhkmtr',
    ],
    [
      '\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423\u0500\u051a\u051c',
      'ABCEHIJKMOPSTXYDQW',
    ],
    ['\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5\u03c7\u03c4\u03b3\u03b5\u03b7', 'aopvikuxtyen'],
    ['\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7', 'ABEZHIKMNOPTYX'],
  ].flatMap(([twins = '', letters = '']) =>
    [...twins].map((twin, i): readonly [string, string] => [twin, letters[i] ?? '']),
  ),
);

/** A word with its letters' Latin twins. */
const latin = (word: string): string =>
  [...word.normalize('NFD')]
    .map((c) => TWINS.get(c) ?? c)
    .join('')
    .normalize('NFC');

/**
 * Whether one word has letters of two alphabets, or a word beside Latin ones is spelled with Latin's twins alone. A name of which
 * every word is Cyrillic or Greek is a name.
 */
const isMixed = (name: string): boolean => {
  const words = name.match(WORD) ?? [];
  if (words.some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1)) return true;
  return /\p{Script=Latin}/u.test(name) && words.some(isAllTwins);
};

const isAllTwins = (word: string): boolean => {
  const letters = word.normalize('NFD').match(/\p{L}/gu) ?? [];
  return letters.length > 0 && letters.every((letter) => TWINS.has(letter));
};

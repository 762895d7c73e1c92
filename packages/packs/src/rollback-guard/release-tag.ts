/**
 * Which tags are releases. A pattern is a text with one `{version}`: two to four numbers with dots between them, and build
 * metadata behind a `+` if there is any. Leading zeros are read (`v2026.11.05`), pre-releases (`-rc.1`) are none.
 */

/** A tag that is a release. */
export interface Release {
  readonly name: string;
  readonly commit: string;
  /** Two to four numbers, in decimal without leading zeros: as long as they are, they compare exactly. */
  readonly parts: readonly string[];
}

/** What a release is called where nobody says otherwise. */
export const RELEASE_TAGS: readonly string[] = ['v{version}', '{version}'];

const PLACE = '{version}';
const VERSION = /^(\d{1,18}(?:\.\d{1,18}){1,3})(?:\+[0-9A-Za-z.-]{1,100})?$/;

/** Whether it is a pattern: exactly one `{version}`. */
export const isReleasePattern = (pattern: unknown): pattern is string =>
  typeof pattern === 'string' && pattern.split(PLACE).length === 2;

/** The numbers of a tag by the first pattern that fits; `undefined` where none does. */
export const versionOf = (name: string, patterns: readonly string[]): readonly string[] | undefined => {
  for (const pattern of patterns) {
    const [before = '', after = ''] = pattern.split(PLACE);
    if (!name.startsWith(before) || !name.endsWith(after) || name.length < before.length + after.length) continue;
    const numbers = VERSION.exec(name.slice(before.length, name.length - after.length))?.[1];
    if (numbers !== undefined) return numbers.split('.').map(plain);
  }
  return undefined;
};

/**
 * Whether a release can be called so: its name stands in clear in receipts, for ever, so it is an id of letters, digits and
 * `_.:/+=-`, at most 100 characters. `@acme/checkout@1.2.0` is none.
 */
export const isReleaseName = (name: string): boolean => RELEASE_NAME.test(name);
const RELEASE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.:/+=-]{0,99}$/;

/** Number by number; of two that begin alike the longer one is the higher: `v1.1` floats, `v1.1.0` is a release of it. */
export const compareReleases = (one: Pick<Release, 'parts'>, other: Pick<Release, 'parts'>): number => {
  for (let place = 0; place < Math.min(one.parts.length, other.parts.length); place += 1) {
    const order = compareNumbers(one.parts[place] ?? '', other.parts[place] ?? '');
    if (order !== 0) return order;
  }
  return one.parts.length - other.parts.length;
};

/** Highest first; of one version by name. */
export const byVersion = (releases: readonly Release[]): readonly Release[] =>
  [...releases].sort((one, other) => compareReleases(other, one) || (one.name < other.name ? -1 : 1));

const plain = (number: string): string => number.replace(/^0+(?=\d)/, '');

const compareNumbers = (one: string, other: string): number =>
  one.length === other.length ? (one < other ? -1 : one > other ? 1 : 0) : one.length - other.length;

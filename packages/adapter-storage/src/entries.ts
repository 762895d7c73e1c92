/** A receipt's disclosures as one text, `name` and `text` on two lines for each: neither part holds a line break, both are plain. */
import type { StoredDisclosure } from '@tai-autonomics/governor';

export const entriesOf = (disclosures: readonly StoredDisclosure[]): string =>
  disclosures.map(({ name, text }) => `${name}\n${text}`).join('\n');

/** What `entriesOf` was given; none for what is no text. */
export const toDisclosures = (entries: unknown): readonly StoredDisclosure[] => {
  if (typeof entries !== 'string') return [];
  const lines = entries.split('\n');
  return Array.from({ length: lines.length / 2 }, (_, index) => ({
    name: lines[2 * index] ?? '',
    text: lines[2 * index + 1] ?? '',
  }));
};

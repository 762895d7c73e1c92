/** Words that a policy must not use: this is an evidence system; it certifies nobody. */
import type { Path } from '../../data/issue.ts';
import type { Note } from './finding.ts';

const CLAIM = /\b(certified|certifies|certification|compliant|compliance-ready|tamper-proof|tamperproof)\b/i;

/** Notes every text, at any depth, that claims what no software can. */
export const lintWords = (value: unknown, path: Path, note: Note): void => {
  if (typeof value === 'string') {
    const claim = CLAIM.exec(value);
    if (claim !== null)
      note(
        'forbidden_claim',
        'error',
        path,
        `the text claims \`${claim[0]}\`: say what is recorded and what can be checked`,
      );
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) lintWords(item, [...path, i], note);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) lintWords(item, [...path, key], note);
  }
};

/** What an exporter keeps back. The receipts stay as they are; only disclosures are left out, whole. */
import { isPlainObject, type Json, parseDisclosure } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { StoredDisclosure } from '../../ports.ts';

/**
 * A rule: the disclosures that a name or the beginning of one covers (`request/intent`, `evidence`, `evidence/stable`),
 * or every disclosure in which the asking subject's own id stands somewhere (`subject`).
 */
type Rule = { readonly names: string } | 'subject';

/** Decides, receipt by receipt and in their order, which disclosures go out. */
export interface Withholding {
  keep(subject: string, disclosures: readonly StoredDisclosure[]): readonly StoredDisclosure[];
}

const SUBJECT = 'subject';
const BEGINNING = /^[a-z][a-z0-9_]*(?:\/[A-Za-z0-9_.:@-]+)*$/;

/**
 * Reads the rules; left with one line for one that is none. `subject` also covers the outcomes and consequences of what
 * the subject asked earlier in the export: they carry its pseudonym, not its id.
 */
export const parseWithholding = (texts: readonly string[]): E.Either<string, Withholding> => {
  const rules: Rule[] = [];
  for (const text of texts) {
    const rule = ruleOf(text);
    if (E.isLeft(rule)) return rule;
    rules.push(rule.right);
  }
  const hidesSubjects = rules.includes(SUBJECT);
  const ids = new Map<string, string>();
  const namesSubject = (subject: string, disclosure: StoredDisclosure): boolean => {
    const value = disclosedValue(disclosure);
    if (value === undefined) return true;
    const own = disclosure.name === 'request/intent' ? subjectIdOf(value) : undefined;
    if (own !== undefined) ids.set(subject, own);
    const id = ids.get(subject);
    return disclosure.name === 'request/intent' || (id !== undefined && says(value, id));
  };
  // The intent comes first, whatever the store's order: it is what says the subject's id.
  const intentFirst = (disclosures: readonly StoredDisclosure[]): readonly StoredDisclosure[] =>
    disclosures.toSorted((a, b) => Number(b.name === 'request/intent') - Number(a.name === 'request/intent'));
  return E.right({
    keep: (subject, disclosures) => {
      const hidden = new Set<StoredDisclosure>();
      if (hidesSubjects)
        for (const disclosure of intentFirst(disclosures))
          if (namesSubject(subject, disclosure)) hidden.add(disclosure);
      return disclosures.filter(
        (disclosure) => !hidden.has(disclosure) && !rules.some((rule) => covers(rule, disclosure.name)),
      );
    },
  });
};

const ruleOf = (text: string): E.Either<string, Rule> => {
  if (text === SUBJECT) return E.right(SUBJECT);
  const names = text.replace(/(?:\/(?:…|\.\.\.|\*)?)$/, '');
  return BEGINNING.test(names)
    ? E.right({ names })
    : E.left(`${JSON.stringify(text)}: expected subject, a disclosure’s name such as request/intent, or its beginning`);
};

const covers = (rule: Rule, name: string): boolean =>
  rule !== SUBJECT && (name === rule.names || name.startsWith(`${rule.names}/`));

const subjectIdOf = (value: Json): string | undefined => {
  const subject = isPlainObject(value) ? value['subject'] : undefined;
  const id = isPlainObject(subject) ? subject['id'] : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
};

const says = (value: Json, text: string): boolean => {
  if (typeof value === 'string') return value.includes(text);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => name.includes(text) || says(member as Json, text));
};

const disclosedValue = ({ text }: StoredDisclosure): Json | undefined => {
  const read = parseDisclosure(text, nodeTextCodec);
  return E.isRight(read) ? read.right.value : undefined;
};

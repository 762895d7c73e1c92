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

/** What is told of a receipt: its place, who asked, and which receipt it follows from. */
export interface WithholdingReceipt {
  readonly seq: number;
  readonly subject: string;
  readonly of?: number;
}

/** Decides, receipt by receipt and in their order, which disclosures go out. */
export interface Withholding {
  keep(receipt: WithholdingReceipt, disclosures: readonly StoredDisclosure[]): readonly StoredDisclosure[];
}

const SUBJECT = 'subject';
const BEGINNING = /^[a-z][a-z0-9_]*(?:\/[A-Za-z0-9_.:@-]+)*$/;

/** Texts shorter than this are copied only as a whole: `on` stands in many words. */
const PART_CHARACTERS_MIN = 4;

/**
 * Reads the rules; left with one line for one that is none. `subject` also covers the outcomes and consequences of what
 * the subject asked earlier in the export: they carry its pseudonym, not its id. A fact that is kept back is followed:
 * where its texts stand in another disclosure of the receipt (a plan that was filled in from it), or of what followed from
 * the receipt (an outcome that names it), that disclosure is kept back too.
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
  const secrets = new Map<number, ReadonlySet<string>>();
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
    keep: ({ seq, subject, of }, disclosures) => {
      const hidden = new Set<StoredDisclosure>();
      const named = disclosures.filter(({ name }) => rules.some((rule) => covers(rule, name)));
      const texts = new Set([...(secrets.get(of ?? seq) ?? []), ...named.flatMap(factTextsOf)]);
      if (texts.size > 0) {
        secrets.set(seq, texts);
        for (const disclosure of disclosures) if (tells(disclosure, texts)) hidden.add(disclosure);
      }
      if (hidesSubjects)
        for (const disclosure of intentFirst(disclosures))
          if (namesSubject(subject, disclosure)) hidden.add(disclosure);
      return disclosures.filter((disclosure) => !hidden.has(disclosure) && !named.includes(disclosure));
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

/** The texts of a fact: what an entry of evidence says, itself or as the members of a list. */
const factTextsOf = (disclosure: StoredDisclosure): readonly string[] => {
  if (!disclosure.name.startsWith('evidence/')) return [];
  const read = disclosedValue(disclosure);
  const entries = Array.isArray(read) ? read : [read];
  return entries.flatMap((entry) => textsIn(isPlainObject(entry) ? (entry['value'] as Json) : undefined));
};

const textsIn = (value: Json | undefined): readonly string[] => {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value !== 'object' || value === null ? [] : Object.values(value).flatMap((one) => textsIn(one as Json));
};

/** Whether one of these texts stands in it, the longer ones inside of another text too; what can't be read may tell anything. */
const tells = (disclosure: StoredDisclosure, texts: ReadonlySet<string>): boolean => {
  const value = disclosedValue(disclosure);
  if (value === undefined) return true;
  const long = [...texts].filter((text) => text.length >= PART_CHARACTERS_MIN);
  const isCopy = (json: Json): boolean =>
    typeof json === 'string'
      ? texts.has(json) || long.some((text) => json.includes(text))
      : typeof json === 'object' && json !== null && Object.values(json).some((one) => isCopy(one as Json));
  return isCopy(value);
};

const disclosedValue = ({ text }: StoredDisclosure): Json | undefined => {
  const read = parseDisclosure(text, nodeTextCodec);
  return E.isRight(read) ? read.right.value : undefined;
};

/** Evidence that reads as it should: under one declaration of a fact, or under two of them at once. */

import { recordText } from '../../data/record-list.ts';
import { express, type RecordsType, sameValue, type Type, type Value } from '../../data/value.ts';
import type { Evidence, Observation } from '../../observation.ts';
import type { FactId, ObservedFact } from '../../policy/fact.ts';
import { createReads, GAPS, type Reader, readerOf, type Sight } from '../../reading.ts';

/** A declaration, and what it should read. */
export interface Wanted {
  readonly declared: ObservedFact;
  readonly sight: Sight;
}
/** When, and about what. */
export interface Moment {
  readonly at: number;
  readonly about: string;
}

const STRANGER = 'nobody';

const SETS_MAX = 3_000;

/** Evidence that reads as it should. */
export const evidenceFor = (fact: FactId, all: readonly Wanted[], o: Moment): readonly Evidence[] => {
  const [first, ...others] = all;
  if (first === undefined) return [];
  return others.length === 0 ? simple(fact, first, o) : (jointEvidence(fact, all, o) ?? simple(fact, first, o));
};

/** Whether a type has only one value: nobody can disagree about it. */
export const isSingle = (type: Type): boolean => sameValue(someValue(type), another(type, someValue(type)));

/** Some value of a type. */
export const someValue = (type: Type): Value => {
  switch (type.type) {
    case 'boolean':
      return true;
    case 'integer':
      return Math.max(type.min ?? 0, Math.min(type.max ?? 0, 0));
    case 'instant':
      return 0;
    case 'enum':
      return type.values[0] ?? '';
    case 'set':
    case 'records':
      return [];
    case 'string':
      return 't';
  }
};

/** The text of some record. */
export const someRecord = ({ fields }: RecordsType): string =>
  recordText(Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, someScalar(type)])));
/** Some value of a type that is no list. */
export const someScalar = (type: Type): boolean | number | string => {
  const value = someValue(type);
  return typeof value === 'object' ? '' : value;
};

/**
 * Evidence under which every declaration reads as it should, as little as possible. Empty where there is none: what
 * two declarations read of the same statements is not independent.
 */
export const jointEvidence = (fact: FactId, all: readonly Wanted[], o: Moment): readonly Evidence[] | undefined => {
  const readers: readonly Reader[] = all.map(({ declared }) => readerOf(fact, declared, NO_TERM));
  const fits = (evidence: readonly Evidence[]): boolean => {
    const seen = { at: o.at, evidence, intent: { resource: { id: o.about } } } as unknown as Observation;
    return all.every(({ sight }, i) => {
      const read = (readers[i] as Reader)(seen);
      return typeof read === 'symbol' || typeof sight === 'symbol' ? read === sight : sameValue(read, sight);
    });
  };
  const few = sets(statements(fact, all, o)).slice(0, SETS_MAX);
  const found = few.find(fits);
  if (found !== undefined) return found;
  const alone = all.map((wanted) => simple(fact, wanted, o));
  return [alone.flat(), ...few.map((set) => [...set, ...(alone[0] ?? [])])].find(fits);
};

/** Evidence that one declaration reads as it should. */
const simple = (fact: FactId, { declared, sight }: Wanted, o: Moment): readonly Evidence[] => {
  const [source] = declared.sources;
  const value = typeof sight === 'symbol' ? someValue(declared.type) : sight;
  const e: Evidence = { fact, about: o.about, value: stated(declared.type, value), source, observedAt: o.at };
  switch (sight) {
    case GAPS.missing:
      return [];
    case GAPS.stale:
      return [{ ...e, observedAt: o.at - declared.maxAgeMs - 1 }];
    case GAPS.untrusted:
      return [{ ...e, source: stranger([declared]) }];
    case GAPS.conflicting:
      return [e, { ...e, value: stated(declared.type, another(declared.type, value)) }];
    default:
      return [e];
  }
};

const stated = (type: Type, value: Value): unknown =>
  type.type === 'set' || type.type === 'records'
    ? { complete: true, items: express(type, value) }
    : express(type, value);

const stranger = (declared: readonly ObservedFact[]): string =>
  declared.some(({ sources }) => sources.includes(STRANGER)) ? `${STRANGER}_else` : STRANGER;

/** A second value of a type, for sources that disagree; the first one itself where the type has no other. */
const another = (type: Type, value: Value): Value => {
  switch (type.type) {
    case 'boolean':
      return value !== true;
    case 'integer': {
      if (type.min === type.max && type.min !== undefined) return value;
      return Number(value) > (type.min ?? Number.MIN_SAFE_INTEGER) ? Number(value) - 1 : Number(value) + 1;
    }
    case 'instant':
      return Number(value) > 0 ? Number(value) - 1 : 1;
    case 'enum':
      return type.values.find((other) => other !== value) ?? value;
    case 'set':
      return sameValue(value, []) ? [type.of?.[0] ?? 't'] : [];
    case 'records':
      return sameValue(value, []) ? [someRecord(type)] : [];
    case 'string':
      return value === 't' ? 'u' : 't';
  }
};

/** Sets of at most two statements, and pairs of such sets. Two statements decide what one declaration reads. */
const sets = (all: readonly Evidence[]): readonly (readonly Evidence[])[] => [
  [],
  ...all.map((e) => [e]),
  ...all.flatMap((e, i) => all.slice(i + 1).map((other) => [e, other])),
];

/** Every statement that two declarations may read differently. */
const statements = (fact: FactId, all: readonly Wanted[], o: Moment): readonly Evidence[] => {
  const declared = all.map((w) => w.declared);
  const sources = [...new Set(declared.flatMap((d) => d.sources))];
  // Two sources of each kind say everything that any number of them could.
  const kind = (source: string): string => declared.map((d) => Number(d.sources.includes(source))).join();
  const told = sources.filter((s, i) => sources.slice(0, i).filter((other) => kind(other) === kind(s)).length < 2);
  const ages = [0, ...declared.map(({ maxAgeMs }) => maxAgeMs + 1)].filter((age) => age <= o.at);
  const values = all.flatMap(({ declared: { type }, sight }) => {
    const value = typeof sight === 'symbol' ? someValue(type) : sight;
    return [stated(type, value), stated(type, another(type, value))];
  });
  return [...told, stranger(declared)].flatMap((source) =>
    [...new Set(ages)].flatMap((age) =>
      [...values, null].map((value): Evidence => ({ fact, about: o.about, value, source, observedAt: o.at - age })),
    ),
  );
};

const NO_TERM: Parameters<typeof readerOf>[2] = { plan: () => () => '', reads: createReads(), term: () => () => '' };

/**
 * The slow, obvious reading: what an observation says of one fact, from the catalog as it is written. For tests only;
 * shares no code with the compiler. Instants are Node's, not core's.
 */
import type { CatalogSource, Observation, Pack } from '@tai-autonomics/core';
import type { Fact, FactId, Plan, Term, Type, Value } from '@tai-autonomics/core/author';
import type { Missing } from '@tai-autonomics/core/engine';
import { platformFacts } from './decide-platform.ts';

/** A value, one of the four ways to be missing, or an argument that isn't what the action asks for. */
export type Seen = { readonly known: Value } | { readonly missing: Missing } | { readonly invalid: true };

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?(?:Z|([+-])(\d\d):(\d\d))$/;
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** RFC 3339 by Node's calendar: the day must come back as it was written. */
const instantOf = (text: string): number | undefined => {
  const parts = INSTANT.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const sameDay = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const [offsetHours, offsetMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  if (!sameDay || hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  date.setUTCHours(hour, minute, second, Number((parts[7] ?? '').padEnd(3, '0')));
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  const ms = parts[8] === '-' ? date.getTime() + offset : date.getTime() - offset;
  return ms >= 0 && ms <= LAST ? ms : undefined;
};

const isText = (x: unknown, max = 1024): x is string =>
  typeof x === 'string' &&
  x !== '' &&
  x.length <= max &&
  !/[\uD800-\uDFFF]/.test(x.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, ''));

/** What may stand in clear: letters and digits with few signs between them, and no more than so many. */
const isFormed = (text: string, form: string | undefined): boolean => {
  if (form === undefined) return true;
  const [signs, most] = form === 'subject' ? ['_:-', 128] : ['_.:/+=-', 512];
  const plain = /^[A-Za-z0-9]$/;
  const [first = ''] = text;
  return text.length <= most && plain.test(first) && [...text].every((c) => plain.test(c) || signs.includes(c));
};

/** Nothing is coerced: what isn't of the type is no value. */
export const admitted = (type: Type, x: unknown): Value | undefined => {
  switch (type.type) {
    case 'boolean':
      return x === true || x === false ? x : undefined;
    case 'integer':
      if (typeof x !== 'number' || !Number.isSafeInteger(x)) return undefined;
      return x < (type.min ?? -Infinity) || x > (type.max ?? Infinity) ? undefined : x;
    case 'string':
      return isText(x, type.maxLength) && isFormed(x, type.form) ? x : undefined;
    case 'enum':
      return type.values.find((word) => word === x);
    case 'instant':
      return typeof x === 'string' ? instantOf(x) : undefined;
    case 'set': {
      if (!Array.isArray(x) || x.length > 256) return undefined;
      const lawful = x.every(
        (item) => isText(item) && isFormed(item, type.form) && (type.of === undefined || type.of.includes(item)),
      );
      return lawful && new Set(x).size === x.length ? [...(x as readonly string[])].sort() : undefined;
    }
    case 'records': {
      if (!Array.isArray(x) || x.length > (type.max ?? 256)) return undefined;
      const records = x.map((item: unknown) => recordOf(type.fields, item));
      const texts = records.map((record) => JSON.stringify(record));
      return records.includes(undefined) || new Set(texts).size < texts.length ? undefined : texts.sort();
    }
  }
};

/** A record with exactly these fields, in the order of their names. */
const recordOf = (fields: Readonly<Record<string, Type>>, x: unknown): Readonly<Record<string, Value>> | undefined => {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return undefined;
  const names = Object.keys(fields).sort();
  if (JSON.stringify(Object.keys(x).sort()) !== JSON.stringify(names)) return undefined;
  const read = names.map((name) => [name, admitted(fields[name] as Type, x[name as keyof typeof x])] as const);
  return read.some(([, value]) => value === undefined)
    ? undefined
    : (Object.fromEntries(read) as Record<string, Value>);
};

/** Two values of one type. */
export const same = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);

const packOf = (source: CatalogSource, action: string): Pack | undefined =>
  source.packs.find((pack) => Object.hasOwn(pack.actions, action));

/** The fact that a name means for an action, or nothing. */
export const factOf = (source: CatalogSource, action: string, id: FactId): Fact | undefined => {
  if (id.startsWith('argument.')) {
    const argument = packOf(source, action)?.actions[action]?.arguments[id.slice('argument.'.length)];
    if (argument === undefined) return undefined;
    return { means: argument.means, type: argument.type, origin: 'request', argument: id.slice('argument.'.length) };
  }
  const pack = source.packs.find(({ facts }) => Object.hasOwn(facts, id));
  return pack === undefined ? platformFacts[id] : pack.facts[id];
};

const readObserved = (id: FactId, fact: Extract<Fact, { origin: 'observed' }>, o: Observation): Seen => {
  const about = o.evidence.filter((e) => e.fact === id && e.about === o.intent.resource.id);
  const trusted = about.filter((e) => fact.sources.includes(e.source));
  if (about.length === 0) return { missing: 'missing' };
  if (trusted.length === 0) return { missing: 'untrusted' };
  const isPast = (at: number): boolean => Number.isInteger(at) && at >= 0 && at <= o.at;
  if (!trusted.every((e) => isPast(e.observedAt))) return { missing: 'untrusted' };
  const newest = trusted.filter((e) =>
    trusted.every((other) => other.source !== e.source || other.observedAt <= e.observedAt),
  );
  const valued = newest.map((e) => {
    if (fact.type.type !== 'set' && fact.type.type !== 'records') return { ...e, is: admitted(fact.type, e.value) };
    const whole = e.value as { readonly complete?: unknown; readonly items?: unknown } | null | undefined;
    const isStated = typeof whole === 'object' && whole !== null && !Array.isArray(whole) && whole.complete === true;
    return { ...e, is: isStated ? admitted(fact.type, whole.items) : undefined };
  });
  if (valued.some(({ is }) => is === undefined)) return { missing: 'missing' };
  const fresh = valued.filter((e) => o.at - e.observedAt <= fact.maxAgeMs);
  const [first] = fresh;
  if (first === undefined) return { missing: 'stale' };
  return fresh.every(({ is }) => same(is as Value, first.is as Value))
    ? { known: first.is as Value }
    : { missing: 'conflicting' };
};

/** A cell's place: no key part is '', one is itself, several are their JSON. */
const placeOf = (parts: readonly string[]): string => (parts.length < 2 ? (parts[0] ?? '') : JSON.stringify(parts));

const cell = (o: Observation, id: string, parts: readonly string[] = []): Value | undefined =>
  o.state.cells.get(id)?.get(placeOf(parts));

const readPlan = (source: CatalogSource, column: 'packs' | 'ceiling' | 'quota', o: Observation): Value => {
  const bought = cell(o, 'entitlement_plan');
  const plan: Plan | undefined =
    typeof bought === 'string' && Object.hasOwn(source.plans, bought) ? source.plans[bought] : undefined;
  if (column === 'quota') return plan?.quota ?? 0;
  const [sold, names] =
    column === 'packs' ? [plan?.packs, 'entitlement_packs'] : [plan?.iam_roles, 'entitlement_roles'];
  const named = cell(o, names);
  return (typeof named === 'object' ? named : []).filter((name) =>
    (sold as readonly string[] | undefined)?.includes(name),
  );
};

const readContext = (of: string, o: Observation): Value => {
  const { subject, action, resource, binding } = o.intent;
  switch (of) {
    case 'at':
      return o.at;
    case 'mode':
      return o.mode;
    case 'action':
      return action.id;
    case 'subject':
      return subject.ref;
    case 'subject_type':
      return subject.type;
    case 'scope':
      return subject.scope;
    case 'resource':
      return resource.id;
    case 'environment':
      return resource.environment ?? 'production';
    case 'resource_ref':
      return resource.ref;
    case 'receipt_id':
      return o.id;
    case 'catalog':
      return o.catalog ?? '';
    case 'refusal_asks':
      return o.intent.refusal === undefined ? [] : o.intent.refusal.asks;
    case 'refusal_binding':
      return o.intent.refusal === undefined ? '' : o.intent.refusal.binding;
    case 'refusal_requester':
      return o.intent.refusal === undefined ? '' : o.intent.refusal.requester;
    case 'refusal_person':
      return o.intent.refusal === undefined
        ? ''
        : (o.intent.refusal.person ?? o.intent.refusal.namesake ?? o.intent.refusal.requester);
    case 'refusal_persons': {
      const { refusal } = o.intent;
      return refusal === undefined
        ? []
        : (refusal.persons ?? [refusal.person ?? refusal.namesake ?? refusal.requester]);
    }
    case 'persons':
      return o.intent.persons ?? [o.intent.person ?? o.intent.subject.ref];
    case 'person':
      return o.intent.person ?? o.intent.subject.ref;
    case 'named_kind':
      return o.intent.named ?? 'nobody';
    case 'signed_by':
      return o.intent.signedBy ?? '';
    default:
      return binding;
  }
};

const readArgument = (source: CatalogSource, name: string, o: Observation): Seen => {
  const { id, arguments: given } = o.intent.action;
  const argument = packOf(source, id)?.actions[id]?.arguments[name];
  if (argument === undefined) return { invalid: true };
  const stands = Object.hasOwn(given, name) ? given[name] : argument.otherwise;
  const value = admitted(argument.type, stands);
  return value === undefined ? { invalid: true } : { known: value };
};

/** What the observation says of a fact. */
export const readFact = (source: CatalogSource, id: FactId, o: Observation): Seen => {
  const fact = factOf(source, o.intent.action.id, id);
  if (fact === undefined) return { missing: 'missing' };
  switch (fact.origin) {
    case 'observed':
      return readObserved(id, fact, o);
    case 'plan':
      return { known: readPlan(source, fact.column, o) };
    case 'context':
      return { known: readContext(fact.of, o) };
    case 'request':
      return readArgument(source, fact.argument, o);
    case 'step':
      return { missing: 'missing' };
    case 'ledger': {
      const parts: string[] = [];
      for (const term of fact.key) {
        const part = readTerm(source, term, { type: 'string' }, o);
        if (!('known' in part)) return part;
        parts.push(String(part.known));
      }
      const otherwise = fact.otherwise === '' ? '' : (admitted(fact.type, fact.otherwise) as Value);
      return { known: cell(o, fact.cell, parts) ?? otherwise };
    }
  }
};

/** What a term stands for where a value of a type is wanted. */
export const readTerm = (source: CatalogSource, term: Term, type: Type, o: Observation): Seen => {
  if (typeof term !== 'object' || !('fact' in term))
    return { known: term === '' ? '' : (admitted(type, term) as Value) };
  const seen = readFact(source, term.fact, o);
  if (!('known' in seen) || term.plus === undefined) return seen;
  const kind = factOf(source, o.intent.action.id, term.fact)?.type.type;
  const [least, most] = kind === 'instant' ? [0, LAST] : [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  return { known: Math.max(least, Math.min(most, (seen.known as number) + term.plus)) };
};

/** The wire form: an instant as Node spells it. */
export const wireOf = (type: Type, value: Value): Value => {
  if (type.type === 'instant' && typeof value === 'number') return new Date(value).toISOString();
  if (type.type !== 'records') return value;
  const wired = (record: Readonly<Record<string, Value>>): unknown =>
    Object.fromEntries(Object.entries(record).map(([name, x]) => [name, wireOf(type.fields[name] as Type, x)]));
  return (value as readonly string[]).map((text) => wired(JSON.parse(text))) as unknown as Value;
};

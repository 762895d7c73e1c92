/** Readings: what a decision saw of each fact. Known, or missing for one of four reasons; silence is never a value. */

import { isInstant, type Ms } from './data/instant.ts';
import { admit, sameValue, type Type, type Value } from './data/value.ts';
import type { Evidence, Observation, Refusal } from './observation.ts';
import {
  type Argument,
  type ContextName,
  type Fact,
  type FactId,
  isFactTerm,
  type LedgerFact,
  type ObservedFact,
  type PlanFact,
} from './policy/fact.ts';
import { isPlainObject } from './receipt/encoding/json.ts';
import { own } from './receipt/encoding/own.ts';
import { cellKey } from './state.ts';

/** Why a fact has no value. */
export type Missing = 'missing' | 'stale' | 'untrusted' | 'conflicting';
/** What a decision saw of a fact: a value, or why there is none. */
export type Reading = { readonly known: Value } | { readonly missing: Missing };

/** A value, or the symbol of a gap: what compiled conditions look at. */
export type Sight = Value | symbol;
/** Reads one fact of an observation. */
export type Reader = (observation: Observation) => Sight;

/** What a reader needs of the catalog: the key terms' readers, and the plan's rows. */
export interface Readers {
  /** `place` is the term's in the key. */
  readonly term: (term: LedgerFact['key'][number], type: Type, place: number) => Reader;
  readonly plan: (column: PlanFact['column']) => Reader;
  /** Shared by the readers of one catalog or action. */
  readonly reads: Reads;
}

/** Which reading is under way: facts that are kept by facts are read once in it, however many of them they keep. */
export interface Reads {
  turn: number;
  depth: number;
}

/** No reading is under way. */
export const createReads = (): Reads => ({ turn: 0, depth: 0 });

/** The gap of an argument that is absent or ill-typed; gate 8 names the argument itself. */
const INVALID: unique symbol = Symbol('invalid');
export const GAPS: { readonly [M in Missing]: symbol } = {
  missing: Symbol('missing'),
  stale: Symbol('stale'),
  untrusted: Symbol('untrusted'),
  conflicting: Symbol('conflicting'),
};

/** Why a gap is one; `undefined` for a value and for an invalid argument. */
export const missingOf = (sight: Sight): Missing | undefined => {
  if (typeof sight !== 'symbol') return undefined;
  for (const why of ['missing', 'stale', 'untrusted', 'conflicting'] as const) if (GAPS[why] === sight) return why;
  return undefined;
};

/** An argument as the caller gave it; the gap INVALID where it is not of its type. */
export const argumentReader = (name: string, argument: Argument): Reader => {
  const admitted = admit(argument.type);
  const otherwise = own(argument, 'otherwise');
  const fallback = otherwise === undefined ? INVALID : (admitted(otherwise) ?? INVALID);
  return ({ intent }) => {
    const given = intent.action.arguments;
    return Object.hasOwn(given, name) ? (admitted(given[name]) ?? INVALID) : fallback;
  };
};

/** The reader of a fact. Total: every fact has one. */
export const readerOf = (id: FactId, fact: Fact, readers: Readers): Reader => {
  switch (fact.origin) {
    case 'observed':
      return observedReader(id, fact);
    case 'ledger':
      return ledgerReader(
        readers.reads,
        fact,
        fact.key.map((term, place) => readers.term(term, STRING, place)),
        fact.otherwise === '' ? '' : (admit(fact.type)(fact.otherwise) ?? fact.otherwise),
      );
    case 'plan':
      return readers.plan(fact.column);
    case 'context':
      return CONTEXT[fact.of];
    case 'request':
      return argumentReader(fact.argument, { means: fact.means, type: fact.type });
    case 'step':
      return () => GAPS.missing;
  }
};

/**
 * The same observation, its statements laid out by fact where there are many: for as long as one decision takes, so that
 * nobody can change them meanwhile. Else every fact would look through the statements about all others.
 */
export const laidOut = (o: Observation): Observation => {
  if (o.evidence.length <= FEW) return o;
  const byFact = new Map<FactId, Evidence[]>();
  for (const e of o.evidence) {
    const others = byFact.get(e.fact);
    if (others === undefined) byFact.set(e.fact, [e]);
    else others.push(e);
  }
  const evidence = [...o.evidence];
  BY_FACT.set(evidence, byFact);
  return { ...o, evidence };
};

/** A sight as a reading. An invalid argument reads as missing. */
export const readingOf = (sight: Sight): Reading =>
  typeof sight === 'symbol' ? { missing: missingOf(sight) ?? 'missing' } : { known: sight };

/**
 * Newest for (fact, about, source); then all sources that speak must agree. The order of the evidence does not matter.
 * A trusted source that speaks of the future, or ill-typed, or twice differently at one instant, spoils the reading; of
 * several faults the first of untrusted, missing, conflicting is named.
 */
const observedReader = (id: FactId, fact: ObservedFact): Reader => {
  const admitted = admitObserved(fact.type);
  const { sources, maxAgeMs } = fact;
  const places = new Map<string, number>(sources.map((source, place) => [source, place]));
  return ({ evidence: all, intent, at }) => {
    const evidence = all.length > FEW ? statementsOf(all, id) : all;
    const about = intent.resource.id;
    let gap: Sight = GAPS.missing;
    // The instant of each source's newest statement, found first: so as many statements take so many looks, not their square.
    const newest: Ms[] = sources.map(() => NEVER);
    for (const e of evidence) {
      if (e.fact !== id || e.about !== about) continue;
      const place = places.get(e.source);
      if (place === undefined) gap = GAPS.untrusted;
      else if (!isInstant(e.observedAt) || e.observedAt > at) return GAPS.untrusted;
      else if (e.observedAt > (newest[place] ?? NEVER)) newest[place] = e.observedAt;
    }
    if (newest.every((instant) => instant === NEVER)) return gap;
    let known: Value | undefined;
    let spoilt: Sight | undefined;
    for (const e of evidence) {
      const place = e.fact === id && e.about === about ? places.get(e.source) : undefined;
      if (place === undefined || newest[place] !== e.observedAt) continue;
      const value = admitted(e.value);
      if (value === undefined) spoilt = GAPS.missing;
      else if (at - e.observedAt > maxAgeMs) gap = GAPS.stale;
      else if (known !== undefined && !sameValue(known, value)) spoilt ??= GAPS.conflicting;
      else known = value;
    }
    return spoilt ?? known ?? gap;
  };
};

/** Those of these statements that are about a fact, where they are laid out; else all of them. */
const statementsOf = (all: Observation['evidence'], id: FactId): readonly Evidence[] => {
  const byFact = BY_FACT.get(all);
  return byFact === undefined ? all : (byFact.get(id) ?? []);
};

const BY_FACT = new WeakMap<Observation['evidence'], ReadonlyMap<FactId, readonly Evidence[]>>();
/** So many statements are looked through as fast as they are laid out. */
const FEW = 32;

/** A set or a list of records is known only with the statement that it is complete (silence is never consent). */
const admitObserved = (type: Type): ((json: unknown) => Value | undefined) => {
  const admitted = admit(type);
  if (type.type !== 'set' && type.type !== 'records') return admitted;
  return (json) => {
    if (!isPlainObject(json)) return undefined;
    return own(json, 'complete') === true ? admitted(own(json, 'items')) : undefined;
  };
};

const ledgerReader = (reads: Reads, fact: LedgerFact, key: readonly Reader[], otherwise: Value): Reader => {
  const reader = cellReader(fact, key, otherwise);
  // What is kept by nothing but the request is read as fast as it is looked up.
  return fact.key.some((term) => isFactTerm(term) && !isRequest(term.fact)) ? once(reads, reader) : reader;
};

const isRequest = (id: FactId): boolean => Object.hasOwn(CONTEXT, id) || id.startsWith('argument.');

/** The same reader, which looks once in each reading: from the outermost fact that is asked for to its end. */
const once = (reads: Reads, reader: Reader): Reader => {
  let turn = 0;
  let seen: Sight = '';
  return (o) => {
    if (reads.depth === 0) reads.turn += 1;
    if (turn === reads.turn) return seen;
    reads.depth += 1;
    try {
      seen = reader(o);
      turn = reads.turn;
      return seen;
    } finally {
      reads.depth -= 1;
    }
  };
};

const cellReader = (fact: LedgerFact, key: readonly Reader[], otherwise: Value): Reader => {
  const { cell } = fact;
  const [first] = key;
  if (first === undefined) return ({ state }) => state.cells.get(cell)?.get('') ?? otherwise;
  if (key.length === 1) {
    return (o) => {
      const part = first(o);
      return typeof part === 'symbol' ? part : (o.state.cells.get(cell)?.get(String(part)) ?? otherwise);
    };
  }
  return (o) => {
    const parts: string[] = [];
    for (const reader of key) {
      const part = reader(o);
      if (typeof part === 'symbol') return part;
      parts.push(String(part));
    }
    const values = o.state.cells.get(cell);
    // Most cells are empty, and making a key of several parts costs more than all else here.
    return values === undefined ? otherwise : (values.get(cellKey(parts)) ?? otherwise);
  };
};

const NOTHING: readonly string[] = [];
/** Before every instant: a source that said nothing. */
const NEVER: Ms = -1;

/** Who stands behind who was refused, as one slot says it. */
const personIn = (refusal: Refusal | undefined): string | undefined =>
  refusal === undefined ? undefined : (own(refusal, 'person') ?? own(refusal, 'namesake') ?? refusal.requester);

const CONTEXT: { readonly [C in ContextName]: Reader } = {
  at: ({ at }) => at,
  mode: ({ mode }) => mode,
  action: ({ intent }) => intent.action.id,
  subject: ({ intent }) => intent.subject.ref,
  person: ({ intent }) => own(intent, 'person') ?? intent.subject.ref,
  persons: ({ intent }) => own(intent, 'persons') ?? [own(intent, 'person') ?? intent.subject.ref],
  subject_type: ({ intent }) => intent.subject.type,
  scope: ({ intent }) => intent.subject.scope,
  resource: ({ intent }) => intent.resource.id,
  resource_ref: ({ intent }) => intent.resource.ref,
  environment: ({ intent: { resource } }) =>
    (Object.hasOwn(resource, 'environment') ? resource.environment : undefined) ?? 'production',
  binding: ({ intent }) => intent.binding,
  receipt_id: ({ id }) => id,
  catalog: (o) => own(o, 'catalog') ?? '',
  refusal_asks: ({ intent }) => own(intent, 'refusal')?.asks ?? NOTHING,
  refusal_binding: ({ intent }) => own(intent, 'refusal')?.binding ?? '',
  refusal_requester: ({ intent }) => own(intent, 'refusal')?.requester ?? '',
  refusal_person: ({ intent }) => personIn(own(intent, 'refusal')) ?? '',
  refusal_persons: ({ intent }) => {
    const refusal = own(intent, 'refusal');
    const [person, persons] = [personIn(refusal), refusal === undefined ? undefined : own(refusal, 'persons')];
    return persons ?? (person === undefined ? NOTHING : [person]);
  },
  named_kind: ({ intent }) => own(intent, 'named') ?? 'nobody',
  signed_by: ({ intent }) => own(intent, 'signedBy') ?? '',
};

const STRING: Type = { type: 'string' };

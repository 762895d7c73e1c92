/**
 * What a receipt discloses of a decision, and the way back: enough to decide it again. Members are built in canonical
 * order, which spares the writer putting them so.
 */
import type { Catalog } from '../catalog.ts';
import type { CompiledAction } from '../compile/action.ts';
import { formatInstant, parseInstant } from '../data/instant.ts';
import { admit, express, sameValue, type Type, type Value, type Wire } from '../data/value.ts';
import type { Decision } from '../decision.ts';
import type { Evidence, Intent, Observation } from '../observation.ts';
import type { FactId, LedgerFact } from '../policy/fact.ts';
import { isFactTerm } from '../policy/fact.ts';
import { ownMembers } from '../receipt/encoding/own.ts';
import { isPlainObject, type Json } from '../receipt/index.ts';
import { cellKey, type State } from '../state.ts';

interface Held {
  readonly fact: LedgerFact;
  readonly depth: number;
  readonly otherwise: Value | undefined;
}

/** The event that a decision's receipt records. */
export const eventOf = (action: CompiledAction | undefined, decision: Decision): string => {
  if (decision.verdict === 'approve') return action?.action.emits.approve ?? 'action_approved';
  const [{ code, gate }] = decision.reasons;
  if (gate === 'registry') return 'tool_not_found';
  return code === 'eval_only_refusal' ? code : (action?.action.emits.refuse ?? 'action_refused');
};

/** Reason codes as a receipt carries them: sorted, each once. */
export const codesOf = (decision: Decision): readonly string[] =>
  decision.verdict === 'approve' ? [] : [...new Set(decision.reasons.map(({ code }) => code))].sort();

/** `request/intent`: what was asked, by whom. */
export const intentRecord = (
  id: string,
  { action, binding, named, person, persons, refusal, resource, signedBy, subject }: Intent,
): Json => ({
  action: { arguments: action.arguments as { readonly [name: string]: Json }, id: action.id },
  binding,
  id,
  ...(named === undefined ? {} : { named }),
  ...(person === undefined ? {} : { person }),
  ...(persons === undefined ? {} : { persons }),
  ...(refusal === undefined
    ? {}
    : {
        refusal: {
          asks: refusal.asks,
          binding: refusal.binding,
          ...(refusal.namesake === undefined ? {} : { namesake: refusal.namesake }),
          ...(refusal.person === undefined ? {} : { person: refusal.person }),
          ...(refusal.persons === undefined ? {} : { persons: refusal.persons }),
          requester: refusal.requester,
        },
      }),
  resource: resourceRecord(resource),
  ...(signedBy === undefined ? {} : { signedBy }),
  subject: { id: subject.id, ref: subject.ref, scope: subject.scope, type: subject.type },
});

/** `evidence/<fact>/<source>`: whole entries, by disclosure name. */
export const evidenceRecords = (evidence: readonly Evidence[]): ReadonlyMap<string, Json> => {
  const records = new Map<string, Json[]>();
  for (const e of evidence) {
    const name = `evidence/${e.fact}/${e.source}`;
    const [about, observedAt, value] = [e.about, formatInstant(e.observedAt), e.value as Json];
    const entry = e.ref === undefined ? { about, observedAt, value } : { about, observedAt, ref: { ...e.ref }, value };
    const entries = records.get(name);
    if (entries === undefined) records.set(name, [entry]);
    else entries.push(entry);
  }
  return records;
};

/** `state/readings`: what the decision could read from the ledger, in wire form. A key that could not be made is left out. */
export const readingsRecord = (catalog: Catalog, o: Observation): { readonly [fact: string]: Wire } => {
  const record: Record<string, Wire> = {};
  const action = catalog.actions.get(o.intent.action.id);
  if (action === undefined) return record;
  for (const { id, type, read } of recordedOf(catalog, action)) {
    const sight = read(o);
    if (typeof sight !== 'symbol') record[id] = express(type, sight);
  }
  return record;
};

/** `decision/body`: reasons with next steps, or the action plan with its arguments; and the trace. */
export const decisionBody = (decision: Decision): Json =>
  (decision.verdict === 'approve'
    ? { actionPlan: decision.actionPlan, trace: decision.trace, verdict: decision.verdict }
    : { reasons: decision.reasons, trace: decision.trace, verdict: decision.verdict }) as unknown as Json;

/** The text of the key at which the action reads a ledger fact's cell; `undefined` if a part of it is not known. */
export const keyOf = (catalog: Catalog, fact: LedgerFact, o: Observation): string | undefined => {
  const { readerOf } = catalog.actions.get(o.intent.action.id) ?? catalog;
  const parts: string[] = [];
  for (const term of fact.key) {
    if (!isFactTerm(term)) {
      parts.push(String(term));
      continue;
    }
    const sight = readerOf(term.fact)(o);
    if (typeof sight === 'symbol') return undefined;
    parts.push(String(sight));
  }
  return cellKey(parts);
};

/** What was recorded is what was read: the bounds of a type are not held against it. `undefined` for another kind. */
export const valueOfKind = (type: Type, wire: unknown): Value | undefined => {
  switch (type.type) {
    case 'boolean':
      return typeof wire === 'boolean' ? wire : undefined;
    case 'integer':
      return Number.isSafeInteger(wire) ? (wire as number) : undefined;
    case 'string':
    case 'enum':
      return typeof wire === 'string' ? wire : undefined;
    case 'instant':
      return admit(type)(wire);
    case 'records':
      return admit(type)(wire);
    case 'set':
      return Array.isArray(wire) && wire.every((item) => typeof item === 'string') ? [...wire].sort() : undefined;
  }
};

/** How many ledger facts a fact's key is read through: its key has to be read before it. `known`: what was worked out already. */
export const depthOf = (catalog: Catalog, fact: LedgerFact, known: Map<LedgerFact, number> = new Map()): number => {
  const before = known.get(fact);
  if (before !== undefined) return before;
  let deepest = 0;
  for (const term of fact.key) {
    const inner = isFactTerm(term) ? catalog.facts.get(term.fact) : undefined;
    if (inner?.origin === 'ledger') deepest = Math.max(deepest, 1 + depthOf(catalog, inner, known));
  }
  known.set(fact, deepest);
  return deepest;
};

/** What a ledger fact reads where its cell was never written. */
export const otherwiseOf = (fact: LedgerFact): Value | undefined =>
  fact.otherwise === '' ? '' : admit(fact.type)(fact.otherwise);

/** The smallest state in which every recorded reading reads as recorded: level 1 decides on it. */
export const stateOfReadings = (
  catalog: Catalog,
  readings: { readonly [fact: string]: unknown },
  o: Observation,
): State => {
  const cells = new Map<string, Map<string, Value>>();
  const state: State = { cells, open: new Map() };
  const reading: Observation = { ...o, state };
  const held = heldOf(catalog);
  const put = (id: FactId, { fact, otherwise }: Held): void => {
    const value = valueOfKind(fact.type, readings[id]);
    // What reads so without having been written may not be written: another fact may read the cell otherwise.
    if (value === undefined || (otherwise !== undefined && sameValue(value, otherwise))) return;
    const key = keyOf(catalog, fact, reading);
    if (key === undefined) return;
    const cell = cells.get(fact.cell);
    if (cell === undefined) cells.set(fact.cell, new Map([[key, value]]));
    else cell.set(key, value);
  };
  // Whatever a key is read through comes before: most are read through nothing.
  let deepest = 0;
  for (const id of Object.keys(readings)) {
    const one = held.get(id);
    if (one === undefined) continue;
    if (one.depth === 0) put(id, one);
    else deepest = Math.max(deepest, one.depth);
  }
  for (let depth = 1; depth <= deepest; depth += 1)
    for (const id of Object.keys(readings)) {
      const one = held.get(id);
      if (one?.depth === depth) put(id, one);
    }
  return state;
};

/** Reads `evidence/…` disclosures back. Entries that are not evidence are left out; they could not have been read. */
export const evidenceOf = (disclosures: ReadonlyMap<string, Json>): readonly Evidence[] => {
  const evidence: Evidence[] = [];
  for (const [name, list] of disclosures) {
    const [kind, fact, source] = name.split('/');
    if (kind !== 'evidence' || fact === undefined || source === undefined || !Array.isArray(list)) continue;
    for (const entry of list as readonly Json[]) {
      if (!isPlainObject(entry)) continue;
      const { about, observedAt: instant, ref, value } = ownMembers(entry);
      const observedAt = typeof instant === 'string' ? parseInstant(instant) : undefined;
      if (observedAt === undefined || typeof about !== 'string') continue;
      const raw = ref === undefined ? {} : { ref: ref as NonNullable<Evidence['ref']> };
      evidence.push({ fact, source, about, value, observedAt, ...raw });
    }
  }
  return evidence;
};

/** How many entries of evidence nothing looked at: nothing rests on them, and a reader could take them for what was decided on. */
export const unreadIn = (
  { intent }: Observation,
  looksAt: readonly FactId[] | undefined,
  evidence: Observation['evidence'],
): { readonly unread?: number } => {
  const unread = evidence.filter(
    ({ fact, about }) => about !== intent.resource.id || looksAt?.includes(fact) !== true,
  ).length;
  return unread === 0 ? {} : { unread };
};

const resourceRecord = ({ environment, id, nearest, ref }: Intent['resource']): Json => ({
  ...(environment === undefined ? {} : { environment }),
  id,
  ...(nearest === undefined ? {} : { nearest }),
  ref,
});

/** A catalog's ledger facts. Worked out once each: a ledger is re-derived under few catalogs, decision after decision. */
const heldOf = (catalog: Catalog): ReadonlyMap<FactId, Held> => {
  const known = HELD.get(catalog);
  if (known !== undefined) return known;
  const held = new Map<FactId, Held>();
  const depths = new Map<LedgerFact, number>();
  for (const [id, fact] of catalog.facts)
    if (fact.origin === 'ledger')
      held.set(id, { fact, depth: depthOf(catalog, fact, depths), otherwise: otherwiseOf(fact) });
  HELD.set(catalog, held);
  return held;
};

/** A ledger fact that an action's receipts record. */
interface Recorded {
  readonly id: FactId;
  readonly type: Type;
  readonly read: ReturnType<CompiledAction['readerOf']>;
}

const recordedOf = (catalog: Catalog, action: CompiledAction): readonly Recorded[] => {
  const known = RECORDED.get(action);
  if (known !== undefined) return known;
  const recorded = action.recorded.flatMap((id) => {
    const fact = catalog.facts.get(id);
    return fact === undefined ? [] : [{ id, type: fact.type, read: action.readerOf(id) }];
  });
  RECORDED.set(action, recorded);
  return recorded;
};

/** Of an action of one catalog, worked out once. */
const RECORDED = new WeakMap<CompiledAction, readonly Recorded[]>();
const HELD = new WeakMap<Catalog, ReadonlyMap<FactId, Held>>();

/** What was once decided wrongly, with its right value. See `test/vectors/field/README.md`. */
import { readdirSync, readFileSync } from 'node:fs';
import {
  type Catalog,
  type CatalogSource,
  compileCatalog,
  type Decision,
  decide,
  diff,
  lint,
  type Observation,
  parseObservation,
  parsePolicyDocument,
  prove,
  withPolicy,
} from '@tai-autonomics/core';
import { takeStep } from '@tai-autonomics/core/analysis';
import { emptyState, evolve, printPath, readingsRecord, stateOfReadings } from '@tai-autonomics/core/engine';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { catalogAround, internal } from '../fixtures/made-up.ts';
import type { Document } from '../fixtures/tenant.ts';

interface Asked {
  readonly observation: Document;
  readonly expect: Document;
  /** Who is told, by a reason's code, not to carry out its step. */
  readonly except?: Readonly<Record<string, readonly string[]>>;
}

interface Vector {
  readonly note: string;
  /** `shipped`, or one that is written out; absent with `independent`. */
  readonly catalog?: unknown;
  /** Plans beside those of the shipped catalog. */
  readonly plans?: CatalogSource['plans'];
  /** A policy document, by its path. */
  readonly policy?: string;
  readonly loads?: false;
  readonly at?: readonly string[];
  readonly asked?: readonly Asked[];
  readonly proves?: readonly { readonly action: string; readonly answer: string }[];
  /** The rules that lint finds broken, unused codes aside. */
  readonly lints?: readonly string[];
  /** So many independent requirements, of which another catalog lacks one; and what diff answers. */
  readonly independent?: number;
  readonly diff?: string;
  /** So often each statement is made. */
  readonly statements?: number;
  /** What stands on `Object.prototype` while it is compiled and decided. */
  readonly inherited?: Readonly<Record<string, unknown>>;
  /** Every step is carried out, and what is asked for says this: at most so many refusals. */
  readonly follow?: { readonly refusals: number; readonly says: Readonly<Record<string, unknown>> };
}

const folder = new URL('../vectors/field/core/', import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name: name.replace('.json', ''),
    ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector),
  }));

/** The catalog that a vector names. */
const sourceOf = ({ catalog, plans = {}, policy, independent }: Vector, without = 0): unknown => {
  if (independent !== undefined) return independentOf(independent, without);
  if (catalog !== 'shipped') return catalog;
  const source: CatalogSource = { ...library, plans: { ...library.plans, ...plans } };
  if (policy === undefined) return source;
  const json = parseStrictJson(readFileSync(policy), { comments: true, maxBytes: 65_536, maxDepth: 64 });
  if (E.isLeft(json)) throw new Error(policy);
  const document = parsePolicyDocument(json.right.value);
  if (E.isLeft(document)) throw new Error(policy);
  return withPolicy(source, document.right);
};

/** Requirements that have nothing to do with one another, but for the first few. */
const independentOf = (n: number, without: number): unknown => {
  const facts = Object.fromEntries(
    Array.from({ length: n }, (_, i) => [
      `f${i}`,
      { means: 'f', type: { type: 'boolean' }, origin: 'observed', sources: ['s'], maxAgeMs: 60_000 },
    ]),
  );
  const requires = Object.keys(facts)
    .slice(without)
    .map((fact) => ({ code: 'no', means: fact, when: { fact, is: true }, remedy: { by: 'world' } }));
  return catalogAround({ facts, actions: { act: internal({ requires }) } });
};

/** No step leaves nothing to choose. */
const expectChoices = (decision: Decision): void => {
  if (decision.verdict !== 'refuse') return;
  for (const { code, next } of decision.reasons)
    for (const { from, to } of next.kind === 'authority' ? (next.submit.choose ?? []) : [])
      if (typeof from === 'string' && typeof to === 'string')
        expect(from <= to, `${code}: ${from} to ${to}`).toBe(true);
};

/** How many refusals there are until the approval when every step is carried out as told. */
const refusalsOf = (catalog: Catalog, start: Observation, says: Readonly<Record<string, unknown>>): number => {
  let o = start;
  for (let refusals = 0; refusals < 9; refusals++) {
    const decision = decide(catalog, o);
    if (decision.verdict === 'approve') return refusals;
    for (const reason of decision.reasons) {
      const { next } = reason;
      const said = { about: o.intent.resource.id, source: 'git', observedAt: o.at };
      o =
        next.kind === 'information'
          ? { ...o, evidence: [...o.evidence, { ...said, fact: next.fact, value: says[next.fact] }] }
          : (takeStep(catalog, o, reason, 'most') ?? o);
    }
  }
  return 9;
};

/** Asks one after the other, each of the ledger that the approvals before it left. */
const askAll = (catalog: Catalog, { asked = [], statements = 1, follow }: Vector): void => {
  let { state }: Pick<Observation, 'state'> = { state: emptyState };
  for (const [i, { observation, expect: wanted, except = {} }] of asked.entries()) {
    const parsed = parseObservation(catalog, observation);
    if (E.isLeft(parsed)) {
      expect({ verdict: 'unreadable', at: printPath(parsed.left[0].path) }, `${i}`).toEqual(wanted);
      continue;
    }
    const evidence = parsed.right.evidence.flatMap((one) => Array.from({ length: statements }, () => one));
    const o = { ...parsed.right, evidence, state: state === emptyState ? parsed.right.state : state };
    const decision = decide(catalog, o);
    const codes = decision.verdict === 'refuse' ? { codes: decision.reasons.map(({ code }) => code) } : {};
    expect({ verdict: decision.verdict, ...codes }, `${i}`).toEqual(wanted);
    expectChoices(decision);
    for (const [code, not] of Object.entries(except)) {
      const reason = decision.verdict === 'refuse' ? decision.reasons.find((one) => one.code === code) : undefined;
      expect(reason?.next.kind === 'authority' && reason.next.except, code).toEqual(not);
    }
    const readings = readingsRecord(catalog, o);
    expect(decide(catalog, { ...o, state: stateOfReadings(catalog, readings, { ...o, state: emptyState }) })).toEqual(
      decision,
    );
    if (follow !== undefined) expect(refusalsOf(catalog, o, follow.says)).toBe(follow.refusals);
    if (decision.verdict === 'approve')
      state = evolve(o.state, { kind: 'decision', seq: i, verdict: 'approve', writes: decision.writes });
    else if (state === emptyState) ({ state } = o);
  }
};

const play = (vector: Vector): void => {
  const { loads, at, proves = [], lints, diff: differs } = vector;
  const source = sourceOf(vector);
  const compiled = compileCatalog(source);
  if (E.isLeft(compiled)) {
    expect({ loads: false, at: compiled.left.map(({ path }) => printPath(path)) }).toEqual({ loads, at });
    return;
  }
  expect(loads).toBeUndefined();
  for (const { action, answer } of proves) {
    const proof = prove(compiled.right, { means: 'it is never approved', verdict: 'never_approve', action });
    expect(E.isRight(proof) && proof.right.answer, action).toBe(answer);
  }
  if (lints !== undefined) {
    const rules = lint(source).map(({ rule }) => rule);
    expect([...new Set(rules)].filter((rule) => rule !== 'unused_code')).toEqual(lints);
  }
  if (differs !== undefined) {
    const other = compileCatalog(sourceOf(vector, 1));
    expect(E.isRight(other) && diff(compiled.right, other.right).answer).toBe(differs);
  }
  askAll(compiled.right, vector);
};

describe('what was once decided wrongly is decided rightly', () => {
  test.for(vectors)('$name: $note', (vector) => {
    const { inherited = {} } = vector;
    for (const [name, value] of Object.entries(inherited))
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    try {
      play(vector);
    } finally {
      for (const name of Object.keys(inherited)) delete (Object.prototype as unknown as Record<string, unknown>)[name];
    }
  });
});

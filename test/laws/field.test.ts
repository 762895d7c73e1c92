/** What was once decided wrongly, with its right value. See `test/vectors/field/README.md`. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Catalog, compileCatalog, decide, type Observation, parseObservation, prove } from '@tai-autonomics/core';
import { emptyState, evolve, printPath, readingsRecord, stateOfReadings } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import type { Document } from '../fixtures/tenant.ts';

interface Asked {
  readonly observation: Document;
  readonly expect: Document;
}

interface Vector {
  readonly note: string;
  readonly catalog: unknown;
  readonly loads?: false;
  readonly at?: readonly string[];
  readonly asked?: readonly Asked[];
  readonly proves?: readonly { readonly action: string; readonly answer: string }[];
}

const folder = new URL('../vectors/field/core/', import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name: name.replace('.json', ''),
    ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector),
  }));

/** Asks one after the other, each of the ledger that the approvals before it left. */
const askAll = (catalog: Catalog, asked: readonly Asked[]): void => {
  let { state }: Pick<Observation, 'state'> = { state: emptyState };
  for (const [i, { observation, expect: wanted }] of asked.entries()) {
    const parsed = parseObservation(catalog, observation);
    if (E.isLeft(parsed)) {
      expect({ verdict: 'unreadable', at: printPath(parsed.left[0].path) }, `${i}`).toEqual(wanted);
      continue;
    }
    const o = { ...parsed.right, state: state === emptyState ? parsed.right.state : state };
    const decision = decide(catalog, o);
    const codes = decision.verdict === 'refuse' ? { codes: decision.reasons.map(({ code }) => code) } : {};
    expect({ verdict: decision.verdict, ...codes }, `${i}`).toEqual(wanted);
    const readings = readingsRecord(catalog, o);
    expect(decide(catalog, { ...o, state: stateOfReadings(catalog, readings, { ...o, state: emptyState }) })).toEqual(
      decision,
    );
    if (decision.verdict === 'approve')
      state = evolve(o.state, { kind: 'decision', seq: i, verdict: 'approve', writes: decision.writes });
  }
};

describe('what was once decided wrongly is decided rightly', () => {
  test.for(vectors)('$name: $note', ({ catalog: source, loads, at, asked = [], proves = [] }) => {
    const compiled = compileCatalog(source === 'shipped' ? library : source);
    if (E.isLeft(compiled)) {
      expect({ loads: false, at: compiled.left.map(({ path }) => printPath(path)) }).toEqual({ loads, at });
      return;
    }
    expect(loads).toBeUndefined();
    for (const { action, answer } of proves) {
      const proof = prove(compiled.right, { means: 'it is never approved', verdict: 'never_approve', action });
      expect(E.isRight(proof) && proof.right.answer, action).toBe(answer);
    }
    askAll(compiled.right, asked);
  });
});

/** A ledger that is played by hand: what people of the fixtures ask is decided and folded, one after another, at instants that are set. */
import { type Catalog, decide, type Observation, type State } from '@tai-autonomics/core';
import type { Value } from '@tai-autonomics/core/author';
import { cellKey, evolve } from '@tai-autonomics/core/engine';
import { type Document, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

const MINUTE_MS = 60_000;

/** Who asks. Ann and Otto are owners; nobody else stands behind either. */
export const PEOPLE = {
  ann: { type: 'user', id: 'ann', ref: 'sub_ann', scope: [] },
  otto: { type: 'user', id: 'otto', ref: 'sub_otto', scope: [] },
  bot: { type: 'agent', id: 'bot', ref: 'sub_bot', scope: ['read_deployment', 'write_rollback', 'write_config'] },
  ci: { type: 'service', id: 'ci', ref: 'sub_ci', scope: [] },
  governor: { type: 'system', id: 'governor', ref: 'sub_governor', scope: [] },
} as const;
/** One of them. */
export type Name = keyof typeof PEOPLE;

/** Whether it was approved, or every code that it was refused with. */
export type Answer = 'approved' | readonly string[];

/** How an approved action that runs may be ended later, by what was settled when it was approved. */
export type Ending = (status: 'success' | 'failed' | 'timeout' | 'memory_exceeded' | 'unknown') => void;

/** A ledger that is played. */
export interface Played {
  readonly state: () => State;
  /** The id of the receipt of what was asked last. */
  readonly latest: () => string;
  /** Writes a cell by hand: what another catalog may have left. */
  readonly put: (cell: string, key: readonly string[], value: Value) => void;
  /** Asks a minute later. */
  readonly ask: (by: Name, action: string, args?: Document, more?: Document) => Answer;
  /** Asks for what runs; it is open until it is ended. */
  readonly begin: (by: Name, action: string, args?: Document, more?: Document) => Ending;
}

/** Begins with a tenant to whom nothing is wanting, and two owners, or these. */
export const played = (catalog: Catalog = shipped, owners: readonly Name[] = ['ann', 'otto']): Played => {
  const tenant = {
    relations: { sub_bob: null, ...Object.fromEntries(owners.map((name) => [PEOPLE[name].ref, ['owner']])) },
    insurance_verified_at: '2026-01-26T12:00:00.000Z',
  };
  let { state } = observed(catalog, merged(lawful['raise_andon'], { state: tenant }));
  let at = Date.parse('2026-01-26T12:00:00.000Z');
  let count = 0;
  const look = (by: Name, action: string, args: Document, more: Document): Observation => {
    at += MINUTE_MS;
    count += 1;
    const document = merged(lawful['raise_andon'], {
      id: `rcp-${count}`,
      at: new Date(at).toISOString(),
      intent: { subject: null, action: null },
      ...more,
    });
    const asked = { intent: { subject: PEOPLE[by], action: { id: action, arguments: args } } };
    return { ...observed(catalog, merged(document, asked)), state };
  };
  const ask = (o: Observation): Answer => {
    const decision = decide(catalog, o);
    if (decision.verdict === 'refuse') return decision.reasons.map(({ code }) => code);
    state = evolve(state, { kind: 'decision', seq: count, verdict: 'approve', writes: decision.writes });
    return 'approved';
  };
  return {
    state: () => state,
    put: (cell, key, value) => {
      const values = new Map(state.cells.get(cell)).set(cellKey(key), value);
      state = { ...state, cells: new Map(state.cells).set(cell, values) };
    },
    latest: () => `rcp-${count}`,
    ask: (by, action, args = {}, more = {}) => ask(look(by, action, args, more)),
    begin: (by, action, args = {}, more = {}) => {
      const o = look(by, action, args, more);
      const answer = ask(o);
      if (answer !== 'approved') throw new Error(`${action}: ${answer.join(', ')}`);
      const of = count;
      return (status) => {
        const writes = catalog.actions.get(action)?.after[status](o) ?? [];
        at += MINUTE_MS;
        state = evolve(state, { kind: 'outcome', seq: of + 1, of, status, writes });
      };
    },
  };
};

/**
 * Approved actions whose outcome nobody recorded: their process ended, or their ledger could not be written. After the
 * deadline and a grace an idempotent one is driven again under its own approval; any other becomes `unknown`, and the
 * line stops for its resource (an Andon by the system). Effects on the outside are at-least-once or unknown.
 */
import {
  type CompiledAction,
  emptyState,
  encodeBase64url,
  evidenceOf,
  formatInstant,
  type Intent,
  type Json,
  type Observation,
  parseDisclosure,
  parseInstant,
  parseReceipt,
  stateOfReadings,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Approved } from './dispatch.ts';
import type { LoadedCatalog } from './loaded-catalog.ts';
import type { LedgerStore, Ms, Row } from './ports.ts';
import type { Tenant } from './tenant.ts';

/** How long after its deadline an open action may still be recorded by whoever runs it. */
export const GRACE_MS: Ms = 10_000;

/** What to do with an open action. */
export type Overdue =
  | { readonly drive: Approved }
  /** Not idempotent, or it can't be read back: its outcome is unknown. */
  | {
      readonly give_up: Omit<Approved, 'step' | 'action' | 'observation'> & {
        readonly action?: CompiledAction;
        readonly observation?: Observation;
        readonly resource: string;
      };
    };

const disclosuresOf = (row: Row): ReadonlyMap<string, Json> =>
  new Map(
    row.disclosures.flatMap(({ text }) => {
      const parsed = parseDisclosure(text);
      return E.isRight(parsed) ? [[parsed.right.name, parsed.right.value] as const] : [];
    }),
  );

const observationOf = (
  catalog: LoadedCatalog,
  at: Ms,
  mode: Observation['mode'],
  disclosed: ReadonlyMap<string, Json>,
): Observation | undefined => {
  const intent = disclosed.get('request/intent') as unknown as Intent | undefined;
  const readings = disclosed.get('state/readings');
  if (intent === undefined || typeof readings !== 'object' || readings === null) return undefined;
  const o: Observation = { id: '', at, mode, intent, evidence: evidenceOf(disclosed), state: emptyState };
  return { ...o, state: stateOfReadings(catalog.catalog, readings as { readonly [fact: string]: unknown }, o) };
};

/** Open actions that are past `deadline + GRACE_MS`, or that never began, and that this process does not run. */
export const overdue = async (
  catalog: LoadedCatalog,
  store: LedgerStore,
  tenant: Tenant,
  now: Ms,
): Promise<readonly Overdue[]> => {
  const found: Overdue[] = [];
  for (const [seq, open] of tenant.ledger.state.open) {
    if (tenant.running.has(seq) || now < open.deadline + GRACE_MS) continue;
    for await (const row of store.read(tenant.ledger.id, seq, seq + 1)) {
      if (E.isLeft(row)) continue;
      const receipt = parseReceipt(row.right.bytes);
      if (E.isLeft(receipt)) continue;
      const disclosed = disclosuresOf(row.right);
      const observation = observationOf(catalog, parseInstant(receipt.right.at) ?? 0, receipt.right.mode, disclosed);
      const action = observation === undefined ? undefined : catalog.catalog.actions.get(observation.intent.action.id);
      const { id, incident, trace } = receipt.right;
      const shared = {
        tenant,
        of: { seq, leaf: encodeBase64url(row.right.leaf) },
        id,
        ...(incident === undefined ? {} : { incident }),
        ...(trace === undefined ? {} : { trace }),
      };
      const [step] = observation === undefined ? [] : (action?.plan(observation) ?? []);
      const again =
        action !== undefined && 'idempotent' in action.action.does && (action.action.does.idempotent || !open.begun);
      if (observation !== undefined && action !== undefined && step !== undefined && again)
        found.push({ drive: { ...shared, action, observation, step } });
      else
        found.push({
          give_up: {
            ...shared,
            ...(action === undefined ? {} : { action }),
            ...(observation === undefined ? {} : { observation }),
            resource: observation?.intent.resource.id ?? '*',
          },
        });
    }
  }
  return found;
};

/** What the Andon says that is raised for an action whose outcome is unknown. */
export const findingFor = (seq: number, deadline: Ms): string =>
  `the outcome of the action approved in receipt ${seq}, due ${formatInstant(deadline)}, is not known`;

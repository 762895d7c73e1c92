/** What a row of the table of reasons says, and what rows are made of. */
import type { CatalogSource, NextStep } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Proposal } from './carry-out.ts';
import { approved, entitlement, named, type PLANS, SERVICE, START } from './kit.ts';
import type { Person, Stage } from './reason-stage.ts';

export const HOUR_MS = 3_600_000;
export const at = (afterMs: number): string => formatInstant(START + afterMs);
export interface Row {
  readonly code: string;
  readonly note: string;
  /** What has to happen first. */
  readonly first?: (stage: Stage) => Promise<void> | void;
  readonly by: Person;
  readonly asks: Proposal | ((stage: Stage) => Proposal | Promise<Proposal>);
  readonly next: NextStep['kind'];
  /** What a person would put in its place, if the next step asks for another argument. */
  readonly better?: Readonly<Record<string, unknown>>;
  readonly as?: Person;
  /** How what is wanting is brought about, where no observer sees it. */
  readonly mend?: (stage: Stage) => Promise<void> | void;
  /** What is asked for in its place, where what was named can never be mended. */
  readonly instead?: Proposal;
  readonly catalog?: CatalogSource;
  readonly mode?: 'eval';
  /** No HTTP request can say it: it is asked at the governor's own door. */
  readonly direct?: true;
}
/** Part of a set-up: has to be approved. */
export const given = async ({ governor, as }: Stage, person: Person, proposal: Proposal): Promise<void> => {
  approved(await governor.submit(as(person), proposal));
};
export const event = (
  afterMs: number,
  more: Readonly<Record<string, unknown>> = {},
  plan: keyof typeof PLANS = 'professional',
) => {
  const { arguments: args = {}, ...asked } = entitlement(START + afterMs, plan, more);
  return { action: asked.action, resource: asked.resource, arguments: args };
};
export const rollback: Proposal = { action: 'trigger_rollback', resource: SERVICE, arguments: {} };
export const refOf = ({ as }: Stage, person: Person): string => named(as(person));
export const later =
  (afterMs: number) =>
  ({ setting }: Stage): void => {
    setting.clock.now = START + afterMs;
  };
/** Applies an entitlement event a second after the first one. */
export const bought =
  (more: Readonly<Record<string, unknown>>, plan?: keyof typeof PLANS) =>
  async (stage: Stage): Promise<void> => {
    later(1_000)(stage);
    await given(stage, 'shop', event(1_000, more, plan));
  };
export const asks = { by: 'agent', asks: rollback } as const;

/** Whether a governor can decide now: the operator's ledger opens, the store takes a write, and the clock can be believed. */
import { formatInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Context } from './context.ts';
import { aheadOf } from './ledger/clock-behind.ts';
import { OPERATOR } from './ledger/operator.ts';
import type { Clock } from './ports.ts';
import type { Tenant, Tenants } from './tenant.ts';

/** Why it can't, one sentence each; nothing if it can. Costs the same for any number of tenants in the store. */
export const readiness = async (
  { store, clock, identity }: Pick<Context, 'store' | 'clock' | 'identity'>,
  tenants: Pick<Tenants, 'open' | 'all'>,
): Promise<readonly string[]> => {
  const opened = await tenants.open(OPERATOR);
  const known = await store.head(identity.ledger(OPERATOR));
  const probed = E.isRight(known) && store.probe !== undefined ? await store.probe() : known;
  const reasons = [
    ...(E.isLeft(opened) ? [opened.left.detail] : []),
    ...(E.isLeft(probed) ? [probed.left.detail] : []),
    ...doubtOf(clock),
    ...skewed(tenants.all(), clock()),
  ];
  return [...new Set(reasons)];
};

/** The clock is behind what was recorded: nothing is decided in those ledgers until it has caught up. */
const skewed = (all: readonly Tenant[], now: number): readonly string[] => {
  const late = all.filter(({ ledger }) => aheadOf(ledger, now)?.isAccepted === false);
  const last = Math.max(...late.map(({ ledger }) => ledger.head.lastAt));
  return late.length === 0
    ? []
    : [
        `the clock is ${last - now} ms behind ${late.length} of the ledgers, which wait until ${formatInstant(last)} at most; tai status names them, and tai operator accept-clock lets them go on`,
      ];
};

const doubtOf = ({ doubt }: Clock): readonly string[] => {
  const why = doubt?.();
  return why === undefined ? [] : [why];
};

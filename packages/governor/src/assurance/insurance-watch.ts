/**
 * The operator's insurance in every ledger: what the monitor found is recorded by the governor itself, before the next intent is
 * decided, again twice a day, and at once when it changes. A lapse stops the whole tenant by an Andon, in the same append (M-08).
 */

import type { State } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import type { Draft } from '../ledger/draft.ts';
import { OPERATOR } from '../ledger/operator.ts';
import type { InsuranceMonitor, Ms, VerifiedCertificate } from '../ports.ts';
import type { Tenant, Tenants } from '../tenant.ts';
import { type Ask, type Asking, askAsSystem } from '../upkeep/ask-as-system.ts';
import { createLookout, type Known, LOOK_EVERY_MS } from './insurance-lookout.ts';

export interface InsuranceWatch {
  /** Looks for the first time. Answers why the operator is not insured, in one sentence, or nothing. */
  begin(): Promise<string | undefined>;
  /**
   * Records in a tenant's ledger what is known now, unless it says so already. Never rejects; `false`: what has to be
   * recorded could not be, which is reported.
   */
  bring(tenant: Tenant): Promise<boolean>;
  /** The certificate that was found last; what receipts cite before their ledger recorded one. */
  readonly certificate: VerifiedCertificate | undefined;
  stop(): void;
}

/** Whether the governor itself is to look; else the host does. */
export const isMonitor = (insurance: InsuranceMonitor | VerifiedCertificate): insurance is InsuranceMonitor =>
  owns(insurance, 'look');

/** Nothing to watch: an evaluation, or a host that records by itself. */
export const noInsuranceWatch = (certificate?: VerifiedCertificate): InsuranceWatch => ({
  begin: async () => undefined,
  bring: async () => true,
  certificate,
  stop: () => {},
});

/** Watches one operator's insurance for all tenants of a governor. A timer only wakes it; it goes by the governor's clock. */
export const createInsuranceWatch = (
  context: Pick<Context, 'clock'> & Asking,
  monitor: InsuranceMonitor,
  tenants: Pick<Tenants, 'all'>,
): InsuranceWatch => {
  const lookout = createLookout(monitor, context.clock, context.onFault);
  /** What was asked for a tenant since the last look, whatever became of it. */
  const tried = new WeakMap<Tenant, Known>();
  let timer: NodeJS.Timeout | undefined;

  const bring: InsuranceWatch['bring'] = async (tenant) => {
    try {
      await lookout.look();
      const { ledger, id } = tenant;
      const { known } = lookout;
      const isOpen = (ledger.head.size > 0 || id === OPERATOR) && !ledger.annals.closed;
      if (!isOpen || known === undefined || tried.get(tenant) === known || isRecorded(ledger.state, known)) return true;
      const isDone = await record(context, tenant, known);
      if (isDone) tried.set(tenant, known);
      return isDone;
    } catch (thrown) {
      context.onFault(`${tenant.ledger.origin}: the insurance is not recorded: ${messageOf(thrown)}`);
      return false;
    }
  };

  const wake = (): void => {
    timer = setTimeout(() => {
      void Promise.all(tenants.all().map(bring)).finally(() => {
        if (timer !== undefined) wake();
      });
    }, LOOK_EVERY_MS);
    timer.unref();
  };

  return {
    begin: async () => {
      await lookout.look();
      wake();
      return lookout.known?.status === 'valid' ? undefined : lookout.known?.why;
    },
    bring,
    get certificate() {
      return lookout.known?.certificate;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
};

/** A check that is older is recorded anew: gate 4 asks for one in the last day. */
const RECORD_EVERY_MS: Ms = 43_200_000;
/** What an argument has room for. */
const FINDING_MAX = 200;

const cellOf = ({ cells }: State, id: string): unknown => cells.get(id)?.get('');

/** Whether a ledger says it already. */
const isRecorded = (state: State, { status, certificate, seenAt }: Known): boolean => {
  const verifiedAt = cellOf(state, 'insurance_verified_at');
  return (
    cellOf(state, 'insurance_status') === status &&
    cellOf(state, 'insurance_certificate') === certificate.digest &&
    cellOf(state, 'insurance_expires_at') === certificate.validUntil &&
    (status === 'lapsed' || (typeof verifiedAt === 'number' && seenAt - verifiedAt < RECORD_EVERY_MS))
  );
};

const record = async (context: Asking, tenant: Tenant, known: Known): Promise<boolean> => {
  const { state } = tenant.ledger;
  const active = await context.catalogs.loadIn(state);
  const action = E.isLeft(active) ? undefined : active.right.catalog.actions.get('record_insurance')?.action;
  // What the catalog can't say is nothing that it asks for.
  if (action === undefined) return true;
  const alsoAndon = known.status === 'lapsed' && cellOf(state, 'insurance_status') === 'valid';
  const isMissing = ({ state: before, annals }: Draft): boolean => !annals.closed && !isRecorded(before, known);
  const asked = recordOf(known, Object.keys(action.arguments));
  return askAsSystem(context, tenant, asked, isMissing, alsoAndon ? [andonOf(known)] : []);
};

/** A catalog of before knows no number of a policy. */
const recordOf = ({ status, certificate, seenAt, why = '' }: Known, members: readonly string[]): Ask => ({
  id: `insurance ${status} ${certificate.digest} ${seenAt} ${why}`.slice(0, FINDING_MAX),
  action: 'record_insurance',
  resource: '*',
  arguments: {
    status,
    ...(members.includes('policy') ? { policy: certificate.id } : {}),
    certificate: certificate.digest,
    verified_at: formatInstant(seenAt),
    expires_at: formatInstant(certificate.validUntil),
  },
});

const andonOf = ({ seenAt, why = '' }: Known): Ask => ({
  id: `insurance lapsed at ${seenAt}`,
  action: 'raise_andon',
  resource: '*',
  arguments: { severity: 'critical', finding: `the operator’s insurance lapsed: ${why}`.slice(0, FINDING_MAX) },
});

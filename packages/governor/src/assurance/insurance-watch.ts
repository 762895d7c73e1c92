/**
 * The operator's insurance in every ledger: what the monitor found is recorded by the governor itself, before the next intent is
 * decided, again twice a day, and at once when it changes. A lapse stops the whole tenant by an Andon, in the same append (M-08).
 */
import type { State } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounded-text.ts';
import type { Shared } from '../context.ts';
import type { Draft } from '../ledger/draft.ts';
import { OPERATOR } from '../ledger/operator.ts';
import type { InsuranceMonitor, InsuranceSeen, Ms, VerifiedCertificate } from '../ports.ts';
import type { Tenant, Tenants } from '../tenant.ts';
import { type Ask, askAsSystem } from '../upkeep/upkeep.ts';

/** How long a look counts, and how often the timer wakes where nothing is asked. */
const LOOK_EVERY_MS: Ms = 60_000;
/** A check that is older is recorded anew: gate 4 asks for one in the last day. */
const RECORD_EVERY_MS: Ms = 43_200_000;
/** What an argument has room for. */
const FINDING_MAX = 200;

/** What is known of the insurance now. */
interface Known {
  readonly status: 'valid' | 'lapsed';
  readonly certificate: VerifiedCertificate;
  /** When that was last seen. */
  readonly seenAt: Ms;
  /** Of a lapse. */
  readonly why?: string;
}

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
  'look' in insurance;

/** Nothing to watch: an evaluation, or a host that records by itself. */
export const noInsuranceWatch = (certificate?: VerifiedCertificate): InsuranceWatch => ({
  begin: async () => undefined,
  bring: async () => true,
  certificate,
  stop: () => {},
});

/** What is known after a look. What could not be seen leaves what was known; a certificate that ended meanwhile has lapsed. */
const after = (known: Known | undefined, seen: InsuranceSeen, at: Ms): Known | undefined => {
  if (seen.seen === 'insured') return { status: 'valid', certificate: seen.certificate, seenAt: at };
  if (seen.seen === 'uninsured')
    return { status: 'lapsed', certificate: known?.certificate ?? NO_CERTIFICATE, seenAt: at, why: seen.why };
  if (known === undefined || known.status === 'lapsed' || at < known.certificate.validUntil) return known;
  const why = `the certificate was valid until ${formatInstant(known.certificate.validUntil)}`;
  return { ...known, status: 'lapsed', seenAt: at, why };
};

/** What a receipt cites that was written before any certificate was ever verified. */
export const NO_CERTIFICATE: VerifiedCertificate = { id: 'none', digest: 'A'.repeat(43), validUntil: 0 };

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

/** A catalog of before knows no number of a policy. */
const recordOf = ({ status, certificate, seenAt }: Known, why: string, known: readonly string[]): Ask => ({
  id: `insurance ${status} ${certificate.digest} ${seenAt} ${why}`.slice(0, FINDING_MAX),
  action: 'record_insurance',
  resource: '*',
  arguments: {
    status,
    ...(known.includes('policy') ? { policy: certificate.id.slice(0, FINDING_MAX) } : {}),
    certificate: certificate.digest,
    verified_at: formatInstant(seenAt),
    expires_at: formatInstant(certificate.validUntil),
  },
});

const andonOf = ({ seenAt }: Known, why: string): Ask => ({
  id: `insurance lapsed at ${seenAt}`,
  action: 'raise_andon',
  resource: '*',
  arguments: { severity: 'critical', finding: `the operator’s insurance lapsed: ${why}`.slice(0, FINDING_MAX) },
});

/** Watches one operator's insurance for all tenants of a governor. A timer only wakes it; it goes by the governor's clock. */
export const createInsuranceWatch = (
  shared: Shared,
  monitor: InsuranceMonitor,
  tenants: () => Tenants,
): InsuranceWatch => {
  const { clock } = shared.options;
  const { lookEveryMs = LOOK_EVERY_MS } = monitor;
  let known: Known | undefined;
  /** What was asked for a tenant since the last look, whatever became of it. */
  const tried = new WeakMap<Tenant, Known>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<InsuranceSeen> | undefined;
  let complaint: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const complain = (why: string | undefined): void => {
    if (why !== undefined && why !== complaint) shared.onFault(why);
    complaint = why;
  };

  const lookNow = async (): Promise<InsuranceSeen> => {
    const at = clock();
    const seen = await monitor
      .look(at)
      .catch((thrown: unknown): InsuranceSeen => ({ seen: 'unseen', why: messageOf(thrown) }));
    lookedAt = at;
    known = after(known, seen, at);
    complain(
      seen.seen === 'insured'
        ? undefined
        : seen.seen === 'uninsured'
          ? `the operator is not insured: ${seen.why}`
          : `the operator’s insurance could not be looked at, and what was found before still counts: ${seen.why}`,
    );
    return seen;
  };

  const look = (): Promise<InsuranceSeen> => {
    looking ??= lookNow().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const isDue = (): boolean => {
    const now = clock();
    const ended = known?.status === 'valid' && now >= known.certificate.validUntil;
    return ended || now - lookedAt >= lookEveryMs || now < lookedAt;
  };

  const record = async (tenant: Tenant, now: Known): Promise<boolean> => {
    const { state } = tenant.ledger;
    const active = await shared.catalogs.loadIn(state);
    const action = E.isLeft(active) ? undefined : active.right.catalog.actions.get('record_insurance')?.action;
    // What the catalog can't say is nothing that it asks for.
    if (action === undefined) return true;
    const why = now.why ?? '';
    const alsoAndon = now.status === 'lapsed' && cellOf(state, 'insurance_status') === 'valid';
    const isMissing = ({ state: before, annals }: Draft): boolean => !annals.closed && !isRecorded(before, now);
    const asked = recordOf(now, why, Object.keys(action.arguments));
    return askAsSystem(shared, tenant, asked, isMissing, alsoAndon ? [andonOf(now, why)] : []);
  };

  const bring: InsuranceWatch['bring'] = async (tenant) => {
    try {
      if (isDue()) await look();
      const { ledger, id } = tenant;
      const now = known;
      const isOpen = (ledger.head.size > 0 || id === OPERATOR) && !ledger.annals.closed;
      if (!isOpen || now === undefined || tried.get(tenant) === now || isRecorded(ledger.state, now)) return true;
      const isDone = await record(tenant, now);
      if (isDone) tried.set(tenant, now);
      return isDone;
    } catch (thrown) {
      shared.onFault(`${tenant.ledger.origin}: the insurance is not recorded: ${messageOf(thrown)}`);
      return false;
    }
  };

  const wake = (): void => {
    timer = setTimeout(() => {
      void Promise.all(tenants().all().map(bring)).finally(() => {
        if (timer !== undefined) wake();
      });
    }, LOOK_EVERY_MS);
    timer.unref();
  };

  return {
    begin: async () => {
      const seen = await look();
      if (seen.seen === 'insured') {
        wake();
        return undefined;
      }
      known ??= { status: 'lapsed', certificate: NO_CERTIFICATE, seenAt: lookedAt, why: seen.why };
      return seen.why;
    },
    bring,
    get certificate() {
      return known?.certificate;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
};

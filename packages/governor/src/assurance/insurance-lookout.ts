/** What is known of the operator's insurance: the last look that saw something, on the governor's clock. */
import { setTimeout as pause } from 'node:timers/promises';
import { formatInstant } from '@tai-autonomics/core/engine';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Clock, InsuranceMonitor, InsuranceSeen, Ms, VerifiedCertificate } from '../ports.ts';

/** How long a look counts, and how often the timer wakes where nothing is asked. */
export const LOOK_EVERY_MS: Ms = 60_000;

/** How long a look may take: a monitor that never answers must not hold up the decisions that wait for it. */
const LOOK_WITHIN_MS: Ms = 10_000;

/** What a receipt cites that was written before any certificate was ever verified. */
export const NO_CERTIFICATE: VerifiedCertificate = { id: 'none', digest: 'A'.repeat(43), validUntil: 0 };

/** What is known of the insurance now. */
export interface Known {
  readonly status: 'valid' | 'lapsed';
  readonly certificate: VerifiedCertificate;
  /** When that was last seen. */
  readonly seenAt: Ms;
  /** Of a lapse. */
  readonly why?: string;
}

export interface Lookout {
  /** Absent before the first look. */
  readonly known: Known | undefined;
  /** Looks, unless the last look still counts. Several who ask at once share one look. Never rejects. */
  look(): Promise<void>;
}

/** Looks with a monitor when that is due. What is wrong is told once, until something else is. */
export const createLookout = (monitor: InsuranceMonitor, clock: Clock, onFault: (why: string) => void): Lookout => {
  const { lookEveryMs = LOOK_EVERY_MS } = monitor;
  let known: Known | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let complaint: string | undefined;

  const isDue = (): boolean => {
    const now = clock();
    const ended = known?.status === 'valid' && now >= known.certificate.validUntil;
    return ended || now - lookedAt >= lookEveryMs || now < lookedAt;
  };

  const lookNow = async (): Promise<void> => {
    const at = clock();
    const seen = await seenBy(monitor, at);
    lookedAt = at;
    known = after(known, seen, at);
    const why = complaintOf(seen);
    if (why !== undefined && why !== complaint) onFault(why);
    complaint = why;
  };

  return {
    get known() {
      return known;
    },
    look: async () => {
      if (looking === undefined && !isDue()) return;
      looking ??= lookNow().finally(() => {
        looking = undefined;
      });
      await looking;
    },
  };
};

const seenBy = async (monitor: InsuranceMonitor, at: Ms): Promise<InsuranceSeen> => {
  const { lookWithinMs = LOOK_WITHIN_MS } = monitor;
  const stop = new AbortController();
  const silence: Promise<InsuranceSeen> = pause(lookWithinMs, undefined, { ref: false, signal: stop.signal }).then(
    () => ({
      seen: 'unseen',
      why: `no answer within ${lookWithinMs} ms`,
    }),
  );
  // Ended when the monitor answered.
  silence.catch(() => {});
  try {
    return await Promise.race([monitor.look(at), silence]);
  } catch (thrown) {
    return { seen: 'unseen', why: messageOf(thrown) };
  } finally {
    stop.abort();
  }
};

/** What is known after a look. What could not be seen leaves what was known; a certificate that ended meanwhile has lapsed. */
const after = (known: Known | undefined, seen: InsuranceSeen, at: Ms): Known => {
  if (seen.seen === 'insured') return { status: 'valid', certificate: seen.certificate, seenAt: at };
  const { why } = seen;
  const certificate = known?.certificate ?? NO_CERTIFICATE;
  if (seen.seen === 'uninsured' || known === undefined) return { status: 'lapsed', certificate, seenAt: at, why };
  if (known.status === 'lapsed' || at < certificate.validUntil) return known;
  const ended = `the certificate was valid until ${formatInstant(certificate.validUntil)}`;
  return { ...known, status: 'lapsed', seenAt: at, why: ended };
};

const complaintOf = (seen: InsuranceSeen): string | undefined => {
  switch (seen.seen) {
    case 'insured':
      return undefined;
    case 'uninsured':
      return `the operator is not insured: ${seen.why}`;
    case 'unseen':
      return `the operator’s insurance could not be looked at, and what was found before still counts: ${seen.why}`;
  }
};

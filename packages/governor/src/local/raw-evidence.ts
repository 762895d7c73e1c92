/** From raw evidence to facts: what a detector says, with the digest of exactly what it was told. */
import { createHash } from 'node:crypto';
import type { FactId, Wire } from '@tai-autonomics/core/author';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { oneLine } from '../bounds/bounded-text.ts';
import type { Clock, Ms, Observer, Recall, Seen, TenantResource } from '../ports.ts';

/** Pure, versioned code that turns raw evidence into facts; the packs bring theirs. */
export interface RawDetector {
  readonly id: string;
  readonly version: number;
  readonly facts: readonly FactId[];
  /** What it takes from the ledger beside what is seen: a fact of the ledger, of each release that a fact may name. */
  readonly recalls?: { readonly fact: FactId; readonly of: FactId };
  /** When the raw evidence itself says that it was seen; absent where it can't say. */
  seenAt?(raw: unknown): number | undefined;
  /** An upper bound of the steps that detecting takes; absent where that is linear in the size of the evidence. */
  steps?(raw: unknown): number;
  detect(raw: unknown): E.Either<string, Readonly<Record<FactId, Wire>>>;
}

/** What every local observer is told. */
export interface ObserverOptions {
  readonly source: string;
  readonly timeoutMs: Ms;
  readonly clock: Clock;
  /** Told why nothing was seen, for the host's log. */
  readonly onFault?: (of: TenantResource, detail: string) => void;
}

/** What an observer with a detector is told as well. */
export interface DetectorOptions extends ObserverOptions {
  readonly detector: RawDetector;
  /** Told the raw evidence as canonical JSON beside its digest, for a host that keeps it; a promise is waited for. */
  readonly onRaw?: (digest: string, canonical: string) => unknown;
}

/** A set, or a list of records, is evidence only with the statement that it is complete, which a detector's always is. */
export const stated = (value: Wire): unknown => (Array.isArray(value) ? { complete: true, items: value } : value);

/**
 * What the detector sees in raw evidence that was looked at from `observedAt` on. Evidence that carries its own time is
 * as old as that, however fresh the look.
 */
export const seenIn = async (
  raw: unknown,
  observedAt: Ms,
  { detector, onRaw }: Pick<DetectorOptions, 'detector' | 'onRaw'>,
): Promise<E.Either<string, readonly Seen[]>> => {
  const canonical = canonicalize(raw as Json);
  if (E.isLeft(canonical)) return E.left('the raw evidence has no canonical form');
  const facts = detector.detect(raw);
  if (E.isLeft(facts)) return facts;
  const digest = createHash('sha256').update(canonical.right, 'utf8').digest('base64url');
  await onRaw?.(digest, canonical.right);
  const ref = { detector: `${detector.id}@${detector.version}`, digest };
  const at = detector.seenAt?.(raw) ?? observedAt;
  return E.right(
    Object.entries(facts.right).map(([fact, value]) => ({ fact, value: stated(value), observedAt: at, ref })),
  );
};

/** What the ledger remembers of these names, by name, as raw evidence: only of those that it knows something of. */
export const remembered = (
  { recalls }: RawDetector,
  names: readonly string[],
  recall: Recall | undefined,
): Readonly<Record<string, string>> | undefined => {
  if (recalls === undefined || recall === undefined) return undefined;
  const known = names.flatMap((name): readonly (readonly [string, string])[] => {
    const value = recall(recalls.fact, { [recalls.of]: name });
    return typeof value === 'string' && value !== 'none' ? [[name, value]] : [];
  });
  return known.length === 0 ? undefined : Object.fromEntries(known);
};

/** An observer over a look that is a value: what can't be seen is silence, and a line for the host's log. */
export const observerOf = (
  options: ObserverOptions,
  facts: readonly FactId[],
  look: (
    of: TenantResource,
    signal: AbortSignal,
    recall: Recall | undefined,
  ) => Promise<E.Either<string, readonly Seen[]>>,
): Observer => ({
  source: options.source,
  facts,
  timeoutMs: options.timeoutMs,
  observe: async (resource, wanted, signal, tenant, recall) => {
    const of = { tenant, resource };
    const seen = await look(of, signal, recall);
    if (E.isRight(seen)) return seen.right.filter(({ fact }) => wanted.includes(fact));
    options.onFault?.(of, oneLine(seen.left));
    return [];
  },
});

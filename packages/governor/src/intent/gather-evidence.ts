/** Lets observers look. Each has its own limit of time; one that fails, hangs or talks nonsense has seen nothing. */

import type { Evidence } from '@tai-autonomics/core';
import type { FactId } from '@tai-autonomics/core/author';
import { isInstant } from '@tai-autonomics/core/engine';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Observer, Recall, Seen } from '../ports.ts';

/** What is larger, as canonical JSON, is not evidence that a receipt can hold. */
const MAX_VALUE_CHARACTERS = 16_384;
const MAX_REF_CHARACTERS = 1_024;
/** What one observer can have to say about one fact. More is nonsense, and would not fit into its disclosure. */
const MAX_STATEMENTS = 4;

/** Evidence of these facts about a resource, from all observers at once, who may ask what the ledger remembers. Never rejects. */
export const gather = async (
  observers: readonly Observer[],
  resource: OwnedResource,
  facts: readonly FactId[],
  recall?: Recall,
): Promise<readonly Evidence[]> => {
  if (facts.length === 0) return [];
  const all = await Promise.all(observers.map((observer) => look(observer, resource, facts, recall)));
  return all.flat();
};

const PRINTABLE = /^[ -~]*$/;
/** `[[{"value":""}]]`. */
const AROUND = 16;

/** Measured where it will stand: three levels inside its disclosure. */
const isRecordable = (value: unknown, maxCharacters: number): boolean => {
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return true;
  // Printable ASCII needs two characters at most where it stands.
  if (typeof value === 'string' && value.length * 2 + AROUND <= maxCharacters && PRINTABLE.test(value)) return true;
  const text = canonicalize([[{ value: value as Json }]]);
  return E.isRight(text) && text.right.length <= maxCharacters;
};

/** The governor stamps the source; what an observer says about facts that it is not registered for is dropped. */
const stamp = (
  observer: Observer,
  about: string,
  wanted: ReadonlySet<FactId>,
  seen: readonly Seen[],
): readonly Evidence[] => {
  const heard = seen.filter(({ fact, observedAt }) => wanted.has(fact) && isInstant(observedAt));
  const isNonsense = [...wanted].some((fact) => heard.filter((s) => s.fact === fact).length > MAX_STATEMENTS);
  return (isNonsense ? [] : heard).map((s) => ({
    fact: s.fact,
    about,
    value: isRecordable(s.value, MAX_VALUE_CHARACTERS) ? s.value : null,
    source: observer.source,
    observedAt: s.observedAt,
    ...(s.ref === undefined || !isRecordable(s.ref, MAX_REF_CHARACTERS) ? {} : { ref: s.ref }),
  }));
};

/** A resource, and whose it is. */
interface OwnedResource {
  readonly tenant: string;
  readonly about: string;
}

const look = async (
  observer: Observer,
  { tenant, about }: OwnedResource,
  facts: readonly FactId[],
  recall: Recall | undefined,
): Promise<readonly Evidence[]> => {
  const wanted = facts.filter((fact) => observer.facts.includes(fact));
  if (wanted.length === 0) return [];
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<readonly Seen[]>((resolve) => {
    timer = setTimeout(() => {
      stop.abort();
      resolve([]);
    }, observer.timeoutMs);
  });
  try {
    const seen = await Promise.race([observer.observe(about, wanted, stop.signal, tenant, recall), silence]);
    return stamp(observer, about, new Set(wanted), seen);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
};

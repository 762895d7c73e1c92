/** Lets observers look. Each has its own limit of time; one that fails, hangs or talks nonsense has seen nothing. */
import { canonicalize, type Evidence, type FactId, isInstant, type Json } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Observer, Seen } from './ports.ts';

/** What is larger, as canonical JSON, is not evidence that a receipt can hold. */
const MAX_VALUE_CHARACTERS = 65_536;

const recordable = (value: unknown): boolean => {
  const text = canonicalize(value as Json);
  return E.isRight(text) && text.right.length <= MAX_VALUE_CHARACTERS;
};

/** The governor stamps the source; what an observer says about facts that it is not registered for is dropped. */
const stamp = (
  observer: Observer,
  about: string,
  wanted: ReadonlySet<FactId>,
  seen: readonly Seen[],
): readonly Evidence[] =>
  seen
    .filter(({ fact, observedAt }) => wanted.has(fact) && isInstant(observedAt))
    .map((s) => ({
      fact: s.fact,
      about,
      value: recordable(s.value) ? s.value : null,
      source: observer.source,
      observedAt: s.observedAt,
      ...(s.ref === undefined || !recordable(s.ref) ? {} : { ref: s.ref }),
    }));

const look = async (observer: Observer, about: string, facts: readonly FactId[]): Promise<readonly Evidence[]> => {
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
    const seen = await Promise.race([observer.observe(about, wanted, stop.signal), silence]);
    return stamp(observer, about, new Set(wanted), seen);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
};

/** Evidence of these facts about a resource, from all observers at once. Never rejects. */
export const gather = async (
  observers: readonly Observer[],
  about: string,
  facts: readonly FactId[],
): Promise<readonly Evidence[]> => {
  if (facts.length === 0) return [];
  const all = await Promise.all(observers.map((observer) => look(observer, about, facts)));
  return all.flat();
};

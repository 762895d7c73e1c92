/** Sees what a detector sees in a JSON document: a file that something else keeps up to date, or an answer of a service. */
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Observer, TenantResource } from '../ports.ts';
import { type DetectorOptions, observerOf, seenIn } from './raw-evidence.ts';

/** What an observer of documents is made from. */
export interface DocumentObserverOptions extends DetectorOptions {
  /**
   * Reads the document about a resource: from a file (`readJsonFile`), or from a service, which is all that a second
   * format or a real one needs. What it rejects with is nothing seen.
   */
  readonly read: (of: TenantResource, signal: AbortSignal) => Promise<E.Either<string, unknown>>;
}

/**
 * An observer of documents. A document that says when it was seen (a series, by its last sample) is as old as that; any
 * other is dated at the beginning of the look, so it is never newer than what was seen.
 */
export const documentObserver = (options: DocumentObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal) => {
    const observedAt = options.clock();
    try {
      const raw = await options.read(of, signal);
      return E.isLeft(raw) ? raw : seenIn(raw.right, observedAt, options);
    } catch (thrown) {
      return E.left(`the document cannot be read: ${messageOf(thrown)}`);
    }
  });

/** Sees whether the configuration of a service is what was committed, in its git repository. */
import { either as E } from 'fp-ts';
import type { Observer, TenantResource } from '../ports.ts';
import { readConfiguration } from './configuration.ts';
import { openGit } from './git.ts';
import { type DetectorOptions, observerOf, seenIn } from './raw-evidence.ts';

/** What an observer of configuration is made from. */
export interface ConfigurationObserverOptions extends DetectorOptions {
  /** The top folder of a resource's repository; `undefined`: this observer doesn't know the resource. */
  readonly repository: (of: TenantResource) => string | undefined;
}

/**
 * An observer of configuration in git. It answers no fact at all when the resource is unknown to it, when `git` fails or is too
 * slow, or when more differs than it looks at. Facts are dated at the beginning of the look.
 */
export const configurationObserver = (options: ConfigurationObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal) => {
    const observedAt = options.clock();
    const path = options.repository(of);
    if (path === undefined) return E.left('no repository is registered for this resource');
    const git = await openGit(path, { timeoutMs: options.timeoutMs, signal });
    if (E.isLeft(git)) return git;
    const raw = await readConfiguration(git.right);
    return E.isLeft(raw) ? raw : seenIn(raw.right, observedAt, options);
  });

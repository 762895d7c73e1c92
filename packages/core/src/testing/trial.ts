/** What a test asserts about: an observation under a catalog, or the issues that made it none. */

import { either as E } from 'fp-ts';
import { parseDiffering } from '../cases/run-cases.ts';
import { type Catalog, compileCatalog } from '../catalog.ts';
import { type Issue, printIssue } from '../data/issue.ts';
import type { Observation } from '../observation.ts';

/** An observation under a catalog. What can't be read is kept as lines, so that an assertion can say them. */
export type Trial =
  | { readonly catalog: Catalog; readonly observation: Observation }
  | { readonly unreadable: readonly string[] };

/**
 * Prepares trials under one catalog as it is written. Each document lies over the scene: objects merge, lists replace,
 * `null` takes a member away, and is an issue where there is none by that name; `facts` states facts freshly (see `CaseTable`).
 * Total.
 *
 * @example
 * const ask = trials(library, scene);
 * expect(ask({ facts: { deployment_stable: false } })).toRefuse({ code: 'deployment_not_stable' });
 */
export const trials = (source: unknown, scene: unknown = {}): ((differs?: unknown) => Trial) => {
  const catalog = compileCatalog(source);
  return (differs = {}) => {
    if (E.isLeft(catalog)) return lines(catalog.left);
    const observation = parseDiffering(catalog.right, scene, differs);
    return E.isLeft(observation) ? lines(observation.left) : { catalog: catalog.right, observation: observation.right };
  };
};

const lines = (issues: readonly Issue[]): Trial => ({ unreadable: issues.map(printIssue) });

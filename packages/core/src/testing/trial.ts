/** What a test asserts about: an observation under a catalog, or the issues that made it none. */

import { either as E } from 'fp-ts';
import { layered } from '../cases/document.ts';
import { parseScene } from '../cases/run-cases.ts';
import { type Catalog, compileCatalog } from '../catalog.ts';
import { type Issue, printIssue } from '../data/issue.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { Observation } from '../observation.ts';
import { owns } from '../receipt/encoding/own.ts';

/** An observation under a catalog. What can't be read is kept as lines, so that an assertion can say them. */
export type Trial =
  | { readonly catalog: Catalog; readonly observation: Observation }
  | { readonly unreadable: readonly string[] };

/**
 * Prepares trials under one catalog as it is written. Each document lies over the scene: objects merge, lists replace,
 * `null` takes a member away; `facts` states facts freshly (see `CaseTable`). Total.
 *
 * @example
 * const ask = trials(library, scene);
 * expect(ask({ facts: { deployment_stable: false } })).toRefuse({ code: 'deployment_not_stable' });
 */
export const trials = (source: unknown, scene: unknown = {}): ((differs?: unknown) => Trial) => {
  const catalog = compileCatalog(source);
  return (differs = {}) => {
    if (E.isLeft(catalog)) return lines(catalog.left);
    const observation = parseScene(catalog.right, layered(scene, differs));
    return E.isLeft(observation) ? lines(observation.left) : { catalog: catalog.right, observation: observation.right };
  };
};

/** The decision of a trial; `undefined` where there is nothing to decide. */
export const decisionOf = (trial: Trial): Decision | undefined =>
  owns(trial, 'catalog') ? decide(trial.catalog, trial.observation) : undefined;

const lines = (issues: readonly Issue[]): Trial => ({ unreadable: issues.map(printIssue) });

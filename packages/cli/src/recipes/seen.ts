/** What is seen, as a person writes it: facts by name, and raw evidence by the detector that reads it. */
import type { Catalog, Issue } from '@tai-autonomics/core';
import { admit, describeType, type Value } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type Detector, detectors, standardWorkDetectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';

/** Facts by their names. */
export type Facts = ReadonlyMap<string, Value>;

const ALL: readonly Detector[] = [...standardWorkDetectors, ...detectors];

/** Reads `{ "facts": { … }, "evidence": { "kubernetes_pods": … } }`; either may be absent. What is said as a fact counts first. */
export const readSeen = (catalog: Catalog, x: unknown, path: Issue['path'] = []): E.Either<readonly Issue[], Facts> => {
  if (!isPlainObject(x))
    return E.left([{ path, expected: 'an object with `facts`, `evidence` or both', found: 'something else' }]);
  const { facts = {}, evidence = {} } = x;
  if (!isPlainObject(facts) || !isPlainObject(evidence))
    return E.left([{ path, expected: '`facts` and `evidence` to be objects', found: 'something else' }]);
  const issues: Issue[] = [];
  const seen = new Map<string, Value>();
  for (const [id, raw] of Object.entries(evidence)) {
    // The newest version of a detector stands first.
    const detector = ALL.find((one) => one.id === id);
    const found = detector?.detect(raw);
    const at = [...path, 'evidence', id];
    if (found === undefined) issues.push({ path: at, expected: `a detector: ${NAMES}`, found: `\`${id}\`` });
    else if (E.isLeft(found))
      issues.push({ path: at, expected: found.left.replace(/^expected /, ''), found: 'something else' });
    else for (const [fact, value] of Object.entries(found.right)) seen.set(fact, value);
  }
  for (const [fact, json] of Object.entries(facts)) {
    const type = catalog.facts.get(fact)?.type;
    const value = type === undefined ? undefined : admit(type)(json);
    if (value !== undefined) seen.set(fact, value);
    else
      issues.push({
        path: [...path, 'facts', fact],
        expected: type === undefined ? 'a fact of the catalog' : describeType(type),
        found: type === undefined ? `\`${fact}\`` : 'something else',
      });
  }
  return issues.length > 0 ? E.left(issues) : E.right(seen);
};

const NAMES = [...new Set(ALL.map(({ id }) => id))].sort().join(', ');

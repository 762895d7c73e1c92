/** What was said in an observation and not understood: for whoever wonders why evidence is missing that they supplied. */
import { either as E } from 'fp-ts';
import type { Catalog } from '../catalog.ts';
import type { Observation } from '../observation.ts';
import { type Codec, parseWith } from './codec.ts';
import { type Issue, type Path, suggestion } from './issue.ts';
import { codecOf, statementCodecOf } from './value-codec.ts';

/**
 * Evidence and arguments that are not of their declared types, with their paths in the observation: to the field of the
 * record. A decision reads them as missing or invalid, and says no more: what is ill-typed may not have been meant.
 */
export const illTyped = (catalog: Catalog, { evidence, intent }: Observation): readonly Issue[] => {
  const stated = evidence.flatMap(({ fact, value }, i): readonly Issue[] => {
    const declared = catalog.facts.get(fact);
    return declared?.origin === 'observed'
      ? issuesAt(['evidence', i, 'value'], statementCodecOf(declared.type), value)
      : [];
  });
  const declared = catalog.actions.get(intent.action.id)?.action.arguments;
  if (declared === undefined) return stated;
  const asked = Object.entries(intent.action.arguments).flatMap(([name, value]): readonly Issue[] => {
    const path: Path = ['intent', 'action', 'arguments', name];
    const argument = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (argument !== undefined) return issuesAt(path, codecOf(argument.type), value);
    const expected = `an argument of the action${suggestion(name, Object.keys(declared))}`;
    return [{ path, expected, found: `\`${name}\`` }];
  });
  return [...stated, ...asked];
};

const issuesAt = (path: Path, codec: Codec<unknown>, json: unknown): readonly Issue[] => {
  const read = parseWith(codec, json);
  return E.isRight(read) ? [] : read.left.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
};

/** Faults of wiring, found before anything is opened: all of them at once, one sentence each. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nearestNames } from '@tai-autonomics/core/engine';
import type { GovernorOptions } from './options.ts';
import type { Handler, Observer } from './ports.ts';
import { unsuppliedFacts } from './unsupplied.ts';

const SECRET_BYTES = 32;
const DOMAIN = /^[a-z0-9.-]{1,100}$/;
const SESSION = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

/** What is wrong with the options; nothing if a governor can be made of them. Hosts without a compiler get sentences too. */
export const wiringFaults = (options: GovernorOptions): readonly string[] => {
  const shape = [...portFaults(options), ...standingFaults(options), ...nameFaults(options)];
  if (shape.length > 0) return shape;
  return [...options.observers.flatMap(observed(options)), ...handlerFaults(options), ...unsuppliedFacts(options)];
};

type Loose = Readonly<Record<string, unknown>>;

const isMembers = (x: unknown): x is Loose => typeof x === 'object' && x !== null;

const portFaults = (options: GovernorOptions): readonly string[] => {
  const given = options as unknown as Loose;
  const missing = (names: readonly string[], is: (x: unknown) => boolean, expected: string): readonly string[] =>
    names.filter((name) => !is(given[name])).map((name) => `\`${name}\`: expected ${expected}`);
  return [
    ...missing(['store', 'signer', 'resources'], isMembers, 'an object'),
    ...missing(['clock', 'random', 'ownerOf'], (x) => typeof x === 'function', 'a function'),
    ...missing(['observers', 'handlers'], Array.isArray, 'a list'),
    ...missing(['catalogs'], (x) => Array.isArray(x) && x.length > 0, 'at least one loaded catalog'),
  ];
};

const standingFaults = ({ standing }: GovernorOptions): readonly string[] => {
  const given: unknown = standing;
  const mode = isMembers(given) ? given['mode'] : undefined;
  if (mode !== 'eval' && mode !== 'contractual') return ['`standing.mode`: expected eval or contractual'];
  if (standing.mode === 'eval')
    return typeof standing.session === 'string' && SESSION.test(standing.session)
      ? []
      : ['`standing.session`: expected the id of the pilot: 1 to 128 letters, digits and _.:-'];
  return isMembers(standing.insurance)
    ? []
    : ['`standing.insurance`: expected a verified certificate; a contractual deployment does not start without one'];
};

const nameFaults = ({ domain, secret }: GovernorOptions): readonly string[] => [
  ...(typeof domain === 'string' && DOMAIN.test(domain)
    ? []
    : [`\`domain\`: expected a host name in lower case, found ${JSON.stringify(domain)}`]),
  ...(secret instanceof Uint8Array && secret.length === SECRET_BYTES
    ? []
    : [`\`secret\`: expected ${SECRET_BYTES} bytes${secret instanceof Uint8Array ? `, found ${secret.length}` : ''}`]),
];

/** A name that no catalog has, and that one has nearly. A name that is far from all may be of a catalog to come. */
const misspelt = (name: string, known: readonly string[]): string | undefined =>
  known.includes(name) ? undefined : nearestNames(name, known, 1)[0];

const observed =
  ({ catalogs }: GovernorOptions) =>
  ({ source, facts }: Observer): readonly string[] => {
    const known = new Map(catalogs.flatMap(({ catalog }) => [...catalog.facts]));
    const accepted = facts.flatMap((id) => {
      const fact = known.get(id);
      return fact?.origin === 'observed' ? fact.sources : [];
    });
    const near = misspelt(source, accepted);
    return [
      ...(near === undefined
        ? []
        : [`the observer \`${source}\`: no fact of it is taken from there; did you mean \`${near}\`?`]),
      ...facts.flatMap((id) => {
        const meant = misspelt(id, [...known.keys()]);
        return meant === undefined
          ? []
          : [`the observer \`${source}\`: there is no fact \`${id}\`; did you mean \`${meant}\`?`];
      }),
    ];
  };

const handlerFaults = ({ catalogs, handlers }: GovernorOptions): readonly string[] => {
  const steps = catalogs.flatMap(({ catalog }) =>
    [...catalog.actions.values()].flatMap(({ action: { does } }) => (does.effect === 'internal' ? [] : [does.step])),
  );
  const again = handlers.filter(({ step }, i) => handlers.findIndex((other) => other.step === step) < i);
  return [
    ...again.map(({ step }) => `the step \`${step}\`: expected one handler, found another`),
    ...handlers.flatMap(({ step }) => {
      const near = misspelt(step, steps);
      return near === undefined
        ? []
        : [`the handler of \`${step}\`: no action has this step; did you mean \`${near}\`?`];
    }),
    ...handlers.filter(isGone).map(({ step, module }) => `the handler of \`${step}\`: there is no file ${module}`),
  ];
};

/** A package is looked for when it is loaded; a file can be looked for now. */
const isGone = ({ module }: Handler): boolean => {
  if (!module.startsWith('file:')) return false;
  try {
    return !existsSync(fileURLToPath(module));
  } catch {
    return true;
  }
};

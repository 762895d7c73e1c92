/** Facts that no observer supplies: an action that has a handler and can never be approved is a fault of the wiring. */
import type { Condition, FactId } from '@tai-autonomics/core/author';
import { factsOf, nearestNames } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import type { LoadedCatalog } from './catalogs/loaded-catalog.ts';
import type { GovernorOptions } from './options.ts';

/** What the governor looks at by itself: `catalog_store` and `policy_bench`. */
const OWN_SOURCES: readonly string[] = ['catalog_store', 'policy_bench'];

/**
 * One sentence for each fact without which an action that a handler carries out is never approved, and that no observer supplies.
 * A catalog may have actions that this deployment carries out never: those without a handler are left alone.
 */
export const unsuppliedFacts = ({
  catalogs: [{ catalog }],
  observers,
  handlers,
}: Pick<GovernorOptions, 'catalogs' | 'observers' | 'handlers'>): readonly string[] => {
  const steps = new Set(handlers.map(({ step }) => step));
  const found = new Map<FactId, string>();
  for (const [id, { action, requirements }] of catalog.actions) {
    const { does } = action;
    if (does.effect === 'internal' || does.effect === 'read' || !steps.has(does.step)) continue;
    for (const fact of requirements.flatMap(({ when }) => [...neededFor(true, when)])) {
      const sources = wantedOf(catalog, fact);
      if (found.has(fact) || sources.length === 0 || supplies(observers, fact, sources)) continue;
      found.set(
        fact,
        `the action \`${id}\` needs the fact \`${fact}\`, and no observer ${told(fact, sources, observers)}`,
      );
    }
  }
  return [...found.values()];
};

/** The facts without which a condition never comes to an answer: unknown, they leave it unknown or the other one, whatever else is. */
const neededFor = (isTrue: boolean, c: Condition): ReadonlySet<FactId> => {
  if (owns(c, 'all') || owns(c, 'any')) {
    const parts = (owns(c, 'all') ? c.all : c.any).map((part) => neededFor(isTrue, part));
    return owns(c, 'all') === isTrue ? new Set(parts.flatMap((part) => [...part])) : common(parts);
  }
  if (owns(c, 'not')) return neededFor(!isTrue, c.not);
  // Of an empty list nothing else is looked at.
  if (owns(c, 'every') || owns(c, 'some')) return new Set([c.fact]);
  return owns(c, 'each') ? new Set() : new Set(factsOf(c));
};

const common = ([first, ...rest]: readonly ReadonlySet<FactId>[]): ReadonlySet<FactId> =>
  new Set([...(first ?? [])].filter((id) => rest.every((other) => other.has(id))));

/** Where an observed fact may come from; none where it is not observed, or is the governor's own to see. */
const wantedOf = (catalog: LoadedCatalog['catalog'], id: FactId): readonly string[] => {
  const fact = catalog.facts.get(id);
  return fact?.origin === 'observed' ? fact.sources.filter((source) => !OWN_SOURCES.includes(source)) : [];
};

const supplies = (observers: GovernorOptions['observers'], fact: FactId, sources: readonly string[]): boolean =>
  observers.some((one) => sources.includes(one.source) && one.facts.includes(fact));

/** What is wanted, and what there is that may have been meant. */
const told = (fact: FactId, sources: readonly string[], observers: GovernorOptions['observers']): string => {
  const wanted = sources.map((source) => `\`${source}\``).join(' or ');
  const others = observers.filter((one) => one.facts.includes(fact)).map(({ source }) => `\`${source}\``);
  const near = nearestNames(
    fact,
    observers.flatMap(({ facts }) => facts),
    1,
  );
  const hint =
    others.length > 0
      ? `; ${others.join(', ')} does, from where it is not taken`
      : near[0] === undefined
        ? ''
        : `; did you mean \`${near[0]}\`?`;
  return `with the source ${wanted} supplies it${hint}`;
};

/** Decisions over the same observations, wherever and whenever this runs: the dice have a fixed seed. */
import { decide } from '@tai-autonomics/core';
import { lawful, lawfulReleases, observed, withPublishing } from '../fixtures/tenant.ts';
import { holds } from '../generators/dice.ts';
import { altered } from '../generators/observation.ts';

/** So many decisions, each as it is, in its own order of members. */
export const decided = (n: number): readonly string[] => {
  const all = Object.values({ ...lawful, ...lawfulReleases }).map((document) => observed(withPublishing, document));
  const texts: string[] = [];
  holds(n, (d) => {
    texts.push(JSON.stringify(decide(withPublishing, altered(d, withPublishing, d.pick(all), 4))));
  });
  return texts;
};

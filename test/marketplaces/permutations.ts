/**
 * What a marketplace tells, delivered in any order, repeated, and late: the marketplace’s own state moves on as it would, and the
 * desk reads it whenever a message arrives. However that happens, the tenant ends with one and the same entitlement.
 */
import type { DeskTables, Vendor } from '@tai-autonomics/adapter-http/marketplaces';
import { clockAt } from '../governor/kit.ts';
import { bytesOf, entitledTo, keptIn, NOW, openDesk, operatorEvents } from './kit.ts';

/** One thing that happens at the marketplace: what is so from then on, and the message that tells of it. */
export interface Step {
  readonly what: string;
  happens(): void;
  readonly message: unknown;
}

/** A story of one marketplace, told from its beginning. */
export interface Story {
  readonly marketplace: string;
  readonly vendor: (clock: () => number) => Vendor;
  readonly tables: DeskTables;
  /** Empties the marketplace. */
  begin(): void;
  readonly steps: readonly Step[];
}

/** What came of all orders that were tried. */
export interface Tried {
  readonly events: number;
  readonly orders: number;
  readonly deliveries: number;
  /** Each end state that was met, as JSON. */
  readonly ends: readonly string[];
  /** Messages that were left, in whichever order. */
  readonly kept: number;
}

/**
 * Tries the orders of a story, or each `every`-th of them. A message may overtake others, and is delivered again at the end of
 * its order if its place is even. When a message arrives, everything has happened that any message so far tells of.
 */
export const tryOrders = async (story: Story, every: number): Promise<Tried> => {
  const ends = new Set<string>();
  let [orders, deliveries, kept] = [0, 0, 0];
  for (const order of everyNth(permutations(story.steps.map((_, i) => i)), every)) {
    orders += 1;
    const again = order.filter((_, place) => (place + orders) % 2 === 0);
    const clock = clockAt(NOW);
    const setting = await openDesk(story.vendor(clock), story.tables, clock);
    story.begin();
    let happened = -1;
    for (const place of [...order, ...again]) {
      while (happened < place) story.steps[++happened]?.happens();
      // Time goes on: what a marketplace doesn’t date is dated by it.
      clock.now += 1_000;
      const answer = await setting.desk.take(bytesOf(story.steps[place]?.message));
      if (answer.answer !== 'kept') throw new Error(`${story.steps[place]?.what}: ${JSON.stringify(answer)}`);
      deliveries += 1;
    }
    kept += await keptIn(setting);
    ends.add(JSON.stringify(sorted(await entitledTo(setting))));
    const { length } = (await operatorEvents(setting)).filter((event) => event === 'event_held');
    if (length !== story.steps.length) throw new Error(`${length} messages were kept, of ${story.steps.length}`);
    await setting.governor.close();
  }
  return { events: story.steps.length, orders, deliveries, ends: [...ends], kept };
};

const sorted = (state: Readonly<Record<string, unknown>>): unknown =>
  Object.fromEntries(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));

function* everyNth<A>(all: Iterable<A>, n: number): Generator<A> {
  let i = 0;
  for (const one of all) if (i++ % n === 0) yield one;
}

function* permutations(items: readonly number[]): Generator<readonly number[]> {
  if (items.length <= 1) return yield items;
  for (const [i, first] of items.entries())
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [first, ...rest];
}

/**
 * What every host can ask of its own wiring: two tenants that give their resources one name never meet. It needs no test
 * framework; hand it the `describe` and `test` of yours.
 */
import assert from 'node:assert/strict';
import type { ActionStep } from '@tai-autonomics/core';
import { messageOf } from '../bounds/bounded-text.ts';
import { createExecutor, type ExecutorOptions } from '../executor/executor.ts';
import type { Handler, Observer, Seen, TenantResource } from '../ports.ts';

/** A deployment's observers and handlers, and the world around them, with a resource of one name at two tenants. */
export interface IsolationWiring {
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
  readonly executor?: ExecutorOptions;
  /** The name that both tenants give to a resource of theirs. The world is arranged so that every observer sees both. */
  readonly resource: string;
  readonly tenants: readonly [string, string];
  /** One step for every handler, each of which changes this resource as the world stands now. */
  readonly steps: (of: TenantResource) => Promise<readonly ActionStep[]>;
  /** All that stands in the world about this resource: anything that can be compared. */
  readonly world: (of: TenantResource) => Promise<unknown>;
}

/** One promise of the suite. */
export interface IsolationCase {
  readonly note: string;
  readonly run: (wiring: IsolationWiring) => Promise<void>;
}

/** A tenant that no wiring knows. */
const STRANGER = 'a tenant that nobody registered';

/** What one observer sees, without the instant of looking. */
interface Look {
  readonly source: string;
  readonly values: readonly unknown[];
}

/** Registers every promise as a test. `open` answers a new wiring over a new world each time. */
export const isolationSuite = (
  name: string,
  open: () => Promise<IsolationWiring>,
  { describe, test }: IsolationTestApi,
): void => {
  describe(`isolation: ${name}`, () => {
    for (const { note, run } of isolationCases) test(note, async () => run(await open()));
  });
};

/** What became of one promise. */
export interface IsolationResult {
  readonly note: string;
  readonly holds: boolean;
  /** In one sentence, where it does not hold. */
  readonly why?: string;
}

/** Tries every promise, each on a new wiring over a new world: plain JSON, to keep beside the evidence of a deployment. */
export const isolationReport = async (open: () => Promise<IsolationWiring>): Promise<readonly IsolationResult[]> => {
  const results: IsolationResult[] = [];
  for (const { note, run } of isolationCases) {
    try {
      await run(await open());
      results.push({ note, holds: true });
    } catch (thrown) {
      results.push({ note, holds: false, why: messageOf(thrown) });
    }
  }
  return results;
};

const looksAt = (observers: readonly Observer[], { tenant, resource }: TenantResource): Promise<readonly Look[]> => {
  const looks = observers.map(async ({ source, facts, timeoutMs, observe }) => {
    const seen = await observe(resource, facts, AbortSignal.timeout(timeoutMs), tenant);
    const values = seen.map(({ fact, value, ref }: Seen) => ({ fact, value, ref: ref ?? null }));
    return { source, values: values.sort((a, b) => (a.fact < b.fact ? -1 : 1)) };
  });
  return Promise.all(looks);
};

const placesOf = ({ resource, tenants: [one, other] }: IsolationWiring): readonly [TenantResource, TenantResource] => [
  { tenant: one, resource },
  { tenant: other, resource },
];

/** Carries every step out on the first tenant's resource; answers how each ended. */
const runAll = async (wiring: IsolationWiring, of: TenantResource, as = of): Promise<readonly string[]> => {
  const executor = createExecutor(wiring.handlers, wiring.executor);
  const ended: string[] = [];
  for (const step of await wiring.steps(of)) ended.push((await executor.run(step, as, 'contractual')).status);
  return ended;
};

/** All promises, each with a sentence that no other has. */
export const isolationCases: readonly IsolationCase[] = [
  {
    note: 'every handler has one step here, and every observer sees both resources',
    run: async (wiring) => {
      const places = placesOf(wiring);
      for (const of of places) {
        const steps = (await wiring.steps(of)).map(({ step }) => step).sort();
        assert.deepEqual(steps, wiring.handlers.map(({ step }) => step).sort());
        for (const look of await looksAt(wiring.observers, of))
          assert.notDeepEqual(look.values, [], `${look.source} sees nothing of the resource of ${of.tenant}`);
      }
    },
  },
  {
    note: 'a step changes the resource of its own tenant, and nothing of the other’s resource of that name',
    run: async (wiring) => {
      const [own, other] = placesOf(wiring);
      const before = [await wiring.world(own), await wiring.world(other)];
      const ended = await runAll(wiring, own);
      assert.deepEqual(new Set(ended), new Set(wiring.handlers.length === 0 ? [] : ['success']));
      if (wiring.handlers.length > 0) assert.notDeepEqual(await wiring.world(own), before[0], 'nothing was changed');
      assert.deepEqual(await wiring.world(other), before[1]);
    },
  },
  {
    note: 'what is seen of a tenant’s resource stays the same, whatever is done to the other’s of that name',
    run: async (wiring) => {
      const [own, other] = placesOf(wiring);
      const before = await looksAt(wiring.observers, other);
      await runAll(wiring, own);
      assert.deepEqual(await looksAt(wiring.observers, other), before);
    },
  },
  {
    note: 'a tenant that nobody registered sees nothing of theirs, and its steps change nothing of theirs',
    run: async (wiring) => {
      const [own, other] = placesOf(wiring);
      const stranger = { tenant: STRANGER, resource: wiring.resource };
      const seen = await looksAt(wiring.observers, stranger);
      const before = [await wiring.world(own), await wiring.world(other)];
      await runAll(wiring, own, stranger);
      assert.deepEqual([await wiring.world(own), await wiring.world(other)], before);
      await runAll(wiring, own);
      const after = await looksAt(wiring.observers, stranger);
      for (const [n, { source, values }] of seen.entries())
        if (values.length === 0)
          assert.deepEqual(after[n]?.values, [], `${source} shows a stranger what is not its own`);
    },
  },
];

/** The two functions of a test framework that the suite calls. */
export interface IsolationTestApi {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: (name: string, body: () => Promise<void>) => unknown;
}

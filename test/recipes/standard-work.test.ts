/** Standard work: every recipe is whole, is selected by evidence in its product's own format, and by nothing that nearly is it. */
import { compileCatalog, lint } from '@tai-autonomics/core';
import { compileRecipes } from '@tai-autonomics/core/analysis';
import { CATEGORIES, parseRecipe, type Value } from '@tai-autonomics/core/author';
import { diagnose } from '@tai-autonomics/core/engine';
import {
  type Detector,
  library,
  type RawEvidence,
  recipes,
  runbookOf,
  standardWorkDetectors,
  standardWorkFixtures,
  standardWorkRecipes,
  withStandardWork,
} from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';

const catalog = compiled(withStandardWork(library, ['enterprise']));
const book = () => {
  const told = compileRecipes(catalog, [...recipes, ...standardWorkRecipes]);
  if (E.isLeft(told))
    throw new Error(told.left.map(({ recipe, path, wrong }) => `${recipe}: ${path.join('.')}: ${wrong}`).join('\n'));
  return told.right;
};
const compiledBook = book();

/** What the detectors find in raw evidence. */
const factsIn = (evidence: RawEvidence): ReadonlyMap<string, Value> =>
  new Map(
    Object.entries(evidence).flatMap(([id, raw]) => {
      const detector = standardWorkDetectors.find((one) => one.id === id) as Detector;
      const found = detector.detect(raw);
      if (E.isLeft(found)) throw new Error(`${id}: ${found.left}`);
      return Object.entries(found.right);
    }),
  );

test('there are 20, 15, 15, 15 and 10 of the five categories at least, and nothing is wrong with any', () => {
  const least = { infrastructure: 20, data: 15, entitlement: 15, troubleshooting: 15, optimization: 10 };
  for (const category of CATEGORIES)
    expect([
      category,
      standardWorkRecipes.filter((recipe) => recipe.category === category).length >= least[category],
    ]).toEqual([category, true]);
  expect(standardWorkRecipes.length).toBe(79);
  for (const recipe of standardWorkRecipes) expect(parseRecipe(structuredClone(recipe))).toEqual(E.right(recipe));
});

describe('each is selected by evidence in the format of its product, and not by what nearly is it', () => {
  test.for(standardWorkRecipes.map((recipe) => [recipe.recipe_id, recipe] as const))('%s', ([id, recipe]) => {
    const fixtures = standardWorkFixtures[id] ?? [];
    expect(fixtures.map(({ selects }) => selects)).toEqual([true, false]);
    for (const { selects, evidence } of fixtures) {
      const answer = diagnose(compiledBook, recipe.kind, factsIn(evidence));
      expect(answer.answer === 'recipe' && answer.recipe.recipe_id === id, JSON.stringify(answer)).toBe(selects);
      // What nearly is it is known, too: it is another recipe's, or nobody's, and nothing is missing.
      expect(answer.answer).not.toBe('evidence_missing');
    }
  });
});

test('each says how it is verified, how it is undone or why not, and what it needs that is not on every machine', () => {
  for (const recipe of standardWorkRecipes) {
    const page = runbookOf(recipe);
    expect(page).toMatch(/Undone by|Not undone: /);
    expect(page).toContain('**Verification.**');
    for (const { command, needs } of recipe.steps) {
      expect(command).toBeDefined();
      expect(/gcloud|kubectl|cmctl|googleapis|marketplaceapi/.test(command ?? '')).toBe(needs !== undefined);
    }
  }
});

test('the catalog with standard work compiles, and the shipped one is as it was', () => {
  expect(E.isRight(compileCatalog(withStandardWork(library)))).toBe(true);
  expect(library.packs.some(({ pack_id }) => pack_id === 'standard_work')).toBe(false);
  const remedies = standardWorkRecipes.flatMap(({ steps }) => steps.map(({ action }) => action));
  expect(new Set(remedies).size).toBe(remedies.length);
  const errors = lint(withStandardWork(library, ['enterprise']), {
    only: new Set(['let_service_sleep', 'set_min_instances']),
  });
  expect(errors.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('traffic is sent elsewhere only where it goes to the newest revision, as it does again afterwards', () => {
  const evidence = structuredClone(standardWorkFixtures['route_to_ready_revision']?.[0]?.evidence ?? {}) as {
    readonly cloud_run_service: { readonly spec: { traffic: unknown } };
  };
  evidence.cloud_run_service.spec.traffic = [{ percent: 100, revisionName: 'checkout-00005-old' }];
  expect(diagnose(compiledBook, 'cloud_run_not_ready', factsIn(evidence)).answer).toBe('none');
});

test('what was pushed with an identity is not pushed without one', () => {
  const pull = standardWorkRecipes.find(({ recipe_id }) => recipe_id === 'pull_instead_of_push');
  expect(pull?.steps.map(({ undo }) => undo.by)).toEqual(['nothing']);
  expect(catalog.actions.has('push_to_endpoint')).toBe(false);
});

test('what may be done twice sets a value that is stated; nothing else is driven again', () => {
  const stated = /^(set_|turn_|route_to_|stop_pushing$|extend_ack_deadline$|let_service_sleep$)/;
  const ways = standardWorkRecipes.flatMap(({ steps }) =>
    steps.flatMap(({ action, undo }) => [action, ...(undo.by === 'action' ? [undo.action] : [])]),
  );
  for (const way of ways) {
    const does = catalog.actions.get(way)?.action.does;
    expect([way, does?.effect === 'external' && does.idempotent]).toEqual([way, stated.test(way)]);
  }
});

const foundBy = (id: string, raw: unknown): unknown => {
  const found = (standardWorkDetectors.find((one) => one.id === id) as Detector).detect(raw);
  return E.isRight(found) ? found.right : found.left;
};
const podOf = (
  phase: string,
  ...containers: readonly (readonly [string | undefined, string | undefined])[]
): object => ({
  status: {
    phase,
    ...(containers.length === 0 ? {} : { containerStatuses: containers.map(containerOf) }),
  },
});
const containerOf = ([waiting, terminated]: readonly [string | undefined, string | undefined]): object => ({
  restartCount: 1,
  state: waiting === undefined ? { running: {} } : { waiting: { reason: waiting } },
  lastState: terminated === undefined ? {} : { terminated: { reason: terminated } },
});

test.for([
  {
    note: 'why a container ended is told of the one that waits',
    pods: [podOf('Running', ['CrashLoopBackOff', 'Error'], [undefined, 'OOMKilled'])],
    seen: { pod_waiting: 'CrashLoopBackOff', pod_terminated: 'Error', pod_restarts: 1 },
  },
  {
    note: 'a pod that is not scheduled waits',
    pods: [podOf('Running', [undefined, undefined]), podOf('Pending')],
    seen: { pod_waiting: 'other', pod_terminated: 'none', pod_restarts: 1 },
  },
  {
    note: 'one that was evicted does not',
    pods: [podOf('Running', [undefined, undefined]), podOf('Failed')],
    seen: { pod_waiting: 'none', pod_terminated: 'none', pod_restarts: 1 },
  },
])('of pods, $note', ({ pods, seen }) => {
  expect(foundBy('kubernetes_pods', { kind: 'List', items: pods })).toEqual(seen);
});

test('of time series only those that go on are added up, whatever their order', () => {
  const series = (endTime: string, int64Value: string): object => ({
    metric: { type: 'run.googleapis.com/container/instance_count' },
    points: [{ interval: { endTime }, value: { int64Value } }],
  });
  const [gone, one, two] = ['11:59', '12:00', '12:00'].map((time, i) => series(`2026-01-26T${time}:00Z`, `${4 + i}`));
  for (const timeSeries of [
    [gone, one, two],
    [one, gone, two],
    [two, one, gone],
  ])
    expect(foundBy('cloud_monitoring', { timeSeries })).toEqual({ cloud_run_instances: 11 });
});

test('a newer version of a recipe takes the place of the shipped one, and the catalog compiles', () => {
  for (const shipped of [...recipes.slice(0, 1), ...standardWorkRecipes.slice(0, 1)]) {
    const source = withStandardWork(library, ['enterprise'], [{ ...shipped, version: '9.0.0' }]);
    expect(E.isRight(compileCatalog(source))).toBe(true);
    const kept = JSON.stringify(source.packs.map(({ actions }) => actions));
    const [newer, older] = ['9.0.0', shipped.version].map((version) =>
      kept.includes(`${shipped.recipe_id}@${version}`),
    );
    expect([newer, older]).toEqual([true, false]);
  }
});

test('a detector is total: whatever it is given, it finds facts of its own and of their types, or says what it expected', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...standardWorkDetectors),
      fc.anything({ withNullPrototype: true }),
      (detector, raw) => {
        const found = detector.detect(raw);
        if (E.isLeft(found)) expect(found.left).toMatch(/^expected /);
        else for (const fact of Object.keys(found.right)) expect(detector.facts).toContain(fact);
      },
    ),
    { numRuns: runs(3_000) },
  );
});

/** Evidence with one member taken away or put to something else, wherever it stands. */
const spoilt = (value: unknown): fc.Arbitrary<unknown> => {
  const places: (readonly string[])[] = [];
  const walk = (x: unknown, path: readonly string[]): void => {
    places.push(path);
    if (typeof x === 'object' && x !== null)
      for (const [name, inner] of Object.entries(x)) walk(inner, [...path, name]);
  };
  walk(value, []);
  const put = (x: unknown, [name, ...rest]: readonly string[], to: unknown): unknown => {
    if (name === undefined) return to;
    const copy = (Array.isArray(x) ? [...(x as readonly unknown[])] : { ...(x as object) }) as Record<string, unknown>;
    copy[name] = put(copy[name], rest, to);
    return copy;
  };
  return fc
    .tuple(
      fc.constantFrom(...places),
      fc.constantFrom<unknown>(undefined, null, '', 'x', -1, 1.5, Number.NaN, [], {}, true),
    )
    .map(([path, to]) => put(value, path, to));
};

test('spoilt evidence never gives a fact of another type than is declared', () => {
  const raw = Object.values(standardWorkFixtures).flatMap((fixtures) =>
    fixtures.flatMap(({ evidence }) => Object.entries(evidence)),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...raw).chain(([id, evidence]) => fc.tuple(fc.constant(id), spoilt(evidence))),
      ([id, evidence]) => {
        const detector = standardWorkDetectors.find((one) => one.id === id) as Detector;
        const found = detector.detect(evidence);
        if (E.isLeft(found)) return;
        for (const [fact, value] of Object.entries(found.right)) {
          const type = catalog.facts.get(fact)?.type;
          const kind = type?.type === 'integer' ? 'number' : type?.type === 'boolean' ? 'boolean' : 'string';
          expect(typeof value, fact).toBe(kind);
          if (type?.type === 'enum') expect(type.values).toContain(value);
          if (type?.type === 'integer') expect(Number.isSafeInteger(value) && Number(value) >= 0).toBe(true);
        }
      },
    ),
    { numRuns: runs(3_000) },
  );
});

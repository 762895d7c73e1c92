/** Recipes: read strictly, checked against a catalog over all observations, diagnosed as a slow reference does it (D-04, D-23, D-31). */
import { printIssue } from '@tai-autonomics/core';
import { checkRecipes, compileRecipes } from '@tai-autonomics/core/analysis';
import { isMoreSpecific, parseRecipe, type Recipe, recipeDigest } from '@tai-autonomics/core/author';
import { cohortOf, diagnose, inCohort } from '@tai-autonomics/core/engine';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { diagnosed, isNarrower, ties, truthIn } from '../reference/diagnose.ts';
import { runs } from '../runs.ts';
import { catalog, recipe, symptoms, type World, worlds } from './made-up.ts';

const [step] = recipe().steps;
const wrongs = (recipes: readonly Recipe[]): readonly string[] =>
  checkRecipes(catalog, recipes).findings.map(({ path, wrong }) => `${path.join('.')}: ${wrong}`);
const read = (json: unknown): string => {
  const parsed = parseRecipe(json);
  return E.isRight(parsed) ? 'read' : parsed.left.map(printIssue).join('\n');
};

test('a lawful recipe is read as it is, and nothing is wrong with it', () => {
  expect(parseRecipe(JSON.parse(JSON.stringify(recipe())))).toEqual(E.right(recipe()));
  expect(wrongs([recipe()])).toEqual([]);
});

describe('a recipe is read strictly: what is wrong is told with its place', () => {
  test.for([
    ['another format', { format: 'tai-autonomics/recipe@2' }, '$.format'],
    ['an unknown member', { color: 'red' }, 'no member `color`'],
    ['no step', { steps: [] }, '$.steps'],
    [
      'a step that does not say how it is undone',
      { steps: [{ means: 'x', action: 'mend', arguments: {} }] },
      '$.steps[0].undo',
    ],
    ['an undo by nothing without a reason', { steps: [{ ...step, undo: { by: 'nothing' } }] }, '$.steps[0].undo.why'],
    ['17 steps', { steps: new Array(17).fill(step) }, 'at most 16 steps'],
    ['no verification', { verify: undefined }, '$.verify'],
    ['a review by its owner', { review: { state: 'reviewed', by: 'platform' } }, '$.review.by'],
    ['a version that is none', { version: '1.0' }, '$.version'],
    ['a rollout to nobody', { rollout: 0 }, '$.rollout'],
  ] as const)('%s', ([, over, where]) => {
    expect(read({ ...recipe(), ...over })).toContain(where);
  });
});

describe('what a recipe names has to exist, and what it asks for has to be decidable', () => {
  test.for([
    [
      'an action that there is not',
      { steps: [{ ...step, action: 'mendd' }] },
      'steps.0.action: expected an action of the catalog (did you mean `mend`?)',
    ],
    [
      'an action of people alone',
      { steps: [{ ...step, action: 'look_away', arguments: {} }] },
      'an agent or a service may ask for',
    ],
    ['an argument that there is not', { steps: [{ ...step, arguments: { much: 1 } }] }, 'steps.0.arguments.much'],
    ['an argument of another type', { steps: [{ ...step, arguments: { by: 'much' } }] }, 'steps.0.arguments.by'],
    [
      'an argument from a fact of another type',
      { steps: [{ ...step, arguments: { by: { fact: 'hot' } } }] },
      'steps.0.arguments.by',
    ],
    [
      'an argument that is wanting',
      { steps: [{ ...step, undo: { by: 'action', action: 'unmend', arguments: {} } }] },
      'steps.0.undo.arguments.by',
    ],
    [
      'a last step that knows of no incident',
      { steps: [{ ...step, action: 'paint', arguments: { color: 'red' } }] },
      'takes an incident',
    ],
    [
      'a step before the last that takes an incident, and does not say so',
      { steps: [step, step] },
      'steps.0.incident: expected `true`: `mend` takes an incident',
    ],
    [
      'a step before the last that is the remedy',
      { steps: [{ ...step, incident: true }, step] },
      'steps.0.action: expected before the last step another action than the last one',
    ],
    [
      'a step in the incident by an action that takes none',
      { steps: [{ ...step, action: 'paint', arguments: { color: 'red' }, incident: true }, step] },
      'steps.0.incident: expected nothing: `paint` takes no incident',
    ],
    [
      'a last step that says that it is in the incident',
      { steps: [{ ...step, incident: true }] },
      'steps.0.incident: expected nothing: the last step is always asked for in the incident',
    ],
    [
      'a way back in an incident by an action that takes none',
      { steps: [{ ...step, undo: { ...step.undo, incident: true } }] },
      'steps.0.undo.incident: expected nothing: `unmend` takes no incident',
    ],
    [
      'a way back without the incident by an action that takes one',
      { steps: [{ ...step, undo: { by: 'action', action: 'mend', arguments: { by: 2 } } }] },
      'steps.0.undo.incident: expected `true`: `mend` takes an incident',
    ],
    [
      'an undo that there is not',
      { steps: [{ ...step, undo: { by: 'action', action: 'undo', arguments: {} } }] },
      'steps.0.undo.action',
    ],
    [
      'an undo that is the step',
      { steps: [{ ...step, undo: { by: 'action', action: 'mend', arguments: { by: 1 } } }] },
      'steps.0.undo: expected what takes the step back',
    ],
    ['a role that there is not', { roles: ['write_config', 'write_everything/x'] }, 'roles.1: expected one of'],
    [
      'a role that nothing asks for',
      { roles: ['write_config', 'write_iam'] },
      'roles.1: expected a role that a step asks for',
    ],
    ['a role too few', { roles: [] }, 'roles: expected the role `write_config`'],
    [
      'a fact that there is not',
      { symptom: { fact: 'hott', is: true } },
      'symptom.fact: expected a known fact (did you mean `hot`?)',
    ],
    ['an operator that a fact has not', { symptom: { fact: 'hot', above: 1 } }, 'symptom.above'],
    [
      'a symptom that is never true',
      {
        symptom: {
          all: [
            { fact: 'count', above: 2 },
            { fact: 'count', below: 1 },
          ],
        },
      },
      'symptom: the symptom is never true',
    ],
    [
      'a symptom that is always true',
      {
        symptom: {
          any: [
            { fact: 'hot', is: true },
            { fact: 'hot', is: false },
          ],
        },
      },
      'symptom: the symptom is true wherever it is known',
    ],
    ['a symptom over nothing', { symptom: { all: [] } }, 'symptom: the symptom is true wherever it is known'],
    [
      'a symptom that nobody observes',
      { symptom: { fact: 'mode', is: 'eval' } },
      'symptom: it looks at nothing that anybody observes',
    ],
    ['a verification that is never true', { verify: { any: [] } }, 'verify: the verification is never true'],
    ['a verification that nobody observes', { verify: { fact: 'mode', is: 'eval' } }, 'nothing would be verified'],
    [
      'a verification that holds before anything is done',
      { verify: { fact: 'hot', is: true } },
      'it holds before anything is done',
    ],
  ] as const)('%s', ([, over, why]) => {
    expect(wrongs([recipe(over as Partial<Recipe>)]).join('\n')).toContain(why);
  });

  test('the same recipe twice', () => {
    expect(wrongs([recipe(), recipe()])).toEqual(['recipe_id: another recipe has the same id and version']);
  });
});

const two = (one: Recipe['symptom'], other: Recipe['symptom']): readonly Recipe[] => [
  recipe({ symptom: one }),
  recipe({ recipe_id: 'other_one', symptom: other }),
];

test('two recipes tie exactly if trying every observation says so, and an observation of both is shown', () => {
  fc.assert(
    fc.property(symptoms, symptoms, (one, other) => {
      const told = checkRecipes(catalog, two(one, other)).findings.filter(({ wrong }) =>
        wrong.includes('it ties with'),
      );
      expect(told.length > 0).toBe(ties(one, other));
      for (const { example } of told)
        expect([truthIn(example as World, one), truthIn(example as World, other)]).toEqual([true, true]);
    }),
    { numRuns: runs(300) },
  );
});

test('a symptom is never or always true exactly if trying every observation says so', () => {
  fc.assert(
    fc.property(symptoms, (symptom) => {
      const told = checkRecipes(catalog, [recipe({ symptom })]).findings.map(({ wrong }) => wrong);
      const truths = new Set(worlds(false).map((world) => truthIn(world, symptom)));
      expect(told.includes('the symptom is never true')).toBe(!truths.has(true));
      expect(told.includes('the symptom is true wherever it is known')).toBe(!truths.has(false));
    }),
    { numRuns: runs(300) },
  );
});

test('a symptom that is narrower otherwise than by its parts is refused: one rule orders diagnoses and checks', () => {
  let refused = 0;
  fc.assert(
    fc.property(symptoms, symptoms, (one, other) => {
      const [a, b] = two(one, other) as [Recipe, Recipe];
      const told = checkRecipes(catalog, [a, b]).findings.filter(({ wrong }) => wrong.includes('not by its parts'));
      const isOrdered = isNarrower(one, other) || isNarrower(other, one);
      const isWritten = isNarrower(one, other) ? isMoreSpecific(a, b) : isMoreSpecific(b, a);
      expect(told.map(({ severity }) => severity)).toEqual(isOrdered && !isWritten ? ['error'] : []);
      refused += told.length;
    }),
    { numRuns: runs(300) },
  );
  expect(refused).toBeGreaterThan(0);
});

/** Libraries that compile: each recipe is kept if it ties with none before it, and is narrower by its parts alone. */
const libraries: fc.Arbitrary<readonly Recipe[]> = fc
  .array(fc.record({ own: symptoms, kind: fc.constantFrom('heat', 'flood'), asksForMore: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((all) => {
    const kept: Recipe[] = [];
    for (const [i, { own, kind, asksForMore }] of all.entries()) {
      const wider = asksForMore ? kept.findLast((other) => other.kind === kind)?.symptom : undefined;
      const parts = wider === undefined ? [] : 'all' in wider ? wider.all : [wider];
      const symptom = wider === undefined ? own : { all: [...parts, own] };
      const one = recipe({ recipe_id: `recipe_${i}`, symptom, kind });
      if (wrongs([one]).length > 0) continue;
      if (kept.every((other) => wrongs([other, one]).length === 0)) kept.push(one);
    }
    return kept;
  });
const seen = (world: World): ReadonlyMap<string, never> => new Map(Object.entries(world)) as never;

test('a diagnosis is the one of the slow reference, over every observation with gaps', () => {
  let found = 0;
  fc.assert(
    fc.property(libraries, (recipes) => {
      const book = compileRecipes(catalog, recipes);
      if (E.isLeft(book)) throw new Error(JSON.stringify(book.left));
      for (const world of worlds(true)) {
        const answer = diagnose(book.right, 'heat', seen(world));
        const short =
          answer.answer === 'recipe'
            ? answer.recipe.recipe_id
            : answer.answer === 'none'
              ? 'none'
              : answer.missing.map(({ fact }) => fact);
        expect(short).toEqual(diagnosed(recipes, 'heat', world));
        if (answer.answer === 'recipe') found += 1;
      }
    }),
    { numRuns: runs(100) },
  );
  expect(found).toBeGreaterThan(50);
});

test('with all the evidence that was asked for, whatever it says, nothing more is asked for', () => {
  fc.assert(
    fc.property(
      libraries,
      fc.constantFrom(...worlds(true)),
      fc.constantFrom(...worlds(false)),
      (recipes, world, whole) => {
        const book = compileRecipes(catalog, recipes);
        if (E.isLeft(book)) throw new Error('a tie');
        const first = diagnose(book.right, 'heat', seen(world));
        if (first.answer !== 'evidence_missing') return;
        expect(first.missing.length).toBeGreaterThan(0);
        const supplied = Object.fromEntries(first.missing.map(({ fact }) => [fact, whole[fact as keyof World]]));
        expect(diagnose(book.right, 'heat', seen({ ...world, ...supplied })).answer).not.toBe('evidence_missing');
      },
    ),
    { numRuns: runs(300) },
  );
});

test('of two recipes the narrower one is indicated wherever both are', () => {
  const [wide, narrow] = two(
    { fact: 'hot', is: true },
    {
      all: [
        { fact: 'hot', is: true },
        { fact: 'count', atLeast: 2 },
      ],
    },
  ) as [Recipe, Recipe];
  expect(isNarrower(narrow.symptom, wide.symptom)).toBe(true);
  const book = compileRecipes(catalog, [wide, narrow]);
  if (E.isLeft(book)) throw new Error('a tie');
  const answer = (world: World): unknown => {
    const told = diagnose(book.right, 'heat', seen(world));
    return told.answer === 'recipe' ? told.recipe.recipe_id : told.answer;
  };
  expect([
    answer({ hot: true, count: 2 }),
    answer({ hot: true, count: 1 }),
    answer({ hot: true }),
    answer({ hot: false }),
  ]).toEqual(['other_one', 'cool_down', 'evidence_missing', 'none']);
});

test('a plan has every argument filled in from what was seen', () => {
  const mending = recipe({
    steps: [
      {
        ...step,
        arguments: { by: { fact: 'count', plus: 2 } },
        undo: { by: 'action', action: 'unmend', arguments: { by: { fact: 'count' } } },
      },
    ],
  });
  const book = compileRecipes(catalog, [mending]);
  if (E.isLeft(book)) throw new Error('a tie');
  expect(diagnose(book.right, 'heat', seen({ hot: true, count: 3 }))).toMatchObject({
    answer: 'recipe',
    plan: [{ action: 'mend', arguments: { by: 5 }, undo: { action: 'unmend', arguments: { by: 3 } } }],
    seen: { hot: true },
  });
  expect(diagnose(book.right, 'heat', seen({ hot: true }))).toMatchObject({
    answer: 'evidence_missing',
    missing: [{ fact: 'count', why: 'missing', sources: ['monitor'], maxAgeMs: 60_000 }],
  });
});

test('a draft, and what its own owner reviewed, cannot be selected', () => {
  for (const review of [{ state: 'draft' }, { state: 'reviewed', by: 'platform' }] as const) {
    const book = compileRecipes(catalog, [recipe({ review })]);
    expect(E.isRight(book) && diagnose(book.right, 'heat', seen({ hot: true })).answer).toBe('none');
  }
});

describe('a version begins with few tenants', () => {
  const tenants = Array.from({ length: 2_000 }, (_, i) => `tenant_${i}`);
  const share = (rollout?: number): readonly string[] =>
    tenants.filter((tenant) =>
      inCohort({ recipe_id: 'cool_down', version: '1.1.0', ...(rollout === undefined ? {} : { rollout }) }, tenant),
    );

  test('with a larger share a cohort only grows, up to everybody', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), (a, b) => {
        const [less, more] = [share(Math.min(a, b)), new Set(share(Math.max(a, b)))];
        expect(less.every((tenant) => more.has(tenant))).toBe(true);
      }),
      { numRuns: runs(20) },
    );
    expect(share(100)).toEqual(tenants);
  });

  test('a cohort of tenants is of those alone, only grows with its share, is never empty, and about as large as it says', () => {
    const some = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 40 });
    const percents = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }));
    fc.assert(
      fc.property(some, fc.string(), percents, (names, what, [a, b]) => {
        const [less, more] = [cohortOf(what, names, Math.min(a, b)), cohortOf(what, names, Math.max(a, b))];
        expect(less.every((tenant) => more.includes(tenant))).toBe(true);
        expect(more.every((tenant) => names.includes(tenant))).toBe(true);
        expect(less.length === 0).toBe(names.length === 0);
        expect(cohortOf(what, [...names].reverse(), Math.min(a, b)).toSorted()).toEqual(less.toSorted());
        expect(cohortOf(what, names, 100)).toEqual(names);
      }),
      { numRuns: runs(200) },
    );
    for (const percent of [5, 25, 50, 75]) {
      const { length } = cohortOf('a catalog', tenants, percent);
      expect(Math.abs(length / tenants.length - percent / 100)).toBeLessThan(0.03);
    }
    expect(cohortOf('a catalog', tenants, 25)).not.toEqual(cohortOf('another catalog', tenants, 25));
  });

  test('it is about as large as it says, 5 percent where it says nothing, and always the same', () => {
    expect(share()).toEqual(share(5));
    expect(share(5)).toEqual(share(5));
    expect(share(5).length).toBeGreaterThan(60);
    expect(share(5).length).toBeLessThan(140);
    expect(inCohort({ recipe_id: 'cool_down', version: '1.0.0', rollout: 5 }, 'tenant_7')).toBe(false);
  });

  test('whoever is not in it has the version before, and whoever is has the new one alone', () => {
    const next = recipe({ version: '1.1.0', rollout: 50, symptom: { fact: 'hot', is: true } });
    const book = compileRecipes(catalog, [recipe(), next]);
    if (E.isLeft(book)) throw new Error('a tie');
    for (const tenant of tenants.slice(0, 100)) {
      const answer = diagnose(book.right, 'heat', seen({ hot: true }), { tenant });
      const version = answer.answer === 'recipe' ? answer.recipe.version : answer.answer;
      expect(version).toBe(inCohort(next, tenant) ? '1.1.0' : '1.0.0');
    }
  });
});

test('another recipe has another digest; the same one, in any order of members, the same', () => {
  const backwards = Object.fromEntries(Object.entries(recipe()).reverse()) as unknown as Recipe;
  expect(recipeDigest(backwards)).toBe(recipeDigest(recipe()));
  expect(recipeDigest(recipe({ title: 'Cool it' }))).not.toBe(recipeDigest(recipe()));
});

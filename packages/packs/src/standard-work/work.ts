/** One piece of standard work: a recipe, the actions that carry it out and take it back, and two fixtures that hold it to its symptom. */
import {
  type Action,
  type Cell,
  type Condition,
  type LedgerFact,
  RECIPE_FORMAT,
  type Recipe,
  type RecipeStep,
  type Requirement,
  type Role,
  type RunsStep,
  type Status,
  type Write,
} from '@tai-autonomics/core/author';
import { aboutItsResource, incidentOrNone, isIn, mustBe } from '../incident/machine.ts';
import { asRemedy } from '../incident/remedy.ts';
import { recipeRuns } from '../incident/scopes.ts';
import { standardWorkFacts } from './facts.ts';
import type { StepSpec, WayBack } from './step.ts';
import { type Tied, tie } from './way-back.ts';

/** Raw evidence, by the detector that reads it. */
export type RawEvidence = Readonly<Record<string, unknown>>;

/** Evidence in the product's own format, and whether the recipe is selected by it. */
export interface RecipeFixture {
  readonly note: string;
  readonly selects: boolean;
  readonly evidence: RawEvidence;
}

/** A step before the last: what is seen once it is done, and how it is taken back. */
interface Before {
  readonly step: StepSpec & { readonly command: string; readonly needs?: string };
  readonly verify: Condition;
  readonly undo: TakenBack;
}
type TakenBack = Exclude<WayBack, { readonly why: string }>;

/** What a piece of work is made from. */
export interface WorkSpec
  extends Pick<
    Recipe,
    'recipe_id' | 'title' | 'category' | 'kind' | 'explanation' | 'symptom' | 'verify' | 'prevention'
  > {
  /** What has to be done before the step, in the same incident, each with its own way back. */
  readonly before?: readonly Before[];
  readonly step: StepSpec & { readonly command: string; readonly needs?: string };
  /** How it is taken back, with what is seen then; or why it isn't. */
  readonly undo: WayBack;
  readonly selects: RawEvidence;
  readonly nearly: readonly [string, RawEvidence];
}
/** A recipe with its actions and its fixtures. */
export interface Work {
  readonly recipe: Recipe;
  readonly actions: Readonly<Record<string, Action>>;
  /** What is kept of what was carried out, for the way back. */
  readonly cells: Readonly<Record<string, Cell>>;
  readonly facts: Readonly<Record<string, LedgerFact>>;
  readonly fixtures: readonly RecipeFixture[];
}

/** What every step of standard work needs: it changes the configuration of what it is about. */
const ROLES: readonly Role[] = ['read_deployment', 'write_config'];

/** Makes a piece of work from what is written of it. */
export const work = (spec: WorkSpec): Work => {
  const { before = [], step, undo, selects, nearly, ...rest } = spec;
  const last = recipeStep(step, undo);
  const tied = tie(step, undo);
  const earlier = before.map((one) => ({ ...one, tied: tie(one.step, one.undo) }));
  const ties = [tied, ...earlier.map((one) => one.tied)];
  const isFirst = (one: Before): RecipeStep => ({ ...recipeStep(one.step, one.undo), incident: true });
  const [first = last, ...more] = [...before.map(isFirst), last];
  return {
    recipe: {
      format: RECIPE_FORMAT,
      version: '1.0.0',
      ...rest,
      steps: [first, ...more],
      roles: ROLES,
      owner: 'platform',
      review: { state: 'reviewed', by: 'sre' },
    },
    actions: Object.fromEntries([
      ...earlier.flatMap((one) => [
        [one.step.action, leadingTo(rest.recipe_id, one)] as const,
        [one.undo.action, undoing(one.undo, one.tied)] as const,
      ]),
      [
        step.action,
        remedy(
          step,
          rest.verify,
          tied,
          earlier.flatMap((one) => one.tied.isThere),
        ),
      ],
      ...(isTakenBack(undo) ? [[undo.action, undoing(undo, tied)] as const] : []),
    ]),
    cells: Object.assign({}, ...ties.map(({ cells }) => cells)),
    facts: Object.assign({}, ...ties.map(({ facts }) => facts)),
    fixtures: [
      { note: 'it is indicated', selects: true, evidence: selects },
      { note: nearly[0], selects: false, evidence: nearly[1] },
    ],
  };
};

const isTakenBack = (undo: WayBack): undo is TakenBack => !Object.hasOwn(undo, 'why');

/** Every step belongs to the incident, and so does its way back. */
const recipeStep = (step: Before['step'], undo: WayBack): RecipeStep => ({
  means: step.means,
  action: step.action,
  arguments: filledIn(step.with),
  undo: isTakenBack(undo)
    ? {
        by: 'action',
        action: undo.action,
        arguments: filledIn(undo.with),
        incident: true,
      }
    : { by: 'nothing', why: undo.why },
  command: step.command,
  ...(step.needs === undefined ? {} : { needs: step.needs }),
});

const filledIn = (facts: StepSpec['with'] = {}): Recipe['steps'][number]['arguments'] =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, { fact }]));

const argumentsOf = (facts: StepSpec['with'] = {}): Action['arguments'] =>
  Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => {
      const { means, type } = standardWorkFacts[fact] ?? { means: fact, type: { type: 'string' } as const };
      return [name, { means, type }];
    }),
  );

const ended = (emits: string, writes: readonly Write[] = []): RunsStep['after'][Status] => ({ emits, writes });

/** What is written once it is approved, where it was not done, where it was, and where nobody knows whether it was. */
interface Written {
  readonly approved: readonly Write[];
  readonly undone: readonly Write[];
  readonly done: readonly Write[];
  readonly uncertain: readonly Write[];
}

const runs = (
  { action, with: facts = {}, idempotent = false }: StepSpec,
  verify: Condition,
  { undone, done, uncertain }: Omit<Written, 'approved'>,
): RunsStep => ({
  effect: 'external',
  step: action,
  with: Object.fromEntries(Object.keys(facts).map((name) => [name, { fact: `argument.${name}` }])),
  verify,
  idempotent,
  begins: 'action_begun',
  after: {
    success: ended('standard_work_done', done),
    failed: ended('action_executed', undone),
    timeout: ended('action_executed', uncertain),
    memory_exceeded: ended('action_executed', uncertain),
    unknown: ended('action_executed', uncertain),
  },
});

/** The owner of a tenant says beforehand, resource by resource, that standard work may be done. */
const isAllowed: Requirement = {
  code: 'standard_work_not_allowed',
  means: 'the owner allows standard work on this resource',
  when: { fact: 'standard_work_allowed', is: true },
  remedy: {
    by: 'authority',
    who: { type: 'user', relation: 'owner' },
    submit: { action: 'allow_standard_work', arguments: { allowed: true } },
  },
};

const action = (
  step: StepSpec,
  verify: Condition,
  requires: readonly Requirement[],
  { approved, ...written }: Written,
): Action & { readonly does: RunsStep } => ({
  means: step.means,
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ROLES,
  arguments: argumentsOf(step.with),
  requires,
  emits: { approve: 'standard_work_approved', refuse: 'action_refused' },
  writes: approved,
  does: runs(step, verify, written),
});

const stepThere = (
  step: StepSpec,
  verify: Condition,
  requires: readonly Requirement[],
  { asSeen, opening, ending, keeping }: Tied,
): Action & { readonly does: RunsStep } => {
  const kept = [...ending, ...keeping];
  return action(step, verify, [...requires, ...asSeen], {
    approved: opening,
    undone: ending,
    done: kept,
    uncertain: kept,
  });
};

const stepBack = (
  undo: TakenBack,
  requires: readonly Requirement[],
  { asKept, opening, ending, forgetting }: Tied,
): Action =>
  action(undo, undo.verify, [...requires, ...asKept], {
    approved: opening,
    undone: ending,
    done: [...ending, ...forgetting],
    uncertain: ending,
  });

/** The incident waits for a decision on what was found. */
const isChecked: readonly Requirement[] = [
  mustBe('incident_not_checked', 'the incident was checked', isIn('checked'), 'check_incident'),
  aboutItsResource,
];

const inIncident = (action: Action): Action => ({
  ...action,
  arguments: { incident: incidentOrNone, ...action.arguments },
});

/** A step before the last: it moves the incident nowhere, and is asked for while its recipe is the one that was found. */
const leadingTo = (recipe: string, { step, verify, tied }: Before & { readonly tied: Tied }): Action => {
  const isItsRecipe: Condition = { fact: 'incident_recipe_id', is: recipe };
  return inIncident(
    stepThere(
      step,
      verify,
      [
        ...isChecked,
        mustBe('incident_not_checked', 'its recipe is the one that this is a step of', isItsRecipe, 'check_incident'),
        isAllowed,
        ...recipeRuns(isItsRecipe),
      ],
      tied,
    ),
  );
};

/** The last step: what comes before it was carried out. */
const remedy = (step: StepSpec, verify: Condition, tied: Tied, before: readonly Requirement[]): Action =>
  asRemedy(
    stepThere(
      step,
      verify,
      [
        ...isChecked,
        mustBe(
          'incident_not_checked',
          'its recipe is carried out by this',
          { fact: 'incident_remedy', is: { fact: 'action' } },
          'check_incident',
        ),
        ...before,
        isAllowed,
      ],
      tied,
    ),
  );

/** A way back is asked for in the incident of the way there; it moves that incident nowhere. */
const undoing = (undo: TakenBack, tied: Tied): Action =>
  inIncident(
    stepBack(
      undo,
      [
        mustBe(
          'incident_not_checked',
          'the incident was checked, and nothing of it runs',
          isIn('checked', 'executed', 'verified', 'declined', 'closed'),
          'check_incident',
        ),
        aboutItsResource,
        isAllowed,
      ],
      tied,
    ),
  );

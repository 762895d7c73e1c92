/** One piece of standard work: a recipe, the actions that carry it out and take it back, and two fixtures that hold it to its symptom. */
import {
  type Action,
  type Condition,
  RECIPE_FORMAT,
  type Recipe,
  type Requirement,
  type Role,
  type RunsStep,
  type Status,
} from '@tai-autonomics/core/author';
import { aboutItsResource, isIn, mustBe } from '../incident/machine.ts';
import { asRemedy } from '../incident/remedy.ts';
import { standardWorkFacts } from './facts.ts';

/** Raw evidence, by the detector that reads it. */
export type RawEvidence = Readonly<Record<string, unknown>>;

/** Evidence in the product's own format, and whether the recipe is selected by it. */
export interface RecipeFixture {
  readonly note: string;
  readonly selects: boolean;
  readonly evidence: RawEvidence;
}

/** A step as it is written here: its arguments are named after what they mean, and filled in from facts. */
interface StepSpec {
  readonly action: string;
  readonly means: string;
  readonly with?: Readonly<Record<string, string>>;
  /** Whether it may be done twice, since it sets a value that is stated. Otherwise it is not driven again once it began. */
  readonly idempotent?: boolean;
}
/** What a piece of work is made from. */
export interface WorkSpec
  extends Pick<
    Recipe,
    'recipe_id' | 'title' | 'category' | 'kind' | 'explanation' | 'symptom' | 'verify' | 'prevention'
  > {
  readonly step: StepSpec & { readonly command: string; readonly needs?: string };
  /** How it is taken back, with what is seen then; or why it isn't. */
  readonly undo: (StepSpec & { readonly verify: Condition }) | { readonly why: string };
  readonly selects: RawEvidence;
  readonly nearly: readonly [string, RawEvidence];
}
/** A recipe with its actions and its fixtures. */
export interface Work {
  readonly recipe: Recipe;
  readonly actions: Readonly<Record<string, Action>>;
  readonly fixtures: readonly RecipeFixture[];
}

/** What every step of standard work needs: it changes the configuration of what it is about. */
const ROLES: readonly Role[] = ['read_deployment', 'write_config'];

/** Makes a piece of work from what is written of it. */
export const work = (spec: WorkSpec): Work => {
  const { step, undo, selects, nearly, ...rest } = spec;
  const isUndone = !Object.hasOwn(undo, 'why');
  const back = undo as Exclude<WorkSpec['undo'], { readonly why: string }>;
  return {
    recipe: {
      format: RECIPE_FORMAT,
      version: '1.0.0',
      ...rest,
      steps: [
        {
          means: step.means,
          action: step.action,
          arguments: filledIn(step.with),
          undo: isUndone
            ? { by: 'action', action: back.action, arguments: filledIn(back.with) }
            : { by: 'nothing', why: (undo as { readonly why: string }).why },
          command: step.command,
          ...(step.needs === undefined ? {} : { needs: step.needs }),
        },
      ],
      roles: ROLES,
      owner: 'platform',
      review: { state: 'reviewed', by: 'sre' },
    },
    actions: {
      [step.action]: remedy(step, rest.verify),
      ...(isUndone ? { [back.action]: undoing(back, back.verify) } : {}),
    },
    fixtures: [
      { note: 'it is indicated', selects: true, evidence: selects },
      { note: nearly[0], selects: false, evidence: nearly[1] },
    ],
  };
};

const filledIn = (facts: StepSpec['with'] = {}): Recipe['steps'][number]['arguments'] =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, { fact }]));

const argumentsOf = (facts: StepSpec['with'] = {}): Action['arguments'] =>
  Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => {
      const { means, type } = standardWorkFacts[fact] ?? { means: fact, type: { type: 'string' } as const };
      return [name, { means, type }];
    }),
  );

const ended = (emits: string): RunsStep['after'][Status] => ({ emits, writes: [] });

const runs = ({ action, with: facts = {}, idempotent = false }: StepSpec, verify: Condition): RunsStep => ({
  effect: 'external',
  step: action,
  with: Object.fromEntries(Object.keys(facts).map((name) => [name, { fact: `argument.${name}` }])),
  verify,
  idempotent,
  begins: 'action_begun',
  after: {
    success: ended('standard_work_done'),
    failed: ended('action_executed'),
    timeout: ended('action_executed'),
    memory_exceeded: ended('action_executed'),
    unknown: ended('action_executed'),
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
): Action & { readonly does: RunsStep } => ({
  means: step.means,
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ROLES,
  arguments: argumentsOf(step.with),
  requires,
  emits: { approve: 'standard_work_approved', refuse: 'action_refused' },
  writes: [],
  does: runs(step, verify),
});

const remedy = (step: StepSpec, verify: Condition): Action =>
  asRemedy(
    action(step, verify, [
      mustBe('incident_not_checked', 'the incident was checked', isIn('checked'), 'check_incident'),
      aboutItsResource,
      mustBe(
        'incident_not_checked',
        'its recipe is carried out by this',
        { fact: 'incident_remedy', is: { fact: 'action' } },
        'check_incident',
      ),
      isAllowed,
    ]),
  );

const undoing = (step: StepSpec, verify: Condition): Action => action(step, verify, [isAllowed]);

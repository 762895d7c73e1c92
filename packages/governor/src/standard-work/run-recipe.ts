/**
 * Carries a recipe's plan out, step by step, as intents and as nothing else: each step is decided, recorded and verified like any
 * other, and so is each step back. It keeps nothing: every intent has an id made from the plan, so that asking again from the
 * first step on finds what is recorded, and goes on behind it (D-01, D-23).
 */
import { createHash } from 'node:crypto';
import type { PlannedStep } from '@tai-autonomics/core/engine';
import { canonicalize, isPlainObject, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, Caller, Decided, Governor, Submitted } from '../api.ts';

/** What is carried out: the plan of one diagnosis, for one incident about one resource. */
export interface RecipeRun {
  readonly incident: string;
  readonly resource: string;
  /** The recipe's id; its version and digest stand in `incident_recipe` and in the catalog that the receipts name. */
  readonly recipe: string;
  readonly version: string;
  readonly plan: readonly PlannedStep[];
  /**
   * Which writing of the plan it is: incidents come back under the same id, and what was done then is not what is done now. Make
   * it one that nobody guesses: whoever has it, and may ask for the steps, can go on with the run. Absent: a run of one caller's.
   */
  readonly planned?: string;
}

/** One intent of a run, as it ended. */
export interface RunStep {
  readonly action: string;
  readonly means: string;
  /** The intent's id: `list_receipts` finds its receipt. */
  readonly id?: string;
  readonly seq?: number;
  /**
   * `waiting`: refused, not decided or not ended yet; ask again later. `uncertain`: it may have been done, nobody knows.
   * `kept`: nothing takes it back, as its recipe says.
   */
  readonly ended: 'done' | 'failed' | 'uncertain' | 'waiting' | 'undone' | 'kept' | 'not_undone';
  readonly why?: string;
}

/** How a run stands. */
export interface RunReport {
  /**
   * `verified`: every step was done, and what was to be seen is seen. `waiting`: something is refused for now, the last step says
   * what. `undone`: it failed, and all that was done was taken back. `left`: it failed, and some of it could not be taken back.
   */
  readonly stands: 'verified' | 'waiting' | 'undone' | 'left';
  /** In the order in which they were asked for. */
  readonly steps: readonly RunStep[];
}

/** How a run may end early. */
export interface RunOptions {
  /** Gives up: no further step is asked for, by anybody who goes on with this run, and what was done is taken back. */
  readonly giveUp?: boolean;
}

/** The most attempts at one step that are looked through. */
const ATTEMPTS_MAX = 100;

/**
 * Goes on with a run, and says how it stands. Safe to call again after anything: a step that was done is not done again, and a
 * step that failed is not tried again but taken back, the last one first. Another caller goes on where this one stopped, with
 * the same plan and the right roles. Only `submit` is called.
 */
export const runRecipe = async (
  governor: Pick<Governor, 'submit'>,
  caller: Caller,
  run: RecipeRun,
  { giveUp = false }: RunOptions = {},
): Promise<RunReport> => {
  const asker = createAsker(governor, caller, run);
  const steps: RunStep[] = [];
  const done: Done[] = [];
  let isGivenUp = giveUp;
  for (const intent of intentsOf(run)) {
    const end: RunStep | 'given_up' = isGivenUp ? await asker.past(intent) : await asker.ask(intent);
    if (end === 'given_up') {
      // Whoever gave up took the ids of the steps behind: look at those before, and take back.
      isGivenUp = true;
      if (!giveUp) return runRecipe(governor, caller, run, { giveUp: true });
      continue;
    }
    steps.push(end);
    const { step } = intent;
    if (step !== undefined && (end.ended === 'done' || end.ended === 'uncertain'))
      done.push({ step, name: intent.name });
    if (end.ended === 'waiting') return { stands: 'waiting', steps };
    if (end.ended !== 'done') return takeBack(asker, run, steps, done);
  }
  const isVerified = steps.some(({ action, ended }) => action === VERIFY && ended === 'done');
  return isVerified ? { stands: 'verified', steps } : takeBack(asker, run, steps, done);
};

/** The name of a run: the same writing of the same plan for the same incident, the same intents. */
export const runName = (run: RecipeRun): string => {
  const text = canonicalize(run as unknown as Json);
  // The governor finds intents with the first prefix again for every caller, those with the other one for theirs alone.
  const prefix = run.planned === undefined ? 'plan' : 'run';
  return `${prefix}-${createHash('sha256')
    .update(E.isRight(text) ? text.right : '', 'utf8')
    .digest('base64url')
    .slice(0, 22)}`;
};

interface Intent {
  readonly name: string;
  readonly action: string;
  readonly means: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The step that it is, if it can be taken back. */
  readonly step?: PlannedStep;
}
interface Done {
  readonly step: PlannedStep;
  readonly name: string;
}
interface Asker {
  /** Asks, or finds what is recorded; again where it was refused before. `given_up`: somebody took its id. */
  readonly ask: (intent: Intent) => Promise<RunStep | 'given_up'>;
  /**
   * Finds what is recorded. Where nothing is, its id is taken by the same action with an argument that no action has: that is
   * refused, and recorded, so that it can't be asked for any more. Only who may ask for the action can do that.
   */
  readonly past: (intent: Intent) => Promise<RunStep | 'given_up'>;
}

const VERIFY = 'verify_incident';
/** No argument of an action can be called so. */
const GIVEN_UP = 'given-up';

const intentsOf = ({ incident, recipe, plan }: RecipeRun): readonly Intent[] => [
  { name: 'check', action: 'check_incident', means: 'checks the incident', args: { incident, recipe } },
  ...plan.map((step, i): Intent => {
    const isInIncident = step.incident === true || i === plan.length - 1;
    const args = isInIncident ? { ...step.arguments, incident } : step.arguments;
    return { name: `step-${i}`, action: step.action, means: step.means, args, step };
  }),
  { name: 'verify', action: VERIFY, means: 'verifies that it is over', args: { incident } },
];

const createAsker = (governor: Pick<Governor, 'submit'>, caller: Caller, run: RecipeRun): Asker => {
  const prefix = runName(run);
  const submit = (id: string, action: string, args: Intent['args']): Promise<Submitted> => {
    const asked: Asked = { id, action, resource: run.resource, arguments: args, incident: run.incident };
    return governor.submit(caller, asked);
  };
  const attempts = async (
    { name, action, means, args }: Intent,
    isTaken: (id: string) => Promise<RunStep | undefined | 'given_up'>,
    spent: RunStep | 'given_up',
  ): Promise<RunStep | 'given_up'> => {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const id = `${prefix}-${name}-${attempt}`;
      const taken = await isTaken(id);
      if (taken !== undefined) return taken;
      const answer = await submit(id, action, args);
      if (isConflict(answer)) return 'given_up';
      const end = endOf(answer, { action, means, id });
      const isOldRefusal = answer.decided && answer.repeated && answer.decision.verdict === 'refuse';
      if (end.ended !== 'waiting' || !isOldRefusal) return end;
    }
    return spent;
  };
  return {
    ask: ({ action, means, ...rest }) => {
      const why = `it was refused ${ATTEMPTS_MAX} times: nothing is left but to give up`;
      return attempts({ action, means, ...rest }, async () => undefined, { action, means, ended: 'waiting', why });
    },
    past: (intent) => {
      const isTaken = async (id: string): Promise<RunStep | undefined | 'given_up'> => {
        const look = await submit(id, intent.action, { ...intent.args, [GIVEN_UP]: true });
        // A conflict: another request has this id, so the intent itself is recorded.
        if (isConflict(look)) return undefined;
        const { action, means } = intent;
        if (look.decided) {
          const why = barring(look);
          return why === '' ? 'given_up' : { ...endOf(look, { action, means, id }), why };
        }
        return { action, means, ended: 'waiting', why: `${look.why}: ${look.detail}` };
      };
      // All of its ids are refusals: nobody can ask for it any more.
      return attempts(intent, isTaken, 'given_up');
    },
  };
};

/** Why somebody may not ask for the action at all. Whoever may not gave nothing up: no id of the run was taken. */
const barring = ({ decision }: Decided): string =>
  decision.verdict === 'approve'
    ? ''
    : decision.reasons
        .filter(({ gate }) => gate === 'registry' || gate === 'role')
        .map(({ code }) => code)
        .join(', ');

const isConflict = (answer: Submitted): boolean => !answer.decided && answer.why === 'intent_conflict';

/** Takes back what was done, the last step first. What could not be taken back is said, and doesn't keep the rest. */
const takeBack = async (
  asker: Asker,
  { incident }: RecipeRun,
  steps: readonly RunStep[],
  done: readonly Done[],
): Promise<RunReport> => {
  const told: RunStep[] = [...steps];
  let isWhole = true;
  for (const { step, name } of done.toReversed()) {
    const { undo, means } = step;
    if (undo.by === 'nothing') {
      isWhole = false;
      told.push({ action: step.action, means, ended: 'kept', why: undo.why });
      continue;
    }
    const intent: Intent = {
      name: `undo-${name}`,
      action: undo.action,
      means: `takes back: ${means}`,
      args: undo.incident === true ? { ...undo.arguments, incident } : undo.arguments,
    };
    const end = await asker.ask(intent);
    const isUndone = end !== 'given_up' && end.ended === 'done';
    if (!isUndone) isWhole = false;
    told.push(
      end === 'given_up'
        ? { action: intent.action, means: intent.means, ended: 'not_undone', why: 'another intent has its id' }
        : { ...end, ended: isUndone ? 'undone' : 'not_undone' },
    );
  }
  return { stands: isWhole ? 'undone' : 'left', steps: told };
};

const endOf = (answer: Submitted, step: Pick<RunStep, 'action' | 'means' | 'id'>): RunStep => {
  if (!answer.decided) return { ...step, ended: 'waiting', why: `${answer.why}: ${answer.detail}` };
  const { decision, outcome, receipt } = answer;
  const placed = { ...step, seq: receipt.seq };
  if (decision.verdict === 'refuse') {
    const why = decision.reasons.map(({ code }) => code).join(', ');
    const isOver = decision.reasons.some(({ code }) => code === 'recovery_not_seen');
    return { ...placed, ended: isOver ? 'failed' : 'waiting', why };
  }
  if (outcome === undefined)
    return decision.actionPlan.length === 0
      ? { ...placed, ended: 'done' }
      : { ...placed, ended: 'waiting', why: 'it has not ended yet' };
  if (outcome.status === 'success') return { ...placed, ended: 'done' };
  const why = `${outcome.status}${detailOf(outcome.result)}`;
  const isNothing = outcome.status === 'withdrawn' || (outcome.status === 'failed' && !isUnseen(outcome.result));
  return { ...placed, ended: isNothing ? 'failed' : 'uncertain', why };
};

/** Its handler succeeded, and what it promised is not seen: something was done. */
const isUnseen = (result: unknown): boolean =>
  isPlainObject(result) && Object.hasOwn(result, 'why') && Object.hasOwn(result, 'handler');

const detailOf = (result: unknown): string => {
  const detail = isPlainObject(result) ? (isUnseen(result) ? result['why'] : result['detail']) : undefined;
  return typeof detail === 'string' ? `: ${detail.slice(0, 200)}` : '';
};

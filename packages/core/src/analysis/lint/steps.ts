/** Next steps that are not true: that do not remove their reason, or say that nothing would. */
import type { Catalog } from '../../catalog.ts';
import type { CompiledAction, CompiledRequirement } from '../../compile/action.ts';
import type { Path } from '../../data/issue.ts';
import { decide } from '../../decide.ts';
import type { Reason } from '../../decision.ts';
import type { Observation } from '../../observation.ts';
import { requirementsOf } from '../../policy/with-policy.ts';
import { observationJson } from '../observation-json.ts';
import { type Budget, DEFAULT_BUDGET } from '../solver/question.ts';
import { writersOf } from '../symbolic/writers.ts';
import { isGiven, takeStep } from '../take-step.ts';
import { whatWouldApproveAmong } from '../what-would-approve.ts';
import { type Witness, witnessesAmong } from '../witnesses.ts';
import { argumentHelps } from './asked-anew.ts';
import { mayBringAbout, worldHelps } from './asked-steps.ts';
import { type Helps, submissionHelps } from './authority-steps.ts';
import type { Note } from './finding.ts';
import { stepsUndo } from './undoing-steps.ts';
import { waitHelps } from './wait-steps.ts';

const PRECONDITION = 7;

/** Notes actions that are never approved, and next steps of the packs' and the policy documents' requirements that are not true. */
export const lintSteps = (
  catalog: Catalog,
  note: Note,
  budget: Budget | undefined,
  only?: ReadonlySet<string>,
): void => {
  catalog.source.packs.forEach((pack, i) => {
    for (const id of Object.keys(pack.actions)) {
      if (only?.has(id) === false) continue;
      const action: CompiledAction | undefined = catalog.actions.get(id);
      if (action === undefined) continue;
      const own = requirementsOf(catalog.source, id, {
        action: action.action,
        pack,
        path: ['packs', i, 'actions', id],
      });
      const asked = new Set(own.map(({ requirement: { code, means } }) => JSON.stringify([code, means])));
      const witnesses = witnessesAmong(
        catalog,
        id,
        budget ?? DEFAULT_BUDGET,
        ({ gate, code, means }) => gate === 'precondition' && asked.has(JSON.stringify([code, means])),
        'any',
      );
      if (witnesses === undefined) continue;
      const path: Path = ['packs', i, 'actions', id];
      if (!witnesses.complete) note('not_decided', 'warning', path, `the budget was not enough for \`${id}\``);
      else if (witnesses.approve === undefined)
        note(
          'action_never_approved',
          'error',
          path,
          `\`${id}\` is never approved: its requirements exclude each other`,
        );
      const compiledBy = new Map(
        action.requirements
          .filter(({ gate }) => gate === PRECONDITION)
          .map((r) => [JSON.stringify([r.code, r.means]), r] as const)
          .reverse(),
      );
      for (const { requirement, path: at } of own) {
        const { code, means } = requirement;
        const witness = witnesses.reasons.find((w) => w.code === code && w.means === means);
        if (witness === undefined) continue;
        const compiled = compiledBy.get(JSON.stringify([code, means]));
        if (compiled === undefined || !lintEverywhere(catalog, action, compiled, [...at, 'remedy'], note, budget))
          lintReason(catalog, witness, [...at, 'remedy'], note, budget);
      }
      const placed = own.flatMap(({ requirement: { code, means }, path: at }): readonly Placed[] => {
        const r = compiledBy.get(JSON.stringify([code, means]));
        return r === undefined ? [] : [{ r, path: [...at, 'remedy'] }];
      });
      lintUndoing(catalog, action, placed, note, budget);
    }
  });
};

/** A requirement as it runs, and where its remedy is written. */
interface Placed {
  readonly r: CompiledRequirement;
  readonly path: Path;
}

/** Notes each pair of steps that can undo each other. */
const lintUndoing = (
  catalog: Catalog,
  action: CompiledAction,
  placed: readonly Placed[],
  note: Note,
  budget: Budget | undefined,
): void => {
  for (const { r: one, path } of placed)
    for (const { r: other } of placed) {
      const undo = one === other ? 'never' : stepsUndo(catalog, action, one, other, budget);
      if (undo === 'never') continue;
      const what = `the steps against \`${one.code}\` and \`${other.code}\``;
      if (undo === 'not_decided') note('not_decided', 'warning', path, `whether ${what} undo each other`);
      else
        note(
          'steps_undo_each_other',
          'warning',
          path,
          `${what} undo each other, whoever takes both: ${JSON.stringify(observationJson(catalog, undo.in))}`,
        );
    }
};

/** Whether it was noted that a remedy does not help in some observation: then there is no need to look at the smallest one. */
const lintEverywhere = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  path: Path,
  note: Note,
  budget: Budget | undefined,
): boolean => {
  const { code, remedy } = r;
  if (
    remedy.by === 'world' &&
    remedy.action !== undefined &&
    !mayBringAbout(catalog, action, r, remedy.action, budget)
  ) {
    const about = `\`${remedy.action}\`, which is its next step, cannot bring about what \`${code}\` wants`;
    note('step_does_not_help', 'error', path, about);
    return true;
  }
  const [what, helps] = helpOf(catalog, action, r, budget);
  if (helps === 'not_decided')
    note('not_decided', 'warning', path, `whether ${what} helps against \`${code}\` wherever it is told`);
  if (typeof helps === 'string') return false;
  const example = JSON.stringify(observationJson(catalog, helps.notIn));
  note(
    'step_does_not_help',
    'error',
    path,
    `\`${code}\` is still given after ${what}, which is its next step, or the step cannot be taken: ${example}`,
  );
  return true;
};

const helpOf = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  budget: Budget | undefined,
): readonly [string, Helps] => {
  const { remedy } = r;
  switch (remedy.by) {
    case 'authority':
      return [`\`${remedy.submit.action}\``, submissionHelps(catalog, action, r, budget)];
    case 'request': {
      const helps = argumentHelps(catalog, action, r, remedy.argument, budget);
      if (remedy.or === undefined || helps !== 'always') return [`another \`${remedy.argument}\``, helps];
      return [`another \`${remedy.or}\``, argumentHelps(catalog, action, r, remedy.or, budget)];
    }
    case 'world':
      return ['a change of the world', worldHelps(catalog, action, r, budget)];
    case 'time':
      return ['waiting', waitHelps(catalog, action, r, budget)];
    default:
      return ['', 'always'];
  }
};

const lintReason = (catalog: Catalog, witness: Witness, path: Path, note: Note, budget: Budget | undefined): void => {
  const o = witness.alone ?? witness.given;
  const reason = o === undefined ? undefined : reasonOf(catalog, o, witness);
  if (o === undefined || reason === undefined) return;
  const { next, code } = reason;
  if (next.kind === 'none') {
    if (witness.alone === undefined) return;
    const isOwn = onlyWrittenBy(catalog, o.intent.action.id);
    const options = { most: 1, ...(budget === undefined ? {} : { budget }) };
    const answer = whatWouldApproveAmong(catalog, o, (fact) => !isOwn(fact), options);
    const changes = answer.answer === 'sets' ? answer.sets[0]?.changes : undefined;
    if (changes !== undefined)
      note(
        'step_would_help',
        'warning',
        path,
        `it says that nothing helps against \`${code}\`, but ${changes.map(({ fact, by }) => `\`${fact}\` (${by})`).join(' and ')} would`,
      );
    return;
  }
  // What a credential has to be is the ledger's to say: whether there is one depends on who is in it.
  if (next.kind === 'request' && next.argument === 'credential') return;
  if (stays(catalog, o, reason, budget))
    note(
      'step_does_not_help',
      'error',
      path,
      `\`${code}\` is still given after ${saidOf(reason)}, which is its next step`,
    );
};

/** What the action itself alone writes can't be its next step: steps lead from action to action, and never in a circle. */
const onlyWrittenBy = (catalog: Catalog, action: string): ((fact: string) => boolean) => {
  const writers = writersOf(catalog);
  return (id) => {
    const fact = catalog.facts.get(id);
    const by = fact?.origin === 'ledger' ? [...(writers.get(fact.cell)?.keys() ?? [])] : [];
    return by.length > 0 && by.every((writer) => writer === action);
  };
};

const reasonOf = (catalog: Catalog, o: Observation, { code, means }: Witness): Reason | undefined => {
  const decision = decide(catalog, o);
  if (decision.verdict === 'approve') return undefined;
  return decision.reasons.find((r) => r.gate === 'precondition' && r.code === code && r.means === means);
};

/** Whether carrying the step out leaves the reason where it is, for either end of what may be chosen. */
const stays = (catalog: Catalog, o: Observation, reason: Reason, budget: Budget | undefined): boolean =>
  (['least', 'most'] as const).some((end) => {
    const after = takeStep(catalog, o, reason, end, budget);
    return after === undefined || isGiven(catalog, after, reason);
  });

const saidOf = ({ next }: Reason): string => {
  switch (next.kind) {
    case 'authority':
      return `\`${next.submit.action}\``;
    case 'request':
      return `another \`${next.argument}\``;
    case 'world':
      return 'a change of the world';
    case 'time':
      return 'waiting';
    default:
      return next.kind;
  }
};

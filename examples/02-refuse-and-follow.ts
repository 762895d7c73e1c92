/** A refusal lists every reason, each with its next lawful step. Steps are data: carry them out and ask again. */
import {
  compileCatalog,
  decide,
  explain,
  type NextStep,
  type Observation,
  parseObservation,
  printIssue,
  type Refusal,
} from '@tai-autonomics/core';
import { evolve, explainStep, refusalOf, withReceipt } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { askRollback, evidence, ledger } from './checkout.ts';

const compiled = compileCatalog(library);
if (E.isLeft(compiled)) throw new Error(compiled.left.map(printIssue).join('\n'));
const catalog = compiled.right;

/** Somebody else submits what the step says, and is decided like everybody: an approval's writes change the ledger. */
const submit = (
  seen: Observation,
  { who, submit: asked }: Extract<NextStep, { kind: 'authority' }>,
  refusal: Refusal | undefined,
): Observation => {
  const person = who.relation === 'owner' ? 'olivia' : 'arjun';
  const chosen = asked.choose.map(({ argument, from, to }) => [argument, to ?? from ?? argument]);
  const decision = decide(catalog, {
    ...seen,
    intent: {
      subject: { type: who.type, id: person, ref: person, scope: [] },
      action: { id: asked.action, arguments: { ...asked.arguments, ...Object.fromEntries(chosen) } },
      resource: { id: asked.resource, ref: asked.resource },
      binding: `${asked.action} by ${person}`,
      // What the receipt that an approval names says; a governor looks it up in the ledger.
      ...(Object.hasOwn(asked.arguments, 'receipt') && refusal !== undefined ? { refusal } : {}),
      // What kind of subject the grant names; a governor looks it up among those that it knows.
      ...(asked.arguments['subject'] === seen.intent.subject.ref ? { named: 'agent' } : {}),
    },
  });
  console.log(`  ${person} submits ${asked.action}: ${decision.verdict}`);
  if (decision.verdict === 'refuse') throw new Error(explain(decision).join('\n'));
  const entry = { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes } as const;
  return { ...seen, state: evolve(seen.state, entry) };
};

const follow = (seen: Observation, next: NextStep, refusal: Refusal | undefined): Observation => {
  if (next.kind === 'authority') return submit(seen, next, refusal);
  console.log('  somebody does that, and git looks again');
  const looked = Object.entries(evidence).map(([fact, value]) => ({ fact, value, source: 'git', observedAt: seen.at }));
  return { ...seen, evidence: looked.map((e) => ({ ...e, about: seen.intent.resource.id })) };
};

const { granted_roles, approval_requester, ...bare } = ledger;
const asked = parseObservation(catalog, askRollback({ ...evidence, deployment_stable: false }, bare));
if (E.isLeft(asked)) throw new Error(asked.left.map(printIssue).join('\n'));
let seen = asked.right;
let decision = decide(catalog, seen);
console.log(explain(decision).join('\n'));
while (decision.verdict === 'refuse') {
  const refusal = refusalOf(seen.intent, decision);
  const told = withReceipt(decision, { seq: 7, leaf: 'leaf-7' });
  const [{ code, next }] = told.verdict === 'refuse' ? told.reasons : decision.reasons;
  console.log(`\n${code}: ${explainStep(next)}`);
  seen = follow(seen, next, refusal);
  decision = decide(catalog, seen);
}
console.log(`\n${explain(decision).join('\n')}`);

/** Everything holds that has to hold: the decision is an approval, inside limits. */
import { type Decision, decideJson, explain, printIssue } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { askRollback } from './checkout.ts';

const show = (decision: Decision): void => {
  console.log(explain(decision).join('\n'));
  console.log('gates:', decision.trace.map(({ gate, result }) => `${gate} ${result}`).join(', '));
  if (decision.verdict === 'refuse') return;
  for (const { step, limits } of decision.actionPlan) console.log('allowed:', step, 'within', JSON.stringify(limits));
  for (const { cell, change } of decision.writes) console.log('the ledger will say:', cell, JSON.stringify(change));
};

// A pure function: the same observation gives the same decision, byte for byte.
const answer = decideJson(library, askRollback());
if (answer.decided) show(answer.decision);
// Errors are values: whatever is wrong with the catalog or the observation is listed, each with its path.
else console.log(answer.wrong, answer.issues.map(printIssue).join('\n'));

/** Everything holds that has to hold: the decision is an approval, inside limits. */
import { compileCatalog, type Decision, decide, explain, parseObservation, printIssue } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E, function as F } from 'fp-ts';
import { askRollback } from './checkout.ts';

const show = (decision: Decision): void => {
  console.log(explain(decision).join('\n'));
  console.log('gates:', decision.trace.map(({ gate, result }) => `${gate} ${result}`).join(', '));
  if (decision.verdict === 'refuse') return;
  for (const { step, limits } of decision.actionPlan) console.log('allowed:', step, 'within', limits);
  for (const { cell, change } of decision.writes) console.log('the ledger will say:', cell, change);
};

// Errors are values: whatever is wrong with the catalog or the observation is listed, each with its path.
const decided = F.pipe(
  E.Do,
  E.bind('catalog', () => compileCatalog(library)),
  E.bind('observation', ({ catalog }) => parseObservation(catalog, askRollback())),
  // A pure function: the same observation gives the same decision, byte for byte.
  E.map(({ catalog, observation }) => decide(catalog, observation)),
);
if (E.isRight(decided)) show(decided.right);
else console.log(decided.left.map(printIssue).join('\n'));

/**
 * How long approvals are waited for. A wait begins with the first refusal of a binding that somebody else's act would
 * help; it ends when another decision writes something that is keyed by that binding.
 */
import { owns } from '../receipt/encoding/own.ts';
import { isPlainObject, type Json } from '../receipt/index.ts';
import { askedOf } from './asked.ts';
import { reducerOf, type StartReducer } from './reducer.ts';
import { addSpan, newSpread, type Spread, spreadOf } from './spread.ts';
import { newTable, rowAt, rowsOf } from './tally.ts';

interface Row {
  asked: number;
  given: number;
  readonly waited: Spread;
}

/** Waits at once; further ones are counted and not timed. */
const WAITING_MAX = 10_000;

export const startApprovals: StartReducer = reducerOf(
  () => ({
    rows: newTable<Row>(),
    waiting: new Map<string, { readonly at: number; readonly action: string }>(),
    untimed: 0,
  }),
  (memory, { receipt, at, disclosed, isIn }) => {
    const { rows, waiting } = memory;
    if (receipt.kind !== 'decision') return;
    const asked = askedOf(disclosed);
    if (receipt.verdict === 'refuse') {
      if (asked === undefined || asked.binding === '' || waiting.has(asked.binding)) return;
      if (!asksForApproval(disclosed.get('decision/body'))) return;
      if (isIn) rowAt(rows, asked.action, row).asked += 1;
      if (waiting.size < WAITING_MAX) waiting.set(asked.binding, { at, action: asked.action });
      else memory.untimed += 1;
      return;
    }
    const bindings = new Set(receipt.writes.flatMap((write) => (owns(write, 'clear') ? [] : write.key)));
    for (const binding of bindings) {
      const since = binding === asked?.binding ? undefined : waiting.get(binding);
      if (since === undefined) continue;
      waiting.delete(binding);
      if (!isIn) continue;
      const r = rowAt(rows, since.action, row);
      r.given += 1;
      addSpan(r.waited, at - since.at);
    }
  },
  ({ rows, waiting, untimed }) => ({
    byAction: Object.fromEntries(
      rowsOf(rows).map(([name, r]) => [name, { asked: r.asked, given: r.given, waited: spreadOf(r.waited) }]),
    ),
    stillWaiting: waiting.size,
    untimed,
  }),
);

const row = (): Row => ({ asked: 0, given: 0, waited: newSpread() });

/** Whether a refusal's own next steps ask for an approval by its receipt. */
const asksForApproval = (body: Json | undefined): boolean => {
  const reasons = isPlainObject(body) ? body['reasons'] : undefined;
  if (!Array.isArray(reasons)) return false;
  return (reasons as readonly Json[]).some((reason) => {
    const next = isPlainObject(reason) ? reason['next'] : undefined;
    const submit = isPlainObject(next) ? next['submit'] : undefined;
    return isPlainObject(submit) && submit['refusal'] === true;
  });
};

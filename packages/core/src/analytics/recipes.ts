/**
 * Recipes, by id and version, by what receipts write of incidents in clear: how often each was indicated, decided, carried out and
 * verified, and how long that took (D-24, D-32). An incident counts for the recipe that it was last checked with.
 */
import { parseInstant } from '../data/instant.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { Json, Receipt, WireWrite } from '../receipt/index.ts';
import { addSpan, newSpread, type Spread, spreadOf } from './spread.ts';
import { newTable, rowAt, rowsOf, type Table } from './tally.ts';

interface Counts {
  indicated: number;
  approved: number;
  executed: number;
  failed: number;
  verified: number;
  declined: number;
  readonly toVerification: Spread;
}
/** When a receipt was written, and whether that is in the period. */
interface When {
  readonly at: number;
  readonly isIn: boolean;
}
interface Open {
  readonly recipe: string;
  readonly checkedAt: number;
  readonly isCounted: boolean;
  state: string;
}
interface Memory {
  readonly byRecipe: Table<Counts>;
  readonly open: Map<string, Open>;
  notRemembered: number;
}

/** Incidents at once; further ones are counted as not remembered. */
const OPEN_MAX = 10_000;

/**
 * What became of each version of each recipe, from the receipts of one ledger in their order. `since` and `until` (milliseconds,
 * the first instant that counts and the first that no longer does) are about when an incident was checked. `successPercent` is
 * the share that was verified of what was executed or failed, rounded down; absent where nothing ended.
 */
export const recipeFigure = (
  receipts: Iterable<Receipt>,
  { since, until }: { readonly since: number; readonly until: number },
): Json => {
  const memory: Memory = { byRecipe: newTable(), open: new Map(), notRemembered: 0 };
  for (const receipt of receipts) {
    const at = parseInstant(receipt.at) ?? 0;
    for (const write of receipt.writes) follow(memory, write, { at, isIn: at >= since && at < until });
  }
  return {
    byRecipe: Object.fromEntries(rowsOf(memory.byRecipe).map(([name, row]) => [name, told(row)])),
    notRemembered: memory.notRemembered,
  };
};

const counts = (): Counts => ({
  indicated: 0,
  approved: 0,
  executed: 0,
  failed: 0,
  verified: 0,
  declined: 0,
  toVerification: newSpread(),
});

const told = ({ toVerification, ...row }: Counts): Json => {
  const ended = row.executed + row.failed;
  return {
    ...row,
    ...(ended === 0 ? {} : { successPercent: Math.floor((row.verified * 100) / ended) }),
    toVerification: spreadOf(toVerification),
  };
};

/** The recipe of a check is written after its state, and both before anything that follows from them. */
const follow = (memory: Memory, write: WireWrite, { at, isIn }: When): void => {
  const [incident] = write.key;
  const value = owns(write, 'set') ? write.set : undefined;
  if (incident === undefined || typeof value !== 'string') return;
  if (write.cell === 'incident_recipe') {
    begin(memory, incident, { recipe: value, checkedAt: at, isCounted: isIn, state: 'checked' });
    return;
  }
  const one = memory.open.get(incident);
  if (write.cell !== 'incident_state' || one === undefined) return;
  if (one.isCounted) count(rowAt(memory.byRecipe, one.recipe, counts), one, value, at);
  one.state = value;
  if (value === 'closed' || value === 'alerted') memory.open.delete(incident);
};

const begin = (memory: Memory, incident: string, one: Open): void => {
  if (memory.open.size >= OPEN_MAX && !memory.open.has(incident)) {
    memory.notRemembered += 1;
    return;
  }
  memory.open.set(incident, one);
  if (one.isCounted) rowAt(memory.byRecipe, one.recipe, counts).indicated += 1;
};

const count = (row: Counts, { state: before, checkedAt }: Open, state: string, at: number): void => {
  if (state === 'remedying') row.approved += 1;
  else if (state === 'executed') row.executed += 1;
  else if (state === 'declined') row.declined += 1;
  else if (state === 'checked' && before === 'remedying') row.failed += 1;
  else if (state === 'verified') {
    row.verified += 1;
    addSpan(row.toVerification, at - checkedAt);
  }
};

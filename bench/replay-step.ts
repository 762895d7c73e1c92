/**
 * Replaying recorded decisions beside deciding them again. Both begin with what a receipt discloses, as JSON that was read
 * and checked; deciding makes the observation of it and decides, replaying compares the answer with the recorded one too.
 */
import { type Catalog, compileCatalog, decide, type Intent, type Observation } from '@tai-autonomics/core';
import { createReplayer } from '@tai-autonomics/core/analysis';
import { createRederiver, emptyState, evidenceOf, parseInstant, stateOfReadings } from '@tai-autonomics/core/engine';
import type { Json, Receipt } from '@tai-autonomics/core/receipt';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { amount, cpuMs, figure, median } from './measure.ts';
import { disclosedOf, entryFor, right } from './receipt-step.ts';

const ROUNDS = amount(15);
/** As often in a short run too: what is not compiled yet says nothing of what it costs. */
const WARM_UP = 24;
const PASSES = amount(20);
const AT_MOST = 1.5;
const DIGEST = 'A'.repeat(43);

interface Recorded {
  readonly receipt: Receipt;
  readonly disclosed: ReadonlyMap<string, Json>;
}

const copyOf = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A;

const recordOf = (catalog: Catalog, o: Observation): Recorded => {
  const decision = decide(catalog, o);
  const loaded = { catalog, digest: DIGEST, text: '' };
  const receipt = { seq: 0, ...entryFor(nodeSha256, loaded, o, decision, o.at) } as unknown as Receipt;
  return { receipt: copyOf(receipt), disclosed: new Map(copyOf([...disclosedOf(catalog, o, decision)])) };
};

/** What any program has to do that decides again from a record. */
const decideFrom = (catalog: Catalog, { receipt, disclosed }: Recorded): unknown => {
  const o: Observation = {
    id: receipt.id,
    at: parseInstant(receipt.at) ?? 0,
    mode: receipt.mode,
    intent: disclosed.get('request/intent') as unknown as Intent,
    evidence: evidenceOf(disclosed),
    state: emptyState,
  };
  const readings = disclosed.get('state/readings') as { readonly [fact: string]: unknown };
  return decide(catalog, { ...o, state: stateOfReadings(catalog, readings, o) });
};

/** The shipped catalog with a rollback that wants less, and says so otherwise. */
const changed = (): Catalog => {
  const source = structuredClone(library) as unknown as {
    readonly packs: readonly { readonly pack_id: string; readonly actions: Record<string, { requires: object[] }> }[];
  };
  const action = source.packs.find(({ pack_id }) => pack_id === 'rollback_guard')?.actions['trigger_rollback'];
  if (action === undefined) throw new Error('no rollback to change');
  action.requires = action.requires.slice(1).map((r) => ({ ...r, means: 'another wording' }));
  return right(compileCatalog(source));
};

let kept: unknown;

/** Prints decisions a second of CPU time, and how much longer than deciding each takes. */
export const replayRates = (catalog: Catalog, observations: readonly Observation[]): void => {
  const records = observations.map((o) => recordOf(catalog, o));
  const catalogs = new Map([[DIGEST, catalog]]);
  const [same, other] = [catalog, changed()].map((under) => createReplayer({ under, catalogs }));
  const rederiver = createRederiver({ catalogs });
  const leaf = new Uint8Array(32);
  const subjects: readonly (readonly [string, (r: Recorded) => unknown])[] = [
    ['decide again from the record', (r) => decideFrom(catalog, r)],
    ['re-derive (verify, level 1)', (r) => rederiver.step(r.receipt, leaf, r.disclosed, false)],
    ['replay, the same catalog', (r) => same?.step(r.receipt, r.disclosed)],
    ['replay, another catalog', (r) => other?.step(r.receipt, r.disclosed)],
  ];
  const rates = subjects.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [i, [, step]] of subjects.entries()) {
      const ms = cpuMs(() => {
        for (let pass = 0; pass < PASSES; pass += 1) for (const r of records) kept = step(r);
      });
      if (round >= 0) rates[i]?.push((PASSES * records.length) / (ms / 1e3));
    }
  }
  const medians = rates.map(median);
  console.log('\nRecorded decisions a second of CPU time, the same observations');
  for (const [i, [name]] of subjects.entries()) {
    const ratio = (medians[0] ?? 0) / (medians[i] ?? 1);
    const goal = name.startsWith('replay') ? `   (at most ${AT_MOST})` : '';
    const rate = figure(name, medians[i] ?? Number.NaN);
    console.log(`${name.padEnd(30)}${rate.padStart(12)}${`${figure('ratio', ratio, 2)}×`.padStart(10)}${goal}`);
  }
  if (kept === undefined || same?.counts.same !== same?.counts.decisions || other?.counts.notDecided !== 0)
    throw new Error('a replay that does not say what it has to');
};

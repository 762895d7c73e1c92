/**
 * The root-cause analyses of one incident (D-11 to D-13, E-07): five whys as a chain from what was seen to its cause, what is to
 * prevent it, the tests of that, and how it ended. Each sentence cites the receipt that says it, and the one that the why is on.
 */

import { owns } from '../../receipt/encoding/own.ts';
import type { Json, Receipt, WireWrite } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import {
  count,
  newStatements,
  quoted,
  type Reporter,
  type Section,
  type Statements,
  say,
  sectionOf,
} from './report.ts';
import { type Said, saidIn } from './said.ts';

/** One analysis, as far as it has come. */
interface Analysis {
  readonly told: Statements;
  readonly opened: number;
  isIn: boolean;
  whys: number;
  failed: number;
  passed: number;
  candidate?: string;
  decides: boolean;
  isClosed: boolean;
}

interface Memory {
  /** Places of receipts, by their ids: what a why is on. */
  readonly places: Map<string, number>;
  readonly analyses: Analysis[];
  notRemembered: number;
}

/** Receipts of one incident whose ids are remembered. */
const PLACES_MAX = 10_000;
/** Analyses of one incident that are told apart. */
const ANALYSES_MAX = 100;
/** A cell of an analysis that was cleared. */
const CLEARED = '';

/** The report on the root-cause analyses of an incident. */
export const rcaReporter = (incident: string): Reporter => {
  const memory: Memory = { places: new Map(), analyses: [], notRemembered: 0 };
  return {
    step: (counted) => follow(memory, incident, counted),
    finish: () => [
      ...memory.analyses.flatMap((one, i) => (one.isIn ? [sectionFor(one, i + 1)] : [])),
      sectionOf('Counts', [
        count('analyses', memory.analyses.filter(({ isIn }) => isIn).length),
        count('closed', memory.analyses.filter(({ isIn, isClosed }) => isIn && isClosed).length),
        count('not remembered', memory.notRemembered),
      ]),
    ],
  };
};

const follow = (memory: Memory, incident: string, counted: Counted): void => {
  const { receipt, isIn } = counted;
  const open = memory.analyses.at(-1);
  if (open !== undefined) noteCandidate(open, receipt, isIn);
  const written = analysisIn(receipt.writes, incident);
  if (receipt.incident === incident || written.size > 0) {
    if (memory.places.size < PLACES_MAX) memory.places.set(receipt.id, receipt.seq);
    else memory.notRemembered += 1;
  }
  if (written.size > 0) tell(memory, counted, written);
};

/** What a receipt writes of the analysis of one incident, by cell; what it counts up by one is `1`. */
const analysisIn = (writes: readonly WireWrite[], incident: string): ReadonlyMap<string, Json> => {
  const written = new Map<string, Json>();
  for (const write of writes) {
    if (write.key[0] !== incident || !/^(analysis|prevention)_/.test(write.cell)) continue;
    if (owns(write, 'set')) written.set(write.cell, write.set);
    else if (owns(write, 'plus')) written.set(write.cell, write.plus);
    else if (owns(write, 'clear')) written.set(write.cell, CLEARED);
  }
  return written;
};

const tell = (memory: Memory, counted: Counted, written: ReadonlyMap<string, Json>): void => {
  const { receipt, disclosed, isIn } = counted;
  const said = saidIn(receipt, disclosed);
  if (written.get('analysis_state') === 'open') {
    if (memory.analyses.length >= ANALYSES_MAX) memory.notRemembered += 1;
    else memory.analyses.push(begin(receipt, said, isIn));
    return;
  }
  const one = memory.analyses.at(-1);
  if (one === undefined || one.isClosed) return;
  one.isIn ||= isIn;
  const sentence = sentenceOf(one, receipt, said, written);
  if (sentence === undefined || !isIn) return;
  const cited = said.argument('receipt');
  const on = written.has('analysis_whys') && typeof cited === 'string' ? memory.places.get(cited) : undefined;
  say(one.told, `${receipt.at}: ${sentence}.`, receipt.seq, ...(on === undefined ? [] : [on]));
};

const begin = (receipt: Receipt, { who, action }: Said, isIn: boolean): Analysis => {
  const told = newStatements();
  if (isIn) {
    const by = action === 'open_analysis' ? `${who} opened the analysis` : 'it came back, which opened the analysis';
    say(told, `${receipt.at}: ${by}.`, receipt.seq);
  }
  return { told, opened: receipt.seq, isIn, whys: 0, failed: 0, passed: 0, decides: false, isClosed: false };
};

const sentenceOf = (
  one: Analysis,
  receipt: Receipt,
  { who, argument }: Said,
  written: ReadonlyMap<string, Json>,
): string | undefined => {
  if (written.has('analysis_whys')) {
    one.whys += 1;
    return `why ${one.whys}: ${quoted(argument('because')) ?? 'an answer that is withheld'} (${who})`;
  }
  if (written.get('analysis_state') === 'closed') {
    one.isClosed = true;
    return `${who} closed the analysis; the cause is ${quoted(argument('finding')) ?? 'withheld'}`;
  }
  const test = written.get('prevention_test');
  if (typeof test === 'string' && test !== CLEARED) {
    const passed = written.get('prevention_passed') === true;
    one[passed ? 'passed' : 'failed'] += 1;
    return `the prevention test ${test} ${passed ? 'passed' : 'failed'} (${who})`;
  }
  const candidate = written.get('prevention_candidate');
  if (typeof candidate !== 'string' || candidate === CLEARED) return undefined;
  one.candidate = candidate;
  one.decides = receipt.catalog.digest === candidate;
  return `${who} proposed that the catalog ${candidate} prevents it`;
};

/** The first receipt that was decided by what was proposed says so by itself. */
const noteCandidate = (one: Analysis, receipt: Receipt, isIn: boolean): void => {
  if (one.decides || one.isClosed || one.candidate === undefined) return;
  if (receipt.catalog.digest !== one.candidate) return;
  one.decides = true;
  if (isIn) say(one.told, `${receipt.at}: from here on, that catalog decides.`, receipt.seq);
};

const sectionFor = (one: Analysis, n: number): Section =>
  sectionOf(
    `Analysis ${n}`,
    [
      count('whys answered', one.whys),
      count('tests that failed', one.failed),
      count('tests that passed', one.passed),
      count('closed', one.isClosed ? 1 : 0),
    ],
    one.told,
  );

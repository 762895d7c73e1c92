/**
 * What is to be made better first (D-35): submissions by the kind of incident that they are about, ranked by what the receipts say of
 * that kind, and by nothing else. What came back most stands first; then what was decided too late, what came most often, and what most
 * submitted. A submission is done once an analysis of that kind was closed after it.
 */
import { owns } from '../../receipt/encoding/own.ts';
import type { Receipt } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import { followOccurrences, newOccurrences, type Occurrences } from './occurrence.ts';
import { count, newStatements, quoted, type Reporter, type Section, say, sectionOf } from './report.ts';
import { saidIn } from './said.ts';

interface Kind {
  opened: number;
  recurred: number;
  late: number;
  /** Receipts of submissions, the first ones, and who made them. */
  readonly seqs: number[];
  readonly subjects: Set<string>;
  submissions: number;
  /** What was submitted first. */
  proposal?: string;
  /** The receipt by which an analysis was closed after the last submission. */
  done?: number;
}

interface Memory {
  readonly occurrences: Occurrences;
  readonly kinds: Map<string, Kind>;
  /** Of which kind an incident is. */
  readonly kindOf: Map<string, string>;
  notRemembered: number;
}

const SUBMITTED = 'improvement_submitted';
const KINDS_MAX = 1_000;
const INCIDENTS_MAX = 10_000;
const CITED_MAX = 20;
const SUBJECTS_MAX = 1_000;

/** The report on what is to be made better. */
export const kaizenReporter = (): Reporter => {
  const memory: Memory = { occurrences: newOccurrences(), kinds: new Map(), kindOf: new Map(), notRemembered: 0 };
  return { step: (counted) => follow(memory, counted), finish: () => finish(memory) };
};

const follow = (memory: Memory, counted: Counted): void => {
  const { receipt, at, isIn } = counted;
  followOccurrences(memory.occurrences, receipt, at, (turn, one) => {
    const kind = isIn ? kindAt(memory, one.kind, KINDS_MAX) : undefined;
    if (kind === undefined) return;
    if (turn === 'opened') {
      kind.opened += 1;
      if (one.recurred) kind.recurred += 1;
    }
    if (turn === 'breached') kind.late += 1;
  });
  noteIncidents(memory, receipt, isIn);
  if (isIn && receipt.kind === 'decision' && receipt.verdict === 'approve' && receipt.event === SUBMITTED)
    submitted(memory, counted);
};

/** So many kinds are kept of alerts, and as many more of submissions: whoever invents kinds in alerts keeps no submission out. */
const kindAt = (memory: Memory, name: string, most: number): Kind | undefined => {
  const known = memory.kinds.get(name);
  if (known !== undefined) return known;
  if (memory.kinds.size >= most) {
    memory.notRemembered += 1;
    return undefined;
  }
  const made: Kind = { opened: 0, recurred: 0, late: 0, seqs: [], subjects: new Set(), submissions: 0 };
  memory.kinds.set(name, made);
  return made;
};

/** Of which kind each incident is, and whose analysis was closed. */
const noteIncidents = (memory: Memory, { writes, seq }: Receipt, isIn: boolean): void => {
  for (const write of writes) {
    const [incident = ''] = write.key;
    if (!owns(write, 'set')) continue;
    if (write.cell === 'incident_kind') {
      if (memory.kindOf.size < INCIDENTS_MAX) memory.kindOf.set(incident, String(write.set));
      else memory.notRemembered += 1;
    }
    const kind = memory.kinds.get(memory.kindOf.get(incident) ?? '');
    if (isIn && kind !== undefined && write.cell === 'analysis_state' && write.set === 'closed') kind.done = seq;
  }
};

const submitted = (memory: Memory, { receipt, disclosed }: Counted): void => {
  const { argument, who } = saidIn(receipt, disclosed);
  const name = argument('kind');
  const kind = typeof name === 'string' ? kindAt(memory, name, 2 * KINDS_MAX) : undefined;
  if (kind === undefined) {
    if (typeof name !== 'string') memory.notRemembered += 1;
    return;
  }
  kind.submissions += 1;
  if (kind.seqs.length < CITED_MAX) kind.seqs.push(receipt.seq);
  if (kind.subjects.size < SUBJECTS_MAX) kind.subjects.add(who);
  const proposal = quoted(argument('proposal'));
  if (kind.proposal === undefined && proposal !== undefined) kind.proposal = proposal;
  // What is submitted after an analysis was closed is open again.
  delete kind.done;
};

const finish = (memory: Memory): readonly Section[] => {
  const [open, done] = [newStatements(), newStatements()];
  const ranked = [...memory.kinds].filter(([, { submissions }]) => submissions > 0).sort(byRank);
  for (const [name, kind] of ranked) {
    const [first = 0, ...others] = kind.seqs;
    const what = `${name}: ${kind.proposal ?? 'a proposal that is withheld'}, submitted ${kind.submissions} times by ${kind.subjects.size}`;
    const seen = `${kind.recurred} came back, ${kind.late} decided too late, ${kind.opened} opened`;
    if (kind.done === undefined) say(open, `${open.kept.length + open.left + 1}. ${what}; ${seen}.`, first, ...others);
    else say(done, `${what}; ${seen}; its analysis was closed since.`, first, ...others, kind.done);
  }
  return [
    sectionOf('To be made better, the first first', [count('open', open.kept.length + open.left)], open),
    sectionOf('Done', [count('done', done.kept.length + done.left)], done),
    sectionOf('Counts', [
      count(
        'submissions',
        ranked.reduce((sum, [, { submissions }]) => sum + submissions, 0),
      ),
      count('not remembered', memory.notRemembered),
    ]),
  ];
};

const byRank = ([a, x]: readonly [string, Kind], [b, y]: readonly [string, Kind]): number =>
  y.recurred - x.recurred ||
  y.late - x.late ||
  y.opened - x.opened ||
  y.subjects.size - x.subjects.size ||
  (x.seqs[0] ?? 0) - (y.seqs[0] ?? 0) ||
  (a < b ? -1 : 1);

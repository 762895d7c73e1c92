/**
 * A report: what receipts say, in sentences that cite them and in measures that anybody computes again. It is made in one pass over
 * the receipts of a ledger, from them and what they disclose alone, in bounded memory; the same receipts give the same report.
 */
import type { ReportName } from '../../policy/report-name.ts';
import type { Json } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import type { FigureRule } from './figure-rule.ts';

/** One sentence, and the places of the receipts that say so. */
export interface Statement {
  readonly text: string;
  readonly cites: readonly [number, ...number[]];
}

/** One number. Shares are in hundredths of a percent, averages in thousandths, durations in milliseconds; all rounded down. */
export interface Measure {
  readonly name: string;
  /** Absent where there is nothing to measure. */
  readonly value?: number;
  readonly unit: 'count' | 'ms' | 'basis_points' | 'thousandths' | 'minor_units';
}

/** A part of a report. */
export interface Section {
  readonly heading: string;
  readonly statements: readonly Statement[];
  readonly measures: readonly Measure[];
  /** Sentences beyond those that are kept. */
  readonly left: number;
}

/** A report as data: it is what `--json` prints, and what is compared when it is computed again. */
export interface Report {
  readonly report: ReportName;
  /** The incident that it is about, of a report on one or on its analyses. */
  readonly incident?: string;
  /** The rules that a weekly review predicts by, where they are not those that ship. */
  readonly rules?: readonly FigureRule[];
  /** What the plans promise, of a report on that: minutes until somebody is at work on an alert. */
  readonly responseMinutes?: Readonly<Record<string, number>>;
  readonly since: string;
  readonly until: string;
  /** How many receipts were looked at, and the place after the last of them. */
  readonly receipts: number;
  readonly size: number;
  readonly sections: readonly Section[];
  /** Of a report on proposals: each as a program carries it out. */
  readonly proposals?: readonly Proposal[];
}

/** What would make something lawful that is refused again and again: one intent, and the refusals that are its evidence. */
export interface Proposal {
  /** What was refused, for which reason, how often, and by which receipts. */
  readonly refused: {
    readonly action: string;
    readonly resource: string;
    readonly code: string;
    readonly times: number;
  };
  readonly receipts: readonly number[];
  /** Who may ask for it. */
  readonly who: Json;
  /** Ask for exactly this; `choose` names the arguments that whoever asks has to add. */
  readonly submit: {
    readonly action: string;
    readonly resource: string;
    readonly arguments: Json;
    readonly choose: readonly string[];
  };
  /** The receipt that made it stale: what was refused was approved since, or the very intent was. */
  readonly stale?: number;
}

/** Makes the sections of one report; its memory is its own. */
export interface Reporter {
  readonly step: (counted: Counted) => void;
  readonly finish: () => readonly Section[];
  /** What can be carried out of it; of most reports nothing. */
  readonly proposals?: () => readonly Proposal[];
}

/** Sentences of a section that are kept. */
const STATEMENTS_MAX = 5_000;

/** Sentences in their order, up to a bound; further ones are counted. */
export interface Statements {
  readonly kept: Statement[];
  left: number;
}

export const newStatements = (): Statements => ({ kept: [], left: 0 });

/** Says one more sentence. */
export const say = (statements: Statements, text: string, ...cites: readonly [number, ...number[]]): void => {
  if (statements.kept.length < STATEMENTS_MAX) statements.kept.push({ text, cites });
  else statements.left += 1;
};

/** A section of sentences and measures. */
export const sectionOf = (heading: string, measures: readonly Measure[], statements?: Statements): Section => ({
  heading,
  statements: statements?.kept ?? [],
  measures,
  left: statements?.left ?? 0,
});

/** A measure that is a share of a whole. */
export const share = (name: string, part: number, whole: number): Measure => ({
  name,
  unit: 'basis_points',
  ...(whole === 0 ? {} : { value: Math.floor((part * 10_000) / whole) }),
});

/** A measure that is the average of durations. */
export const mean = (name: string, { total, count }: Span): Measure => ({
  name,
  unit: 'ms',
  ...(count === 0 ? {} : { value: Math.floor(total / count) }),
});

export const count = (name: string, value: number): Measure => ({ name, value, unit: 'count' });

/** Durations, as what their average takes. */
export interface Span {
  total: number;
  count: number;
}

export const newSpan = (): Span => ({ total: 0, count: 0 });

/** One more of them. */
export const lengthen = (span: Span, ms: number): void => {
  span.total += ms;
  span.count += 1;
};

/** Longer texts of callers are cut: a report quotes them, and carries none. */
const QUOTED_MAX = 200;

/** What a caller wrote, as one line between quotation marks. */
export const quoted = (text: Json | undefined): string | undefined =>
  typeof text === 'string' && text !== '' ? JSON.stringify([...text].slice(0, QUOTED_MAX).join('')) : undefined;

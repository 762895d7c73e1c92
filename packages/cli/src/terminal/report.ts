/** What a verification says, for a person to read and as data: ten steps, three labels, the first bad receipt, what is complete. */

import { formatInstant } from '@tai-autonomics/core/engine';
import { encodeBase64, type Freshness, type Label, type StepStatus } from '@tai-autonomics/core/receipt';
import type { BundleReport, ReachedRange } from '@tai-autonomics/governor/bundle';
import type { Io, Paint } from './io.ts';

const RANGES_SHOWN = 20;
const FINDINGS_SHOWN = 10;

/** The report as lines. Nothing of it depends on the terminal but the colours. */
export const formatReport = (io: Io, report: BundleReport): string => {
  const { paint } = io;
  const { linked, signed, trusted } = report.labels;
  const scope = report.coverage === 'whole' ? 'whole ledger' : 'part of the ledger';
  return [
    `${paint.bold(clean(report.origin ?? 'a ledger without a readable checkpoint'))}: ${scope}, receipts: ${report.receipts}`,
    ...uncheckedLines(report),
    ...report.steps.map(({ step, status, sentence }, i) => {
      const head = `${String(i + 1).padStart(4)} ${step.padEnd(13)}`;
      return `${head} ${paintStatus(paint, status, WORDS[status].padEnd(10))} ${clean(sentence)}`;
    }),
    '',
    `linked ${paintLabel(paint, linked)} · signed ${paintLabel(paint, signed)} · trusted ${paintLabel(paint, trusted)}`,
    completenessLine(report),
    manifestLine(report),
    ...detectedLines(report),
    ...approvalLines(report),
    ...decidedByLines(report),
    ...reachedLines(report),
    ...findingLines(report),
    '',
    paintOverall(paint, report),
    '',
  ].join('\n');
};

/** The report as JSON: bytes as base64, instants as text. */
export const reportJson = (report: BundleReport): Readonly<Record<string, unknown>> => {
  const { checkpoint, freshness, ...rest } = report;
  return {
    ...rest,
    ...(freshness === undefined ? {} : { freshness: freshnessJson(freshness) }),
    ...(checkpoint === undefined
      ? {}
      : { checkpoint: { origin: checkpoint.origin, size: checkpoint.size, root: encodeBase64(checkpoint.root) } }),
  };
};

/** Text from a bundle, in which a control sequence could repaint the terminal. */
const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');

const WORDS: Readonly<Record<StepStatus, string>> = {
  passed: 'passed',
  failed: 'failed',
  incomplete: 'incomplete',
  not_run: 'not run',
};

const paintStatus = (paint: Paint, status: StepStatus, text: string): string => {
  if (status === 'passed') return paint.green(text);
  if (status === 'failed') return paint.red(text);
  return status === 'incomplete' ? paint.yellow(text) : paint.dim(text);
};

const paintLabel = (paint: Paint, label: Label): string =>
  label === 'yes' ? paint.green(label) : label === 'no' ? paint.red(label) : paint.dim(label);

const REACHED: Readonly<Record<ReachedRange['reached'], string>> = {
  ledger: 're-derived from ledger, catalog and evidence',
  readings: 're-derived from its recorded readings',
  withheld: 'not re-derivable: withheld',
  not_available: 'not re-derived',
  falsified: 'does not follow',
  not_run: 'not re-derived',
};

const rangeLine = ({ from, to, reached, why }: ReachedRange, erased: BundleReport['erased']): string => {
  const places = from === to ? `${from}` : `${from}–${to}`;
  const orders = reached === 'withheld' ? erased.filter(({ seq }) => from <= seq && seq <= to) : [];
  const [first] = orders;
  const by =
    first === undefined ? '' : `; erased by order of receipt ${first.order}${orders.length > 1 ? ' and others' : ''}`;
  return `  ${places.padEnd(14)} ${REACHED[reached]}${why === undefined ? '' : `: ${clean(why)}`}${by}`;
};

/** Each receipt's level is said where they differ; where all are the same the step has said it. */
const reachedLines = (report: BundleReport): readonly string[] => {
  const { reached, reachedLeft } = report;
  const ran = report.steps.some(({ step, status }) => step === 'rederivation' && status !== 'not_run');
  if (!ran || (reached.length <= 1 && report.coverage === 'whole')) return [];
  const left = reached.length + reachedLeft - RANGES_SHOWN;
  return [
    '',
    'each receipt:',
    ...reached.slice(0, RANGES_SHOWN).map((range) => rangeLine(range, report.erased)),
    ...(left > 0 ? [`  and ${left} more runs; see --json`] : []),
  ];
};

const completenessLine = ({ completeness }: BundleReport): string => {
  if (completeness.complete === 'integrity_only')
    return 'integrity only: nothing from outside the bundle says how long the ledger was';
  const by = completeness.by === 'witnesses' ? 'witnesses' : 'a checkpoint that reached you by another way';
  return `complete up to receipt ${completeness.size - 1}, by ${by}`;
};

/** What the verdict does not rest on, before everything that it does. */
const uncheckedLines = ({ unchecked }: BundleReport): readonly string[] =>
  unchecked.length === 0 ? [] : ['not checked:', ...unchecked.map(({ sentence }) => `  ${clean(sentence)}`), ''];

const manifestLine = ({ manifest }: BundleReport): string => {
  if (manifest.manifest === 'none') return 'files: no manifest says that they were packed together';
  if (manifest.manifest === 'broken') return `files: not as they were packed: ${clean(manifest.why)}`;
  const signer = {
    trusted: 'by an export key that you trust',
    claimed: 'by an export key that only the bundle names',
    unknown: 'by a key that is not known',
  }[manifest.signed];
  return `files: as they were packed together, ${signer}`;
};

const detectedLines = ({ detected }: BundleReport): readonly string[] =>
  detected.again === 0 ? [] : [`observations: ${detected.again} facts detected again from their raw input`];

/** An approval by key is the one thing in a bundle that is not the issuer's word. */
const approvalLines = ({ approvals: { trusted, introduced } }: BundleReport): readonly string[] =>
  trusted + introduced === 0
    ? []
    : [
        `approvals: ${trusted} signed by approvers whose keys you trust, ${introduced} by keys that the ledger names; whoever issued the bundle could not make these signatures without those keys`,
      ];

/** Which catalog decided where: one line a catalog, since every verdict rests on it. */
const decidedByLines = ({ decidedBy }: BundleReport): readonly string[] => {
  const left = decidedBy.length - RANGES_SHOWN;
  return [
    ...decidedBy.slice(0, RANGES_SHOWN).map(({ id, version, digest, from, to }) => {
      const places = from === to ? `receipt ${from}` : `receipts ${from}–${to}`;
      return `decided by: ${clean(id)} ${clean(version)} (${digest}), ${places}`;
    }),
    ...(left > 0 ? [`  and ${left} more runs; see --json`] : []),
  ];
};

const findingLines = ({ findings, findingCount, firstBad }: BundleReport): readonly string[] => {
  if (findingCount === 0) return [];
  const named =
    firstBad === undefined
      ? []
      : [
          `first bad receipt: ${firstBad.seq}: ${clean(firstBad.why)}${firstBad.certain ? '; all others are proved to be as they were sealed' : ''}`,
        ];
  const shown = findings.slice(0, FINDINGS_SHOWN).map(({ step, seq, why }) => {
    const place = seq === undefined ? '' : `receipt ${seq}: `;
    return `  ${step.padEnd(13)} ${place}${clean(why)}`;
  });
  const left = findingCount - shown.length;
  return ['', ...named, `findings: ${findingCount}`, ...shown, ...(left > 0 ? [`  and ${left} more`] : [])];
};

const paintOverall = (paint: Paint, report: BundleReport): string => {
  const text = clean(report.headline);
  if (report.overall === 'verified') return paint.green(text);
  return report.overall === 'incomplete' ? paint.yellow(text) : paint.red(text);
};

const freshnessJson = ({ atMs, maxAgeMs, witnessedAtMs, receiptAtMs }: Freshness) => ({
  at: formatInstant(atMs),
  maxAgeMs,
  ...(witnessedAtMs === undefined ? {} : { witnessedAt: formatInstant(witnessedAtMs) }),
  ...(receiptAtMs === undefined ? {} : { receiptAt: formatInstant(receiptAtMs) }),
});

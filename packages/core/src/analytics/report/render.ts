/** A report for people (Markdown) and for tables (CSV, RFC 4180). What callers wrote is shown as text in both, whatever it is. */
import type { Measure, Report, Section } from './report.ts';

/** A report in Markdown: a sentence a line, each with the receipts that it cites, then a table of the measures. */
export const reportMarkdown = (report: Report): string =>
  [
    `# ${title(report)}`,
    '',
    `From ${report.receipts} receipts alone; from ${report.since}, before ${report.until}. \`#n\` is a receipt by its place.`,
    '',
    ...report.sections.flatMap(markdownOf),
  ].join('\n');

/** A report as rows `section,item,value,unit,receipts`; no row is read as a formula. */
export const reportCsv = (report: Report): string =>
  [
    ['section', 'item', 'value', 'unit', 'receipts'],
    ...report.sections.flatMap(({ heading, statements, measures }) => [
      ...measures.map(({ name, value, unit }) => [heading, name, value === undefined ? '' : String(value), unit, '']),
      ...statements.map(({ text, cites }) => [heading, text, '', '', cites.join(' ')]),
    ]),
  ]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');

const TITLES: Readonly<Record<Report['report'], string>> = {
  weekly: 'Weekly review',
  incident: 'Incident',
  andon: 'Andon and quarantine',
  proposals: 'Proposals from refusals',
  rca: 'Root cause',
  sla: 'What was promised',
  kaizen: 'What is to be made better',
};

const title = ({ report, incident }: Report): string =>
  incident === undefined ? TITLES[report] : `${TITLES[report]} ${escaped(incident)}`;

const markdownOf = ({ heading, statements, measures, left }: Section): readonly string[] => [
  `## ${escaped(heading)}`,
  '',
  ...statements.map(({ text, cites }) => `- ${escaped(text)} (${cites.map((seq) => `#${seq}`).join(', ')})`),
  ...(left === 0 ? [] : [`- ${left} more are not listed.`]),
  ...(statements.length + left === 0 ? [] : ['']),
  ...(measures.length === 0
    ? []
    : ['| measure | value |', '|---|---|', ...measures.map((m) => `| ${escaped(m.name)} | ${shown(m)} |`), '']),
];

const shown = ({ value, unit }: Measure): string => {
  if (value === undefined) return 'none';
  switch (unit) {
    case 'count':
    case 'minor_units':
      return String(value);
    case 'ms':
      return `${value} ms`;
    case 'basis_points':
      return `${decimals(value, 100)} %`;
    case 'thousandths':
      return decimals(value, 1_000);
  }
};

const decimals = (value: number, scale: 100 | 1_000): string =>
  `${Math.floor(value / scale)}.${String(value % scale).padStart(scale === 100 ? 2 : 3, '0')}`;

/** Whatever would be more than text in Markdown or in HTML, and what GitHub's Markdown takes for a link without any sign around it. */
const escaped = (text: string): string =>
  plain(text)
    .replaceAll(/[\\`*[\]<>#!|~&@]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (sign) => `\\${sign}`)
    .replaceAll(/(?<=(?:https?|ftp|mailto|xmpp)):/gi, '\\:')
    .replaceAll(/(?<=www)\./gi, '\\.');

/** Nothing that breaks a line, is not seen, or turns the order of what stands beside it. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');

/** Quoted where it has to be; what a spreadsheet would take for a formula begins with an apostrophe, whatever blanks it begins with. */
const cell = (text: string): string => {
  const safe = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

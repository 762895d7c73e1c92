/** How a figure gets from a bench into a table of docs/performance.md: `npm run bench:page -- --write`. */
import { appendFileSync } from 'node:fs';
import process from 'node:process';

/** What now stands in a row of the page behind its first cell; an absent cell stays as it is. */
export interface Measured {
  readonly row: string;
  readonly cells: readonly (string | null)[];
}

/** A page with new figures in its rows, the rows that no bench told of, and what was told of rows that it has not. */
export interface Rewritten {
  readonly page: string;
  readonly left: readonly string[];
  readonly unknown: readonly string[];
}

const FILE = process.env['TAI_BENCH_ON_PAGE'];

/** Tells what stands in the row of the page whose first cell is `row`; only `bench:page` asks for it. */
export const onPage = (row: string, ...cells: readonly (string | null)[]): void => {
  if (FILE !== undefined) appendFileSync(FILE, `${JSON.stringify({ row, cells } satisfies Measured)}\n`);
};

/** Puts figures into the rows of a page. Prose, headings and cells of which nothing was told stay to the letter. */
export const withFigures = (page: string, measured: readonly Measured[]): Rewritten => {
  const byRow = new Map(measured.map(({ row, cells }) => [row, cells]));
  const seen = new Set<string>();
  const left: string[] = [];
  const lines = page.split('\n');
  const rewritten = lines.map((line, i) => {
    // A line of a table that is neither its head, the line below that, nor prose.
    if (!line.startsWith('| ') || lines[i + 1]?.startsWith('|--') === true) return line;
    // A cell may be empty: `| |`.
    const [row = '', ...cells] = line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
    const told = byRow.get(row);
    if (told === undefined) {
      left.push(row);
      return line;
    }
    seen.add(row);
    const next = [row, ...cells.map((cell, k) => told[k] ?? cell)];
    return `|${next.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`;
  });
  return { page: rewritten.join('\n'), left, unknown: [...byRow.keys()].filter((row) => !seen.has(row)) };
};

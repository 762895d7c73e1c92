/** Tables for a terminal: columns as wide as their widest cell, nothing drawn around them. */
import type { Paint } from './io.ts';

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Lines of a table: the head bold, cells padded to their column, no space at a line's end. */
export const tableLines = (
  paint: Paint,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] => {
  const widths = head.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat(Math.max((widths[column] ?? 0) - widthOf(cell), 0)))
      .join('  ')
      .trimEnd();
  return [paint.bold(line(head)), ...rows.map(line)];
};

/** Columns that a text takes: colours take none. */
const widthOf = (text: string): number => [...text.replaceAll(ESCAPES, '')].length;

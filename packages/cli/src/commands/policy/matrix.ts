/** `tai matrix`: plan × pack × action × role, as a table, as Markdown, as JSON. */
import { buildMatrix, matrixCells, matrixHead, matrixMarkdown } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { CATALOG, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../../terminal/io.ts';
import { tableLines } from '../../terminal/table.ts';
import { catalogOf } from './decide.ts';

interface MatrixOptions {
  readonly catalog?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

export const registerMatrix: Register = (program, io, exit) => {
  program
    .command('matrix')
    .description('show which plan sells which action, to which roles')
    .option(...CATALOG)
    .option('--markdown', 'as Markdown')
    .option('--json', 'as JSON')
    .action(async (options: MatrixOptions) => exit(await run(io, options)));
};

const run = async (io: Io, options: MatrixOptions): Promise<ExitCode> => {
  const catalog = await catalogOf(io, options.catalog);
  if (E.isLeft(catalog)) return catalog.left;
  const matrix = buildMatrix(catalog.right.source);
  if (options.json === true) printJson(io, matrix);
  else if (options.markdown === true) io.out(matrixMarkdown(matrix));
  else {
    const packs = [...new Set(matrix.rows.map(({ pack }) => pack))];
    for (const pack of packs) {
      const cells = matrixCells(matrix, pack).map((row) =>
        row.map((cell) =>
          cell === 'yes' ? io.paint.green(cell) : cell.startsWith('lacks') ? io.paint.red(cell) : cell,
        ),
      );
      io.out(`${[io.paint.cyan(pack), ...tableLines(io.paint, matrixHead(matrix), cells)].join('\n')}\n\n`);
    }
  }
  return EXIT.ok;
};

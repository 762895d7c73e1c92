/**
 * What a browser loads: an entry and all that it needs, bundled and minified by esbuild, then gzipped. Nothing is left out:
 * fp-ts, io-ts and noble are part of each figure.
 */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { figure } from './measure.ts';
import { onPage } from './on-page.ts';

const GOAL_BYTES = 60_000;

/** What is loaded, the module that loads it, and whether a size is set for it. */
const ENTRIES: readonly (readonly [string, string, 'set'?])[] = [
  [
    '`decide`, with a catalog compiled and an observation read',
    `export { compileCatalog, decide, parseObservation } from '@tai-autonomics/core'`,
    'set',
  ],
  ['the same in one call, `decideJson`', `export { decideJson } from '@tai-autonomics/core'`],
  [
    'the verifier alone: encodings, tree, signatures, chain',
    `export { startVerifier } from '@tai-autonomics/core/receipt'`,
    'set',
  ],
  [
    'the verifier, which decides every receipt again: both of these',
    `export { compileCatalog } from '@tai-autonomics/core'; export { createRederiver } from '@tai-autonomics/core/engine';
     export { startVerifier } from '@tai-autonomics/core/receipt'`,
  ],
  ['all of `core/receipt`', `export * from '@tai-autonomics/core/receipt'`],
  [
    'all of core’s root, with `prove`, `lint`, `diff` and `whatWouldApprove`',
    `export * from '@tai-autonomics/core'`,
    'set',
  ],
];

/** Prints the bytes of each entry. */
export const sizeBench = async (): Promise<void> => {
  console.log(`${'what a browser loads'.padEnd(72)}minified     gzipped`);
  for (const [what, contents, isSet] of ENTRIES) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: `${process.cwd()}/bench` },
      bundle: true,
      minify: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      conditions: ['@tai-autonomics/source'],
      logLevel: 'error',
    });
    const bytes = outputFiles[0]?.contents ?? new Uint8Array(0);
    const gzipped = gzipSync(bytes, { level: 9 }).length;
    const cells = [figure(what, bytes.length, 0, 1_000, 2_000_000), figure(what, gzipped, 0, 1_000, 1_000_000)];
    onPage(what, ...[bytes.length, gzipped].map((size) => `${figure(what, size / 1_000)} kB`));
    const goal = isSet === undefined ? '' : `   (under ${figure('bytes', GOAL_BYTES)})`;
    console.log(`${what.padEnd(72)}${cells.map((cell) => cell.padStart(8)).join('    ')}${goal}`);
  }
};

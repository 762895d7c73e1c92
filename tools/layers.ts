/**
 * The layer gate: cruises every package with the rules of .dependency-cruiser.cjs, and fails too when files were not
 * read. A gate that reads nothing passes silently; so each source file on disk must be among the modules that were
 * cruised, and the cruise must have found imports at all (a parser that can't read TypeScript finds none).
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import process from 'node:process';
import { cruise, format, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

/** Every source file of every package, as the cruise spells it: relative, with slashes. */
const sourceFiles = (): readonly string[] =>
  readdirSync('packages', { withFileTypes: true })
    .filter((entry) => existsSync(join('packages', entry.name, 'src')))
    .flatMap((entry) =>
      readdirSync(join('packages', entry.name, 'src'), { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && file.name.endsWith('.ts'))
        .map((file) => join(file.parentPath, file.name).split(sep).join('/')),
    );

/** What the cruise should have seen and has not; empty if it can be believed. */
const unseen = (result: ICruiseResult, files: readonly string[]): readonly string[] => {
  const read = new Set(result.modules.map((module) => module.source));
  const blind = files.length > 1 && result.modules.every((module) => module.dependencies.length === 0);
  const unread = files.filter((file) => !read.has(file)).map((file) => `not read: ${file}`);
  return blind ? ['no import was found in any file', ...unread] : unread;
};

const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs');
const files = sourceFiles();
const { output } = await cruise([...files], options);
if (typeof output === 'string') throw new Error('the cruise must answer with its result, not with a report');
const missed = unseen(output, files);
const report = await format(output, { outputType: 'err' });

console.log(String(report.output).trim());
if (files.length === 0) console.error('layers: packages/*/src holds no source file');
for (const fault of missed) console.error(`layers: ${fault}`);
process.exitCode = report.exitCode > 0 || files.length === 0 || missed.length > 0 ? 1 : 0;

/**
 * The surface gate: compares what each published entry point declares with its reviewed report, api/<name>.api.md.
 * `--update` writes the reports instead. Every entry point that a library's manifest exports must have a report, and
 * every export a doc line.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import process from 'node:process';
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
} from '@microsoft/api-extractor';

interface Manifest {
  readonly bin?: unknown;
  readonly exports?: Readonly<Record<string, string | { readonly types?: string }>>;
}

const update = process.argv.includes('--update');
const root = process.cwd();

/** The declaration files that the libraries publish. A package with a `bin` is a command, not a library. */
const publishedEntries = (): readonly string[] =>
  readdirSync('packages').flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join('packages', name, 'package.json'), 'utf8')) as Manifest;
    if (manifest.bin !== undefined) return [];
    return Object.values(manifest.exports ?? {}).flatMap((target) =>
      // What is not compiled merges types into a test runner's own, and adds nothing.
      typeof target === 'object' && target.types?.startsWith('./dist/') === true
        ? [join(root, 'packages', name, target.types)]
        : [],
    );
  });

/** One line a message, and the difference itself; what the build already reports (progress, versions) is left out. */
const print =
  (report: string) =>
  (message: ExtractorMessage): void => {
    message.handled = true;
    const serious = message.logLevel === ExtractorLogLevel.Error || message.logLevel === ExtractorLogLevel.Warning;
    const id = message.messageId;
    if (id === 'console-api-report-copied' || id === 'console-api-report-created') console.log(`api: wrote ${report}`);
    else if (id === 'console-api-report-diff') {
      if (!update) console.log(message.text);
    } else if (id === 'console-api-report-not-copied') {
      console.error(`api: ${report} is not what the build declares: \`npm run api:update\`, then review`);
    } else if (serious) console.error(`api: ${message.formatMessageWithLocation(root)}`);
  };

const faults: string[] = [];

/** One entry point's configuration; a fault if there is no build to read. */
const prepare = (file: string): readonly ExtractorConfig[] => {
  try {
    const path = join(root, 'api', file);
    const configObject = ExtractorConfig.loadFile(path);
    const packageJsonFullPath = join(configObject.projectFolder ?? root, 'package.json');
    return [ExtractorConfig.prepare({ configObject, configObjectFullPath: path, packageJsonFullPath })];
  } catch (error) {
    faults.push(error instanceof Error ? error.message.split('\n').join(' ') : String(error));
    return [];
  }
};

/** The exports of a report that say nothing of what they promise. (Members may speak for themselves.) */
const undocumented = (path: string): readonly string[] =>
  [
    ...readFileSync(path, 'utf8').matchAll(
      /^\/\/ @public \(undocumented\)\nexport (?:const|type|interface|function|class) (\w+)/gm,
    ),
  ].map(([, name = '']) => name);

const configs = readdirSync('api')
  .filter((file) => file.endsWith('.json') && file !== 'base.json')
  .flatMap(prepare);
const [first, ...others] = configs;
if (first === undefined) faults.push('no entry point can be read: is it built?');

const covered = new Set(configs.map((config) => config.mainEntryPointFilePath));
for (const entry of publishedEntries()) {
  if (!covered.has(entry)) faults.push(`no api/*.json covers ${relative(root, entry)}`);
}

if (first !== undefined) {
  // One compiler run for all entry points: one each would take a minute.
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: others.map((config) => config.mainEntryPointFilePath),
  });
  for (const config of configs) {
    const report = relative(root, config.reportFilePath);
    const { succeeded } = Extractor.invoke(config, {
      compilerState,
      localBuild: update,
      printApiReportDiff: true,
      messageCallback: print(report),
    });
    if (!succeeded) faults.push(`${basename(report)} failed`);
    else if (!existsSync(config.reportFilePath)) faults.push(`${report} is missing`);
    else faults.push(...undocumented(config.reportFilePath).map((name) => `${report}: \`${name}\` has no doc line`));
  }
}

for (const fault of faults) console.error(`api: ${fault}`);
if (faults.length === 0) console.log(`api: ${configs.length} reports ${update ? 'written' : 'hold'}`);
process.exitCode = faults.length === 0 ? 0 : 1;

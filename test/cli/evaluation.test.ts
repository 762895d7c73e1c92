/** `tai serve --eval`: an entry of its own, which has no handler of production and serves no contract (M-12, X-16). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { EXIT, evalHandlers, parseConfig } from '@tai-autonomics/cli';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { TAI } from '../programs/program.ts';
import { inTheLongRun } from '../runs.ts';
import { runIn } from './rows.ts';
import { scratch } from './scratch.ts';

const PACKAGES = join(repository, 'packages');
const SANDBOX = 'trial';
const places = {
  repositories: { acme: { [SANDBOX]: '/srv/trial', payments: '/srv/payments' }, globex: { payments: '/srv/globex' } },
  policies: {
    acme: {
      [SANDBOX]: { repository: '/srv/iam', declared: 'policy.json', policy: '/srv/trial.json' },
      payments: { repository: '/srv/iam', declared: 'policy.json', policy: '/srv/payments.json' },
      cloud: { repository: '/srv/iam', declared: 'policy.json', google: { resource: 'projects/acme' } },
    },
  },
  throttle: '/srv/limits.json',
};
const handlers = evalHandlers(places, ({ tenant, resource }) => tenant === 'acme' && resource !== 'payments');

/** The source that an import names: a file beside the importing one, or what a package of this repository exports. */
const sourceOf = (from: string, name: string): string | undefined => {
  if (name.startsWith('.')) return join(dirname(from), name);
  const [, folder = '', entry = ''] = /^@tai-autonomics\/([^/]+)\/?(.*)$/.exec(name) ?? [];
  if (folder === '') return undefined;
  const { exports } = JSON.parse(readFileSync(join(PACKAGES, folder, 'package.json'), 'utf8'));
  const source = exports[entry === '' ? '.' : `./${entry}`]?.['@tai-autonomics/source'];
  return source === undefined ? undefined : join(PACKAGES, folder, source);
};

/** The files of this repository that a module reaches by its imports, those that are made when they are asked for included. */
const reached = (path: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import|import\()\s*'([^']+)'/g)) {
    const source = sourceOf(path, name);
    if (source !== undefined) reached(source, seen);
  }
  return seen;
};
const isProduction = (file: string): boolean => /governor\/(?:src|dist)\/production\//.test(file);

test('no handler of production is within reach of the program that serves an evaluation', () => {
  const files = [...reached(join(PACKAGES, 'cli/src/evaluation.ts'))];
  for (const needed of [
    'cli/src/commands/deployment/serve.ts',
    'governor/src/local/git-handler.ts',
    'adapter-mcp/src/transport/http.ts',
  ])
    expect(files).toContain(join(PACKAGES, needed));
  expect(files.filter(isProduction)).toEqual([]);
  // The canary: the whole command reaches each of them, by the same look.
  const all = [...reached(join(PACKAGES, 'cli/src/command.ts'))].filter(isProduction);
  expect(all.length).toBeGreaterThan(4);
});

/** The modules that `tai serve` loads until it finds its port wrong. */
const loaded = async (dir: string, ...argv: readonly string[]): Promise<readonly string[]> => {
  const hook =
    "import { writeSync } from 'node:fs'; export const load = (url, context, next) => { writeSync(2, `module ${url}\\n`); return next(url, context); };";
  const register = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(register)}`, TAI, 'serve', '--port', 'none', ...argv],
    { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return [...text.matchAll(/^module (.*)$/gm)].map(([, url = '']) => url);
};

test('a configuration that says eval is served by that program too, and another one is not', async (context) => {
  inTheLongRun(context);
  const dir = scratch();
  for (const mode of ['eval', 'contractual']) {
    mkdirSync(join(dir, mode));
    writeFileSync(join(dir, mode, 'config.json'), JSON.stringify({ mode }));
  }
  const programs = (urls: readonly string[]): readonly string[] =>
    urls.flatMap((url) => /cli\/dist\/(command|evaluation)\.js$/.exec(url)?.[1] ?? []);
  const plain = await loaded(dir, '--dir', 'eval');
  expect(programs(plain)).toEqual(['evaluation']);
  expect(plain.some((url) => url.endsWith('/governor/dist/local/git-handler.js'))).toBe(true);
  expect(plain.filter(isProduction)).toEqual([]);
  expect(programs(await loaded(dir, '--dir=contractual'))).toEqual(['command']);
});

test('it knows the places of sandboxes alone, and none of a service', () => {
  const options = JSON.stringify(handlers.map(({ options: known }) => known));
  expect(options).toContain('/srv/trial');
  expect(options).not.toMatch(/payments|srv.globex|google/);
});

test('nothing that is contractual has a handler in it', () => {
  const contractual = library.packs.flatMap(({ actions }) =>
    Object.values(actions).flatMap(({ does }) => (does.effect === 'contractual' ? [does.step] : [])),
  );
  expect(contractual).toContain('deploy_release');
  expect(handlers.filter(({ step }) => contractual.includes(step))).toEqual([]);
});

test.for([
  {
    note: 'a listing id that is a path',
    member: 'listings',
    place: { listing: '../x', document: 'd', directory: 'm' },
  },
  { note: 'a listing without its directory', member: 'listings', place: { listing: 'pro', document: 'd' } },
  {
    note: 'a file outside of its repository',
    member: 'releases',
    place: { repository: 'r', file: '../x', line: 'a={release}' },
  },
  { note: 'a line that names no release', member: 'releases', place: { repository: 'r', file: 'x', line: 'a=1' } },
  {
    note: 'a release tag without a version',
    member: 'releases',
    place: { repository: 'r', file: 'x', line: 'a={release}', releaseTags: ['v'] },
  },
])('$note is said with its place, and nothing starts', async ({ member, place }) => {
  const parsed = parseConfig({
    mode: 'eval',
    session: 'pilot',
    domain: 'localhost',
    [member]: { acme: { 'service/checkout': place } },
  });
  expect(E.isLeft(parsed) && parsed.left.map(({ path }) => path)).toEqual([[member, 'acme', 'service/checkout']]);
});

test('it serves no contractual deployment, and says so', async () => {
  const dir = scratch();
  mkdirSync(join(dir, '.tai'));
  const config = {
    mode: 'contractual',
    domain: 'localhost',
    owners: { acme: 'olivia' },
    insurance: {
      certificate: 'certificate.json',
      revocations: 'revocations.json',
      insurerKey: 'A'.repeat(43),
      insured: 'Example Operator Ltd',
      coverage: { type: 'professional_liability', currency: 'USD', eachOccurrence: 1, aggregate: 1 },
    },
    dataRule: 'rule.md',
  };
  writeFileSync(join(dir, '.tai', 'config.json'), JSON.stringify(config));
  const { code, err } = await runIn(dir, ['serve', '--eval', '--port', '0']);
  expect([code, err]).toEqual([EXIT.unreadable, expect.stringContaining('is contractual')]);
});

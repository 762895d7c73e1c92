/**
 * docs/first-gate.md as a newcomer follows it: an empty folder, `npm install` of the packages as they are published, and
 * the commands of the page, one after another; then each of its services, before a real process.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packAll } from '../../tools/tarballs.ts';
import { buildPackages, packageFolders, repository } from '../canary/repository.ts';
import { blocksOf, follow } from '../cli/followed-page.ts';
import { endService, freePort, moveService } from '../cli/sample-port.ts';
import { openShell } from '../docs/shell.ts';

const PAGE = blocksOf('docs/first-gate.md');
const SERVICES = PAGE.filter(({ info }) => info === 'ts').map(({ text }) => text);

let root = '';
let tarballs: readonly string[] = [];
const ends: (() => void)[] = [];

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'tai-first-gate-')));
  buildPackages(packageFolders());
  tarballs = packAll(repository, root).map(({ path }) => path);
});
afterAll(() => {
  for (const end of ends.reverse()) end();
  rmSync(root, { recursive: true, force: true });
});

/** Where packages come from and how they are reached is this machine's, and a newcomer's too. */
const REACHES =
  /^npm_config_(registry|cafile|ca|cache|proxy|https_proxy|http_proxy|noproxy|strict_ssl|userconfig|globalconfig|.*:_.*)$/i;
/** The other settings of this repository are not a newcomer’s. */
const bareEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') || REACHES.test(name)),
);

/** The frameworks of the page's services, in the versions that the examples are tried with. */
const { devDependencies } = JSON.parse(readFileSync(join(repository, 'examples/package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};
const FRAMEWORKS = ['express', 'fastify', 'hono', '@hono/node-server'].map((name) => {
  const version = devDependencies[name];
  if (version === undefined) throw new Error(`examples/package.json names no version of ${name}`);
  return `${name}@${version}`;
});

const npmInstall = (dir: string, ...names: readonly string[]): void =>
  void execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...names], {
    cwd: dir,
    env: bareEnv,
    stdio: 'pipe',
  });

/** Starts a program, which ends with the tests; resolves with what it printed once that is as it should be. */
const started = async (dir: string, argv: readonly string[], env: object, until: RegExp | string): Promise<string> => {
  const child = spawn(process.execPath, argv, {
    cwd: dir,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ends.push(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  for (let tries = 0; tries < 600; tries++) {
    if (
      typeof until !== 'string'
        ? until.test(said)
        : await fetch(until).then(
            () => true,
            () => false,
          )
    )
      return said;
    await pause(50);
  }
  throw new Error(`${argv.join(' ')} did not start: ${said}`);
};

test('from an empty folder to a gated, receipted restart of a real process', async () => {
  const dir = join(root, 'page');
  mkdirSync(dir);
  const began = performance.now();
  npmInstall(dir, ...tarballs);
  const installed = performance.now();
  const shell = openShell(dir);
  ends.push(
    () => shell.close(),
    () => endService(dir),
  );
  let isUp = async (): Promise<boolean> => false;
  // Each command as the page has it, with `npx tai` in place of `tai`.
  const run: typeof shell.run = async (line, until) => {
    const said = await shell.run(line.replace(/^tai /, 'npx tai '), until);
    if (line === 'tai init') isUp = await moveService(dir);
    return said;
  };
  expect(await follow(PAGE, dir, run)).toBeGreaterThan(6);
  expect(await isUp()).toBe(true);
  const seconds = (from: number, to: number): string => ((to - from) / 1_000).toFixed(1);
  process.stdout.write(
    `docs/first-gate.md, from an empty folder: ${seconds(began, performance.now())} s, of which npm install ${seconds(began, installed)} s\n`,
  );
  endService(dir);
});

test('each service of the page has a real process restarted, and is refused while it is up', async () => {
  npmInstall(join(root, 'page'), ...FRAMEWORKS);
  expect(SERVICES).toHaveLength(3);
  for (const [n, text] of SERVICES.entries()) {
    const dir = join(root, 'page', `service-${n}`);
    mkdirSync(dir);
    const tai = join(root, 'page/node_modules/@tai-autonomics/cli/bin/tai.js');
    const made = execFileSync(process.execPath, [tai, 'init', '--json'], { cwd: dir, encoding: 'utf8' });
    const { keys } = JSON.parse(made) as { readonly keys: { readonly agent: string } };
    const isUp = await moveService(dir);
    const said = await started(dir, [tai, 'serve', '--port', '0', '--log', 'off'], {}, /serving on \S+/);
    writeFileSync(join(dir, 'service.mjs'), text);
    const port = await freePort();
    const env = { PORT: String(port), TAI_KEY: keys.agent, TAI_URL: /serving on (\S+)/.exec(said)?.[1] ?? '' };
    await started(dir, ['service.mjs'], env, `http://localhost:${port}/`);
    const restart = () => fetch(`http://localhost:${port}/services/web/restart`, { method: 'POST' });
    expect(await isUp()).toBe(false);
    const first = await restart();
    expect({ status: first.status, body: await first.json() }).toMatchObject({
      status: 200,
      body: { verdict: 'approve', outcome: { status: 'success' } },
    });
    ends.push(() => endService(dir));
    expect(await isUp()).toBe(true);
    const second = await restart();
    expect({ status: second.status, body: await second.json() }).toMatchObject({
      status: 409,
      body: { verdict: 'refuse', reasons: [{ code: 'service_is_up' }, { code: 'restarted_lately' }] },
    });
    endService(dir);
  }
});

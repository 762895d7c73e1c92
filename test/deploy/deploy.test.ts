/** What `deploy/` says is what runs: its files parse, its commands and figures exist, and what starts the container starts it. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { EXIT, main } from '@tai-autonomics/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Document, parseAllDocuments } from 'yaml';
import { repository } from '../canary/repository.ts';
import { type Running, startTai } from '../cli/process.ts';
import { folder, scratch } from '../cli/scratch.ts';
import { captureIo } from '../cli/terminal.ts';
import { TAI } from '../programs/program.ts';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

const files = (ending: string): readonly string[] =>
  readdirSync(join(repository, 'deploy'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join('deploy', path))
    .sort();

const documents = (text: string): readonly Document[] => {
  const parsed = parseAllDocuments(text, { strict: true, uniqueKeys: true });
  return Array.isArray(parsed) ? parsed : [];
};

const jsonOf = (path: string): Record<string, unknown> => documents(read(path))[0]?.toJS() as Record<string, unknown>;

const dockerfile = read('deploy/docker/Dockerfile');
const ignored = read('.dockerignore').split('\n');
const terraform = files('.tf').map((path) => ({ path, text: read(path) }));
const everything = [...files('.yaml'), ...files('.tf'), 'deploy/docker/Dockerfile'];

/** Words between quotes; of what Terraform puts together, a word stands for each part. */
const quoted = (text: string): readonly string[] => [...text.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);

/** Every command line of `tai` in the files, by where it stands. */
const commands = (): readonly (readonly [path: string, argv: readonly string[]])[] => [
  ['deploy/docker/Dockerfile', quoted(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '')],
  ...files('.yaml').flatMap((path) =>
    documents(read(path)).flatMap((document): readonly (readonly [string, readonly string[]])[] => {
      const argv = document.getIn(['spec', 'template', 'spec', 'containers', 0, 'args']);
      return argv === undefined ? [] : [[path, (argv as { toJSON(): readonly string[] }).toJSON()]];
    }),
  ),
  ...terraform.flatMap(({ path, text }) =>
    [...text.matchAll(/^ +args += \[(.*?)\]$/gms)].map(([, list = '']) => [path, quoted(list)] as const),
  ),
];

/** What the help of a command offers. */
const helpOf = async (argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }> => {
  const { io, printed } = captureIo(repository);
  const verb = argv.slice(0, argv[0] === 'store' ? 2 : 1);
  return { code: await main([...verb, '--help'], io), text: printed() };
};

describe('the files parse', () => {
  test.for(files('.yaml'))('%s', (path) => {
    const parsed = documents(read(path));
    expect(parsed.length).toBeGreaterThan(0);
    expect(parsed.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  });

  test('of Terraform each bracket is closed, and each name is declared and used', () => {
    const all = terraform.map(({ text }) => text).join('\n');
    const code = all
      .replace(/#.*$/gm, '')
      .replace(/"(?:[^"\\]|\\.)*"/g, (text) => (text.match(/\$\{[^}]*\}/g) ?? []).join(' '));
    const open: string[] = [];
    for (const [mark] of code.matchAll(/[[\](){}]/g)) {
      if ('[({'.includes(mark)) open.push(mark);
      else expect(`${open.pop()}${mark}`).toMatch(/^(\[\]|\(\)|\{\})$/);
    }
    expect(open).toEqual([]);
    const declared = new Set([...all.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name));
    const used = new Set([...code.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name));
    expect(used).toEqual(declared);
    const made = new Set([...all.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map(([, type, name]) => `${type}.${name}`));
    const asked = [...code.matchAll(/(?<![\w".])(google_\w+)\.(\w+)/g)].map(([, type, name]) => `${type}.${name}`);
    expect(made.size).toBeGreaterThan(15);
    expect(asked.filter((name) => !made.has(name))).toEqual([]);
  });

  test('Terraform parses them, and would write them so', ({ skip }) => {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1' };
    const { status, stdout, error } = spawnSync('terraform', ['fmt', '-check', join(repository, 'deploy/terraform')], {
      encoding: 'utf8',
      env,
    });
    if (error !== undefined) skip('not on this machine: terraform');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});

describe('every command is one of `tai`', () => {
  test('there are six of them', () => expect(commands()).toHaveLength(6));

  test.for(commands())('%s: %s', async ([, argv]) => {
    const { code, text } = await helpOf(argv);
    expect(code).toBe(EXIT.ok);
    const options = new Set([...text.matchAll(/^ +(--[a-z-]+)/gm)].map(([, name]) => name));
    const asked = argv.filter((word) => word.startsWith('--'));
    expect(asked.filter((word) => !options.has(word))).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
  });

  test('they listen on every address, at the port that is probed, exposed and named', () => {
    for (const [, argv] of commands().filter(([, [verb]]) => verb === 'serve')) {
      expect(argv[argv.indexOf('--host') + 1]).toBe('0.0.0.0');
      expect(argv.join(' ')).toMatch(/--port (8787|--log)/);
    }
    expect(dockerfile).toContain('\nEXPOSE 8787\n');
    expect(
      everything.flatMap((path) => [...read(path).matchAll(/containerPort: (\d+)|^ +port += (8787)$/gm)]),
    ).toHaveLength(3);
    expect(read('deploy/terraform/main.tf')).toMatch(/port +=\s8787$/m);
  });
});

describe('the image', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1);

  test('is of a release of Node that the packages are tested on, by its number', () => {
    const nodes = JSON.parse(read('tools/nodes/package.json')) as { optionalDependencies: Record<string, string> };
    const [, version = ''] = /^ARG NODE=(\d+\.\d+\.\d+)-bookworm-slim$/m.exec(dockerfile) ?? [];
    expect(Object.values(nodes.optionalDependencies).map((name) => name.replace(/^.*@/, ''))).toContain(version);
    expect(stages.map((stage) => stage.split(/\s/)[0])).toEqual(Array(3).fill('node:${NODE}'));
  });

  test('runs as nobody in particular, runs no script of a dependency, and carries none of development', () => {
    expect(stages.at(-1)).toMatch(/^USER 1000:1000$/m);
    const installs = [...dockerfile.matchAll(/npm ci .*$/gm)].map(([line]) => line);
    expect(installs).toHaveLength(2);
    expect(installs.every((line) => line.includes('--ignore-scripts'))).toBe(true);
    expect(installs[1]).toContain('--omit=dev');
    expect(stages.at(-1)).not.toContain('npm ');
  });

  test('is made of what is here, and of nothing that is kept out', () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, list = '']) => list.split(' '));
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
    expect(ignored).toContain('*');
    expect(sources.filter((path) => !ignored.includes(`!${path}`))).toEqual([]);
  });

  test('has the version of the packages wherever one is named', () => {
    const { version } = JSON.parse(read('packages/cli/package.json')) as { version: string };
    const named = [...everything, 'docs/deploying.md'].flatMap((path) =>
      [...read(path).matchAll(/(?:tai-autonomics:|newTag: )(\d\S*)/g)].map(([, tag]) => tag),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(new Set(named)).toEqual(new Set([version]));
  });
});

describe('the manifests of Kubernetes', () => {
  const hardened = ['deploy/kubernetes/base/deployment.yaml', 'deploy/kubernetes/postgresql/migrate.yaml'];

  test.for(hardened)('%s takes no right that it does not need', (path) => {
    const [document] = documents(read(path));
    const pod = ['spec', 'template', 'spec'];
    expect(document?.getIn([...pod, 'automountServiceAccountToken'])).toBe(false);
    expect(document?.getIn([...pod, 'securityContext', 'runAsNonRoot'])).toBe(true);
    expect(document?.getIn([...pod, 'securityContext', 'seccompProfile', 'type'])).toBe('RuntimeDefault');
    const own = [...pod, 'containers', 0, 'securityContext'];
    expect(document?.getIn([...own, 'readOnlyRootFilesystem'])).toBe(true);
    expect(document?.getIn([...own, 'allowPrivilegeEscalation'])).toBe(false);
    expect(document?.getIn([...own, 'capabilities', 'drop', 0])).toBe('ALL');
  });

  test('a pod has longer to end than `tai serve` takes, and its volume keeps the modes of its files', () => {
    const [document] = documents(read(hardened[0] ?? ''));
    const pod = ['spec', 'template', 'spec'];
    const ms = (path: string, name: string): number =>
      Number(new RegExp(`${name} = ([\\d_]+)`).exec(read(path))?.[1]?.replaceAll('_', ''));
    const drain = ms('packages/cli/src/local/socket-door.ts', 'DRAIN_MS');
    const stop = Number(document?.getIn([...pod, 'containers', 0, 'lifecycle', 'preStop', 'exec', 'command', 1]));
    // Requests are drained, then other commands of the folder.
    expect(document?.getIn([...pod, 'terminationGracePeriodSeconds'])).toBeGreaterThanOrEqual(
      stop + (2 * drain) / 1000,
    );
    expect(document?.getIn([...pod, 'securityContext', 'fsGroupChangePolicy'])).toBe('OnRootMismatch');
  });

  test('one process over SQLite, which ends before the next one starts; several over PostgreSQL', () => {
    expect(jsonOf('deploy/kubernetes/sqlite/deployment.yaml')).toMatchObject({
      spec: { replicas: 1, strategy: { type: 'Recreate' } },
    });
    expect(jsonOf('deploy/kubernetes/sqlite/persistentvolumeclaim.yaml')).toMatchObject({
      spec: { accessModes: ['ReadWriteOncePod'] },
    });
    expect(jsonOf('deploy/kubernetes/postgresql/deployment.yaml')).toMatchObject({ spec: { replicas: 3 } });
  });

  test.for(['sqlite', 'postgresql'])('kubectl puts %s together', (way, { skip }) => {
    const { status, stdout, error } = spawnSync('kubectl', ['kustomize', join(repository, 'deploy/kubernetes', way)], {
      encoding: 'utf8',
    });
    if (error !== undefined) skip('not on this machine: kubectl');
    expect(status).toBe(0);
    const all = documents(stdout).map((document) => document.toJS() as Record<string, unknown>);
    const kinds = ['Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'];
    expect(all.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
    const labels = { 'app.kubernetes.io/name': 'tai' };
    for (const kind of ['Deployment', 'PodDisruptionBudget'])
      expect(all.find((each) => each['kind'] === kind)).toMatchObject({ spec: { selector: { matchLabels: labels } } });
    expect(all.find(({ kind }) => kind === 'Service')).toMatchObject({ spec: { selector: labels } });
    expect(all.find(({ kind }) => kind === 'NetworkPolicy')).toMatchObject({
      spec: { podSelector: { matchLabels: labels } },
    });
  });
});

describe('what the container starts', () => {
  const { dir, remove } = folder();
  const seed = join(dir, 'seed');
  const start = (cwd: string, ...argv: readonly string[]) =>
    spawn(process.execPath, [join(repository, 'deploy/docker/start.mjs'), ...argv], {
      cwd,
      env: { ...process.env, TAI_COMMAND: TAI, TAI_SEED: seed },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  let serving: ReturnType<typeof start>;
  let url = '';

  beforeAll(async () => {
    const made: Running = startTai(dir, 'serve', '--port', '0');
    await made.says(/stop with Ctrl-C/);
    made.child.kill('SIGTERM');
    expect(await made.ended).toBe(0);
    // As Kubernetes mounts a secret: one level, each file a link into a folder that is swapped whole.
    mkdirSync(join(seed, '..2026'), { recursive: true });
    symlinkSync('..2026', join(seed, '..data'));
    for (const name of ['config.json', 'credentials.json', 'ledger.db', 'keys'])
      cpSync(join(dir, '.tai', name), name === 'keys' ? join(seed, '..2026') : join(seed, '..2026', name), {
        recursive: true,
      });
    for (const name of readdirSync(join(seed, '..2026'))) symlinkSync(join('..data', name), join(seed, name));
    mkdirSync(join(dir, 'data'));
    serving = start(join(dir, 'data'), 'serve', '--host', '0.0.0.0', '--port', '0', '--log', 'json');
    url = await new Promise<string>((resolve, reject) => {
      let text = '';
      for (const stream of [serving.stdout, serving.stderr])
        stream?.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          const port = /serving on http:\/\/0\.0\.0\.0:(\d+)/.exec(text)?.[1];
          if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
        });
      serving.once('exit', () => reject(new Error(text)));
    });
  }, 240_000);
  afterAll(() => {
    serving.kill('SIGKILL');
    remove();
  });

  test('it fills a folder of its own user from what is mounted, and makes no new keys', () => {
    const made = join(dir, 'data/.tai');
    expect(statSync(made).mode & 0o777).toBe(0o700);
    for (const name of ['config.json', 'credentials.json', 'keys/eval-ledger.key', 'keys/metrics.key']) {
      expect(statSync(join(made, name)).mode & 0o777, name).toBe(0o600);
      expect(readFileSync(join(made, name), 'utf8')).toBe(readFileSync(join(dir, '.tai', name), 'utf8'));
    }
    expect(existsSync(join(made, '..data'))).toBe(false);
  });

  test('every path that is probed answers', async () => {
    const paths = new Set(
      everything.flatMap((path) =>
        [...read(path).matchAll(/(?:path: |path += "|127\.0\.0\.1:8787)(\/health[\w/]*)/g)].map(
          ([, found = '']) => found,
        ),
      ),
    );
    expect([...paths].sort()).toEqual(['/health', '/health/ready']);
    for (const path of paths) expect((await fetch(`${url}${path}`)).status, path).toBe(200);
  });

  test('every figure that the alert rules ask for is served', async () => {
    const key = readFileSync(join(dir, '.tai/keys/metrics.key'), 'utf8').trim();
    const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();
    const served = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
    const { groups } = jsonOf('deploy/prometheus/rules.yaml') as {
      groups: readonly { rules: readonly { alert: string; expr: string; annotations: { summary: string } }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(8);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { expr, annotations } of rules) {
      const [name = ''] = /\b(?:tai|nodejs|process|up)(?:_[a-z0-9_]+)?(?=[{\s[])/.exec(expr) ?? [];
      expect(name === 'up' || served.has(name.replace(/_bucket$/, '')), expr).toBe(true);
      expect(annotations.summary).toMatch(/\.$/);
    }
  });

  test('it ends with 0 when it is told to', async () => {
    const ended = new Promise((resolve) => serving.once('exit', (code, signal) => resolve(code ?? signal)));
    serving.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  const startedIn = (cwd: string, env: Record<string, string>) =>
    spawnSync(process.execPath, [join(repository, 'deploy/docker/start.mjs'), 'serve', '--port', '0'], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, TAI_COMMAND: TAI, ...env },
    });

  test('where nothing is mounted it makes no deployment, whose keys would stand in a log', () => {
    const empty = scratch();
    const { status, stderr } = startedIn(empty, { TAI_SEED: join(empty, 'none') });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('holds no config.json') });
    expect(readdirSync(empty)).toEqual([]);
  });

  test('what is in the folder stays, and a file that is mounted twice is refused', () => {
    const cwd = scratch();
    mkdirSync(join(cwd, '.tai'), { mode: 0o700 });
    writeFileSync(join(cwd, '.tai/config.json'), 'mine');
    expect(startedIn(cwd, { TAI_SEED: seed }).status).toBe(2);
    expect(readFileSync(join(cwd, '.tai/config.json'), 'utf8')).toBe('mine');
    for (const part of ['a', 'b']) {
      mkdirSync(join(cwd, part));
      writeFileSync(join(cwd, part, 'config.json'), part);
    }
    const { status, stderr } = startedIn(cwd, { TAI_SEED: cwd });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('config.json twice') });
  }, 240_000);
});

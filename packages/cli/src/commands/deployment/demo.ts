/** `tai demo`: stories told end to end, on real files, a real ledger and through the real doors. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { either as E } from 'fp-ts';
import { audit } from '../../demo/audit.ts';
import { tellConfigurationDrift } from '../../demo/configuration-drift.ts';
import { makeDriftWorld, tellDrift } from '../../demo/drift.ts';
import { makeFiveWhysWorld, tellFiveWhys } from '../../demo/five-whys.ts';
import { tellLapse } from '../../demo/lapse.ts';
import { makeStormWorld, tellStorm } from '../../demo/storm.ts';
import { stormOfIncidents } from '../../demo/storm-of-incidents.ts';
import { type Scene, type Story, tell } from '../../demo/story.ts';
import { createTeller, type Teller } from '../../demo/teller.ts';
import { makeTwoTenantsWorld, tellTwoTenants } from '../../demo/two-tenants.ts';
import { makeWorld, type Papers, type World } from '../../demo/world.ts';
import { openDeployment } from '../../deployment/deployment.ts';
import { startServer } from '../../deployment/server.ts';
import { shippedHandlers } from '../../deployment/shipped-handlers.ts';
import type { Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

interface DemoOptions {
  readonly keep?: string;
  readonly json?: boolean;
}

const EVENTS = fileURLToPath(new URL('../../../examples/events/', import.meta.url));

export const registerDemo: Register = (program, io, exit) => {
  program
    .command('demo')
    .description('tell a story on a real ledger and through the real doors')
    .argument('[story]', `which one: ${[...STORIES.keys()].join(', ')}`, 'rollback')
    .option('--keep <dir>', 'leave repository, ledger, bundle and trust file there to look at')
    .option('--json', 'the story as JSON')
    .action(async (story: string, options: DemoOptions) => exit(await run(io, story, options)));
};
const envelope = (name: string): Promise<string> => readFile(join(EVENTS, `${name}.push.json`), 'utf8');

type Play = (io: Io, dir: string, teller: Teller) => Promise<ExitCode>;

const playing =
  <W extends Papers>({ make, tell: told, later = [] }: Story<W>): Play =>
  async (io, dir, teller) => {
    // What is told as later is not in the future when an auditor looks at it.
    const backMs = later.reduce((most, { afterMs }) => Math.max(most, afterMs), 0);
    const world = await make(dir, Date.now() - backMs);
    for (const { afterMs, tell: next } of [{ afterMs: 0, tell: told }, ...later]) {
      const code = await playOnce(io, teller, world, next, () => Date.now() - backMs + afterMs);
      if (code !== EXIT.ok) return code;
    }
    await audit(io, teller, world.deployment, dir);
    return teller.broken === 0 ? EXIT.ok : EXIT.failed;
  };

/** Opens the deployment, lets it be told of, and closes it. */
const playOnce = async <W extends Papers>(
  io: Io,
  teller: Teller,
  world: W,
  told: Story<W>['tell'],
  now: () => number,
): Promise<ExitCode> => {
  const opened = await openDeployment(io, world.deployment, { handlersOf: shippedHandlers, clock: now });
  if (E.isLeft(opened)) {
    for (const line of opened.left) complain(io, line);
    return EXIT.failed;
  }
  const deployment = opened.right;
  const { governor, credentials, catalogs } = deployment;
  try {
    const server = await startServer({
      governor,
      credentials,
      hostname: '127.0.0.1',
      port: 0,
      aliases: () => catalogs[0].catalog.source.aliases,
    });
    try {
      await told({ teller, world, url: server.url, now });
    } finally {
      await server.close();
    }
  } finally {
    await deployment.close();
  }
  return EXIT.ok;
};

const tellRollback = async (scene: Scene<World>): Promise<void> => {
  const envelopes = {
    activated: await envelope('entitlement-activated'),
    upgraded: await envelope('entitlement-upgraded'),
  };
  return tell({ ...scene, envelopes });
};

const STORIES: ReadonlyMap<string, Play> = new Map([
  ['rollback', playing({ make: makeWorld, tell: tellRollback })],
  ['storm', playing({ make: makeStormWorld, tell: tellStorm })],
  ['storm-of-incidents', playing(stormOfIncidents)],
  ['drift', playing({ make: makeWorld, tell: tellConfigurationDrift })],
  ['drift-iam', playing({ make: makeDriftWorld, tell: tellDrift })],
  ['five-whys', playing({ make: makeFiveWhysWorld, tell: tellFiveWhys })],
  ['lapse', playing({ make: makeWorld, tell: tellLapse })],
  ['two-tenants', playing({ make: makeTwoTenantsWorld, tell: tellTwoTenants })],
]);

const run = async (io: Io, story: string, { keep, json = false }: DemoOptions): Promise<ExitCode> => {
  const play = STORIES.get(story);
  if (play === undefined) {
    return unreadable(io, `there is no story ${JSON.stringify(story)}; there are ${[...STORIES.keys()].join(', ')}`);
  }
  const dir = keep === undefined ? await mkdtemp(join(tmpdir(), 'tai-demo-')) : resolve(io.cwd, keep);
  if (keep !== undefined) await mkdir(dir, { recursive: true });
  const teller = createTeller(io, json);
  try {
    const code = await play(io, dir, teller);
    if (json)
      printJson(io, { ok: code === EXIT.ok, events: teller.events, ...(keep === undefined ? {} : { kept: dir }) });
    else {
      const told =
        code === EXIT.ok
          ? io.paint.green('every step went as told')
          : io.paint.red(`${teller.broken} things did not go as told`);
      io.out(
        `\n${told}${keep === undefined ? '' : `; kept in ${dir}: what the story is about, deployment (ledger, keys), bundle, bundle-tampered, trust`}\n`,
      );
    }
    return code;
  } finally {
    if (keep === undefined) await rm(dir, { recursive: true, force: true });
  }
};

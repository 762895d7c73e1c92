/** `tai serve`: both doors on one port, over the ledger of a deployment folder. Makes an evaluation deployment if there is none. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Credential, type CredentialStore, type LedgerStore, mintCredential } from '@tai-autonomics/governor';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { Option } from 'commander';
import { either as E } from 'fp-ts';
import { exportStreams } from '../../audit/export-streams.ts';
import { clockAtStart } from '../../deployment/clock-at-start.ts';
import { STORE } from '../../deployment/config.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import { readConfig } from '../../deployment/deployment.ts';
import type { HandlersOf } from '../../deployment/eval-handlers.ts';
import { type HeldDeployment, holdDeployment } from '../../deployment/held-deployment.ts';
import { parseAllowed } from '../../deployment/host-names.ts';
import { pageSecretOf } from '../../deployment/page-secret.ts';
import { type ServerOptions, startServer } from '../../deployment/server.ts';
import { openShadow } from '../../deployment/shadow-file.ts';
import { onHangup, untilStopped } from '../../deployment/signals.ts';
import { exists, keptOf } from '../../deployment/storage/kept.ts';
import { openReceiptLog, type ReceiptLog } from '../../deployment/storage/receipt-log.ts';
import { wrongInPlace } from '../../deployment/storage/storage.ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { offer } from '../../local/offer.ts';
import { DRAIN_MS } from '../../local/socket-door.ts';
import { type Marketplaces, openMarketplaces } from '../../marketplaces/marketplaces.ts';
import { type OperatorPlace, startOperatorServer } from '../../operator/operator-server.ts';
import { DIR, type Register } from '../../register.ts';
import { LOG_FORMATS, type LogFormat } from '../../telemetry/log.ts';
import { openMetricsDoor } from '../../telemetry/metrics-door.ts';
import { createTelemetry, type Telemetry } from '../../telemetry/telemetry.ts';
import { collectorOf, startTraces } from '../../telemetry/traces.ts';
import { complain, EXIT, type ExitCode, type Io, unreadable } from '../../terminal/io.ts';
import type { WebhookSender } from '../../webhooks/webhook-sender.ts';
import { openWebhooks } from '../../webhooks/webhooks.ts';

interface ServeOptions {
  readonly dir: string;
  readonly host: string;
  readonly port: string;
  readonly allowedHost?: string;
  readonly allowedOrigin?: string;
  readonly shadow?: string;
  readonly eval?: boolean;
  readonly log?: LogFormat;
  readonly otlp?: string;
  readonly store?: string;
  readonly receiptsTo?: string;
  readonly operatorHost: string;
  readonly operatorPort?: string;
}

/** The verb, of a process that can change what these handlers can. */
export const registerServe =
  (handlersOf: HandlersOf): Register =>
  (program, io, exit) => {
    program
      .command('serve')
      .description('serve the HTTP and MCP doors on an embedded ledger')
      .option(...DIR)
      .option('--host <host>', 'the address to listen on', '127.0.0.1')
      .option('--port <port>', 'the port; 0 for any', '8787')
      .option(
        '--allowed-host <names>',
        'names of this server, with commas, that MCP is served under besides those of loopback',
      )
      .option('--allowed-origin <names>', 'hosts of browser pages, with commas, that may use MCP')
      .option('--eval', 'an evaluation alone: with no handler but those of this machine, of sandboxes')
      .option(
        '--shadow <file>',
        'a second catalog that decides beside, on what is recorded; differences go to shadow.jsonl',
      )
      .option(
        '--store <url>',
        'the store of its ledgers, postgres://ROLE@HOST:PORT/DATABASE or firestore:PROJECT/DATABASE; a new deployment notes it in config.json',
      )
      .option('--operator-port <port>', 'open the operator’s door on this port, too; 0 for any')
      .option('--operator-host <host>', 'the address that the operator’s door listens on', '127.0.0.1')
      .option('--receipts-to <place>', 'a line for each receipt, on `stdout` or at the end of this file')
      .addOption(
        new Option('--log <format>', 'lines on standard error; `pretty` on a terminal, else `json`').choices(
          LOG_FORMATS,
        ),
      )
      .option('--otlp <url>', 'send spans to this collector of OpenTelemetry, such as http://127.0.0.1:4318')
      .action(async (options: ServeOptions) => exit(await run(io, options, handlersOf)));
  };

/** A first deployment: an evaluation, one tenant, four keys that are shown once. */
const initialise = async (io: Io, dir: string, store: string | undefined): Promise<void> => {
  const key = (parts: Parameters<typeof mintCredential>[1]): readonly [Credential, string] => {
    const { credential, secretText } = mintCredential(systemRandom, parts);
    return [credential, secretText];
  };
  const keys = {
    marketplace: key({ subject: { type: 'marketplace', id: 'local-marketplace' }, scope: [] }),
    owner: key({ tenant: 'acme', subject: { type: 'user', id: 'owner' }, scope: [], relations: ['owner'] }),
    approver: key({ tenant: 'acme', subject: { type: 'user', id: 'approver' }, scope: [], relations: ['approver'] }),
    agent: key({
      tenant: 'acme',
      subject: { type: 'agent', id: 'agent' },
      scope: ['read_deployment', 'write_rollback'],
    }),
  };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const write = (name: string, json: unknown): Promise<void> =>
    writeFile(join(dir, name), `${JSON.stringify(json, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await write('config.json', {
    mode: 'eval',
    session: 'local-pilot',
    domain: 'localhost',
    owners: { acme: 'owner' },
    repositories: {},
    ...(store === undefined ? {} : { store }),
  });
  await write('credentials.json', {
    format: 'tai-autonomics/credentials@1',
    credentials: Object.values(keys).map(([credential]) => credential),
  });
  io.out(`made an evaluation deployment in ${dir} (NON-CONTRACTUAL); its keys are shown once:\n`);
  for (const [holder, [, secret]] of Object.entries(keys)) io.out(`  ${holder.padEnd(12)} ${secret}\n`);
};

/** A browser keeps a session over https or as localhost alone: what listens everywhere listens there too. */
const browsable = (url: string): string =>
  url.replace(/\/\/(127\.0\.0\.1|0\.0\.0\.0|\[?::1?\]?)(?=:\d+$)/, '//localhost');

const usage = (url: string): string => `
serving on ${url}
  health       curl ${url}/health/ready
  marketplace  curl ${url}/marketplace -H 'authorization: Bearer KEY' -H 'content-type: application/json' -d @event.json
  an action    curl ${url}/v1/actions  -H 'authorization: Bearer KEY' -H 'content-type: application/json' -d '{"action":"check_health","resource":"*"}'
  MCP          ${url}/mcp  (Streamable HTTP, the same key as bearer token)
  approvals    ${browsable(url)}/approvals  (in a browser, for approvers)
  interface    ${url}/openapi.json
  metrics      ${url}/metrics  (the key stands in keys/metrics.key of the folder)
stop with Ctrl-C
`;

const portOf = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port >= 0 && port < 65_536 ? port : undefined;
};

/** Where it listens and where it tells, as the options say; or the first that says nothing lawful. */
const placesOf = (options: ServeOptions) => {
  const port = portOf(options.port);
  if (port === undefined) return E.left(`--port: expected 0 to 65535, found ${options.port}`);
  const allowed = parseAllowed(options);
  if (E.isLeft(allowed)) return allowed;
  const { operatorPort, operatorHost: hostname } = options;
  const own = operatorPort === undefined ? undefined : portOf(operatorPort);
  if (operatorPort !== undefined && own === undefined)
    return E.left(`--operator-port: expected 0 to 65535, found ${operatorPort}`);
  const operator: OperatorPlace | undefined = own === undefined ? undefined : { hostname, port: own };
  const collector = collectorOf(options.otlp);
  return E.isLeft(collector)
    ? collector
    : E.right({ port, allowed: allowed.right, operator, collector: collector.right });
};

const run = async (io: Io, options: ServeOptions, handlersOf: HandlersOf): Promise<ExitCode> => {
  const dir = resolve(io.cwd, options.dir);
  const said = placesOf(options);
  if (E.isLeft(said)) return unreadable(io, said.left);
  const { port, allowed, operator, collector } = said.right;
  const unmade = await initialiseNew(io, dir, options.store);
  if (unmade !== undefined) return unreadable(io, unmade);
  const elsewhere = await namesAnotherStore(io, dir, options.store);
  if (elsewhere !== undefined) return unreadable(io, elsewhere);
  const log = await logOf(io, options.receiptsTo);
  if (log !== undefined && E.isLeft(log)) return unreadable(io, `--receipts-to: ${log.left}`);
  const beside = options.shadow === undefined ? undefined : await openShadow(io, dir, options.shadow);
  if (beside !== undefined && E.isLeft(beside)) return unreadable(io, ...beside.left);
  const telemetry = createTelemetry(io, options.log);
  const traces = await tracesTo(telemetry.io, collector);
  const webhooks = createFollowing(telemetry.io);
  await tellClock(telemetry.io, dir);
  const opened = await holdDeployment(telemetry.io, dir, {
    handlersOf,
    before: (store) => toldOf(log === undefined ? store : log.right.of(store), (ledger) => webhooks.wake(ledger)),
    evaluation: options.eval === true,
    ...(beside === undefined ? {} : { shadow: beside.right.shadow }),
    onAnswered: telemetry.answered,
  });
  if (E.isLeft(opened)) {
    await beside?.right.close();
    await traces?.close();
    return unreadable(io, ...opened.left);
  }
  const local = await offer(telemetry.io, opened.right);
  await webhooks.follow(opened.right.current);
  await takeKept(io, local);
  const marketplaces = await marketplacesOf(telemetry.io, local, opened.right);
  const metrics = await openMetricsDoor(dir, telemetry.metrics);
  if (E.isLeft(metrics)) complain(telemetry.io, `${metrics.left}; nobody can read /metrics`);
  const { credentials } = opened.right.current;
  telemetry.watch(local.governor);
  const doors = {
    port,
    hostname: options.host,
    ...allowed,
    resources: () => opened.right.current.resources,
    marketplace: marketplaces.door,
    onRequest: telemetry.metrics.request,
    ...(E.isLeft(metrics) ? {} : { metrics: metrics.right }),
  };
  try {
    const reloaded = (): Promise<void> => webhooks.follow(opened.right.current).then(() => void marketplaces.sync());
    return await serveUntilStopped(
      telemetry,
      local,
      credentials,
      { doors, operator, marketplaces: marketplaces.operated },
      reloaded,
      () => {
        if (beside !== undefined)
          io.out(`a shadow decides beside; where it differs is written to ${beside.right.path}\n`);
      },
    );
  } finally {
    await marketplaces.stop();
    await webhooks.stop();
    await local.close();
    await log?.right.close();
    await beside?.right.close();
    await traces?.close();
  }
};

const tellClock = async (io: Io, dir: string): Promise<void> => {
  const clock = await clockAtStart(dir, systemClock());
  if (clock !== undefined) complain(io, clock);
};

/** Takes the events that waited for an owner. */
const takeKept = async (io: Io, local: LocalDeployment): Promise<void> => {
  const replayed = await local.replayHeldEvents();
  if (E.isLeft(replayed)) complain(io, `events that were kept could not be read: ${replayed.left}`);
  else if (replayed.right.decided + replayed.right.left > 0)
    io.out(`events that were kept: ${replayed.right.decided} taken, ${replayed.right.left} still without an owner\n`);
};

const tracesTo = async (io: Io, collector: Parameters<typeof startTraces>[0] | undefined) =>
  collector === undefined ? undefined : startTraces(collector, (line) => complain(io, line));

const logOf = async (io: Io, place: string | undefined): Promise<E.Either<string, ReceiptLog> | undefined> =>
  place === undefined ? undefined : openReceiptLog(io, place, resolve(io.cwd, place));

/** The marketplaces of whichever configuration counts. */
const marketplacesOf = (io: Io, local: LocalDeployment, held: HeldDeployment): Promise<Marketplaces> =>
  openMarketplaces({
    dir: local.dir,
    governor: local.governor,
    store: local.store,
    identity: local.identity,
    config: () => local.config,
    plans: () => held.current.catalogs[0].catalog.source.plans,
    say: (line) => complain(io, line),
  });

/** Makes a deployment where there is none. Answers why it can't be made. */
const initialiseNew = async (io: Io, dir: string, store: string | undefined): Promise<string | undefined> => {
  const config = join(dir, 'config.json');
  if (await exists(config)) return undefined;
  const kept = await keptOf(dir);
  if (kept !== undefined)
    return `${config}: is missing beside ${kept}; restore it from a backup, or name another folder with --dir`;
  const wrong = store === undefined ? undefined : await wrongIn(store);
  if (wrong !== undefined) return `--store: ${wrong}`;
  await initialise(io, dir, store);
  return undefined;
};

/** What config.json would not take is not written there: a password least of all. */
const wrongIn = async (store: string): Promise<string | undefined> => {
  if (!STORE.pattern.test(store)) return `expected ${STORE.expected}`;
  return wrongInPlace(store);
};

/** The other commands of the folder read config.json: a store that only this one knew would be two deployments. */
const namesAnotherStore = async (io: Io, dir: string, store: string | undefined): Promise<string | undefined> => {
  if (store === undefined) return undefined;
  const config = await readConfig(io, dir);
  if (E.isLeft(config) || config.right.store === store) return undefined;
  return `--store names another store than ${join(dir, 'config.json')}; put it there as "store", and copy the ledgers with tai store copy`;
};

/** What is opened, and where. */
interface Places {
  readonly doors: Omit<
    ServerOptions,
    'governor' | 'credentials' | 'aliases' | 'limits' | 'identity' | 'say' | 'pageSecret'
  >;
  readonly operator: OperatorPlace | undefined;
  readonly marketplaces: Marketplaces['operated'];
}

const serveUntilStopped = async (
  { io, info }: Pick<Telemetry, 'io' | 'info'>,
  local: LocalDeployment,
  credentials: CredentialStore,
  { doors, operator, marketplaces }: Places,
  reloaded: () => Promise<void>,
  started: () => void,
): Promise<ExitCode> => {
  const { governor } = local;
  const { port, hostname } = doors;
  const pageSecret = await pageSecretOf(local.dir, local.config.mode);
  if (E.isLeft(pageSecret)) complain(io, `${pageSecret.left}; sessions of approvers end with this process`);
  const opened = await startServer({
    ...doors,
    ...(E.isLeft(pageSecret) ? {} : { pageSecret: pageSecret.right }),
    governor,
    credentials,
    aliases: () => local.aliases,
    feed: { read: (tenant, from, to) => local.store.read(local.identity.ledger(tenant), from, to) },
    exports: exportStreams(io, local),
    limits: () => local.config.limits,
    origins: () => local.config.origins,
    identity: () => local.config.identity,
    say: (line) => complain(io, line),
  }).catch((error: unknown) => (error instanceof Error ? error.message : 'unknown'));
  if (typeof opened === 'string') {
    complain(io, `port ${port} of ${hostname} cannot be served: ${opened}`);
    return EXIT.failed;
  }
  const beside =
    operator === undefined
      ? undefined
      : await startOperatorServer(local, operator, (line) => complain(io, line), marketplaces);
  if (beside !== undefined && E.isLeft(beside)) {
    complain(io, `the operator’s door cannot be opened: ${beside.left}`);
    await opened.close();
    return EXIT.failed;
  }
  // Listened for before it says that it serves: who reads that may stop it at once.
  const stopped = untilStopped();
  info(`serving on ${opened.url}`);
  const stopListening = onHangup(() => void reload(io, local, reloaded));
  io.out(usage(opened.url));
  if (beside !== undefined) io.out(`  operator     ${beside.right.url}/docs  (keys of tai operator new-key)\n`);
  started();
  await stopped;
  info('stopping: what was asked is still answered');
  await Promise.all([opened.drain(DRAIN_MS), beside?.right.close(DRAIN_MS)]);
  stopListening();
  await local.close();
  await opened.close();
  return EXIT.ok;
};

const reload = async (io: Io, local: LocalDeployment, then: () => Promise<void>): Promise<void> => {
  const reloaded = await local.reload();
  if (E.isRight(reloaded)) {
    await then();
    io.out('the configuration was read again, and counts from now on\n');
  } else {
    for (const line of reloaded.left) complain(io, line);
    complain(io, 'the configuration that was read before still counts');
  }
};

/** The webhooks of whichever configuration counts. */
/** A store that tells of each ledger in which it made receipts durable. */
const toldOf = (store: LedgerStore, told: (ledger: string) => void): LedgerStore => ({
  ...store,
  append: async (ledger, expected, rows) => {
    const appended = await store.append(ledger, expected, rows);
    if (E.isRight(appended) && appended.right.appended === 'ok') told(ledger);
    return appended;
  },
});

const createFollowing = (io: Io) => {
  let current: WebhookSender | undefined;
  let stopped = false;
  let last: Promise<void> = Promise.resolve();
  // A hangup may come while another one, or the end, is on its way: two senders at once would send everything twice.
  const next = (step: () => Promise<void>): Promise<void> => {
    last = last.then(step, step);
    return last;
  };
  return {
    wake: (ledger: string): void => current?.wake(ledger),
    stop: (): Promise<void> => {
      stopped = true;
      return next(async () => current?.stop());
    },
    follow: (deployment: Deployment): Promise<void> =>
      next(async () => {
        await current?.stop();
        current = undefined;
        if (stopped) return;
        const opened = await openWebhooks(deployment, (line) => complain(io, line));
        if (E.isRight(opened)) current = opened.right;
        else for (const line of opened.left) complain(io, `${line}; no webhook is told of signals`);
      }),
  };
};

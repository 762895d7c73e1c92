/** One intent through every door: a call in the library, HTTP, MCP and the command line decide and say the same. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import { sqliteStorage } from '@tai-autonomics/adapter-storage';
import type { Reason } from '@tai-autonomics/core';
import type { Role } from '@tai-autonomics/core/author';
import { readEntitlementEvent } from '@tai-autonomics/core/engine';
import {
  type Asked,
  type Caller,
  memoryCredentials,
  mintCredential,
  openDeployment,
  resourceDirectory,
  type Submitted,
  type VisibleTool,
} from '@tai-autonomics/governor';
import { nodeSha256, systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { connectInMemory } from '../mcp/clients.ts';
import { hasItsTurn } from '../runs.ts';
import { boughtEvent } from './bought.ts';
import { runIn } from './rows.ts';
import { scratch } from './scratch.ts';

const SCOPE: readonly Role[] = ['read_deployment', 'write_rollback'];
const bot = { tenant: 'acme', subject: { type: 'agent', id: 'bot' }, scope: SCOPE } as const satisfies Caller;
const SANDBOX = { kind: 'service', environment: 'sandbox' } as const;
const RESOURCES = { shop: { ...SANDBOX, aliases: ['store'] }, cart: SANDBOX };

/** What is asked: by its tool over MCP, by the name of the action or the tool elsewhere. */
interface Question {
  readonly note: string;
  readonly tool: string;
  readonly action: string;
  readonly resource: string;
  readonly args?: Readonly<Record<string, unknown>>;
}
const stop = { severity: 'high', finding: 'smoke' };
const QUESTIONS: readonly Question[] = [
  { note: 'a refusal', tool: 'rollback_orchestrator', action: 'trigger_rollback', resource: 'shop' },
  { note: 'a resource by its alias', tool: 'rollback_orchestrator', action: 'trigger_rollback', resource: 'store' },
  { note: 'a tool by its alias', tool: 'ac_rollback_orchestrator', action: 'rollback_trigger', resource: 'shop' },
  { note: 'a misspelt resource', tool: 'rollback_orchestrator', action: 'trigger_rollback', resource: 'shpo' },
  { note: 'a read', tool: 'support_model', action: 'describe_support', resource: '*' },
  { note: 'an unknown argument', tool: 'health_check', action: 'check_health', resource: '*', args: { verbose: true } },
  { note: 'a stop of everything', tool: 'andon', action: 'raise_andon', resource: '*', args: stop },
  { note: 'a stop of what is misspelt', tool: 'andon', action: 'raise_andon', resource: 'shpo', args: stop },
  { note: 'a stop', tool: 'andon', action: 'raise_andon', resource: 'cart', args: stop },
];

/** What a door said, whichever it was. */
interface Said {
  readonly verdict: string | undefined;
  readonly reasons: readonly Reason[];
  readonly status: string | undefined;
  readonly result: unknown;
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** Without what is another one each time: where the refusal stands, and when it was. */
const said = ({ verdict, reasons, status, result }: Said): unknown =>
  JSON.parse(
    JSON.stringify({ verdict, reasons, status, result }, (key, value: unknown) =>
      key === 'leaf' || key === 'receipt'
        ? undefined
        : typeof value === 'string' && INSTANT.test(value)
          ? 'an instant'
          : value,
    ),
  );

const ofAnswer = (body: Partial<Extract<Submitted, { decided: true }>> & Record<string, unknown>): Said => {
  const decision = (body.decision ?? body) as { readonly verdict: string; readonly reasons?: readonly Reason[] };
  const { outcome } = body;
  return {
    verdict: decision.verdict,
    reasons: decision.reasons ?? [],
    status: outcome?.status,
    result: outcome?.result,
  };
};
const ofEnvelope = ({ verdict, reasons = [], status, result }: Envelope): Said => ({
  verdict,
  reasons,
  status,
  result,
});

const EVENT = boughtEvent();

const arrange = (dir: string): string => {
  const folder = join(dir, '.tai');
  mkdirSync(folder);
  const write = (name: string, json: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(json), { mode: 0o600 });
  write('config.json', {
    mode: 'eval',
    session: 'parity',
    domain: 'localhost',
    owners: { acme: 'olivia' },
    resources: 'resources.json',
  });
  write('resources.json', { format: 'tai-autonomics/resources@1', tenants: { acme: RESOURCES } });
  write('credentials.json', { format: 'tai-autonomics/credentials@1', credentials: [] });
  return folder;
};

/** Asks all of it in one process, by the library, over HTTP and over MCP. */
const askInProcess = async (folder: string) => {
  const minted = mintCredential(systemRandom, { tenant: 'acme', subject: bot.subject, scope: SCOPE });
  const credentials = memoryCredentials([minted.credential]);
  const resources = resourceDirectory({ acme: RESOURCES });
  const opened = await openDeployment({
    dir: folder,
    storage: sqliteStorage,
    catalog: library,
    standing: { mode: 'eval', session: 'parity' },
    credentials,
    ownerOf: () => ({ type: 'user', id: 'olivia' }),
    ...('right' in resources ? { resources: resources.right } : {}),
  });
  if (!opened.opened) throw new Error(opened.wrong.join());
  const { governor, close } = opened.deployment;
  const { tenant, ...bought } = readEntitlementEvent(nodeSha256, EVENT, library.aliases) as Asked & { tenant: string };
  await governor.submit({ tenant, subject: { type: 'marketplace', id: 'shop' }, scope: [] }, bought);
  const door = createHttpDoor({
    governor,
    credentials,
    ...(library.aliases === undefined ? {} : { aliases: library.aliases }),
  });
  const headers = { authorization: `Bearer ${minted.secretText}`, 'content-type': 'application/json' };
  const overHttp = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const request = { headers, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) };
    return (await (await door.fetch(new Request(`http://door.test${path}`, request))).json()) as Record<
      string,
      unknown
    >;
  };
  const { client, close: hangUp } = await connectInMemory({ governor, caller: bot }, '2025-11-25');
  const answers: Record<'library' | 'http' | 'mcp', unknown>[] = [];
  for (const { tool, action, resource, args = {} } of QUESTIONS) {
    const asked = { action, resource, arguments: args };
    const called = await client.callTool({ name: tool, arguments: { ...args, resource } });
    answers.push({
      library: said(ofAnswer((await governor.submit(bot, asked)) as never)),
      http: said(ofAnswer((await overHttp('/v1/actions', asked)) as never)),
      mcp: said(ofEnvelope(called.structuredContent as unknown as Envelope)),
    });
  }
  const seen = await governor.tools(bot);
  const tools = {
    library: 'right' in seen ? seen.right.map(({ tool }) => tool) : [],
    http: ((await overHttp('/v1/tools'))['tools'] as readonly VisibleTool[]).map(({ tool }) => tool),
    // How a request stands is told by a tool of this door alone: it decides nothing.
    mcp: (await client.listTools()).tools.flatMap(({ name }) => (name === 'check_request' ? [] : [name])),
  };
  await hangUp();
  await close();
  return { answers, tools };
};

test('the same verdict, reasons, next steps and result for the same intent, whichever door it comes through', async () => {
  const dir = scratch();
  const { answers, tools } = await askInProcess(arrange(dir));
  const scope = SCOPE.join(',');
  const who = ['--tenant', 'acme', '--as', 'agent:bot', '--scope', scope, '--json'];
  for (const [n, { note, action, resource, args = {} }] of QUESTIONS.entries()) {
    const line = ['submit', action, '--about', resource, '--arguments', JSON.stringify(args), ...who];
    const { library: called, http, mcp } = answers[n] ?? {};
    expect({ note, http, mcp }).toEqual({ note, http: called, mcp: called });
    // Each line opens the deployment anew, which takes long.
    if (hasItsTurn(n)) expect(said(ofAnswer(JSON.parse((await runIn(dir, line)).out))), note).toEqual(called);
  }
  const listed = (JSON.parse((await runIn(dir, ['tools', ...who])).out) as readonly VisibleTool[]).map(
    ({ tool }) => tool,
  );
  expect({ ...tools, cli: listed }).toEqual({
    library: listed,
    http: listed,
    mcp: listed,
    cli: listed,
  });
});

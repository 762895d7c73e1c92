/** A decision point of AuthZEN over a pack of one's own: what the four interop scenarios of the working group share. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { sqliteStorage } from '@tai-autonomics/adapter-storage';
import type { Pack } from '@tai-autonomics/core';
import type { Condition } from '@tai-autonomics/core/author';
import {
  memoryCredentials,
  mintCredential,
  type Observer,
  openDeployment,
  resourceDirectory,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';

const TENANT = 'acme';
/** The pack of every scenario has this id, and so its roles begin with it. */
const PACK = 'interop';

/** Everything that differs from scenario to scenario. */
export interface Scenario {
  readonly title: string;
  /** Roles by name, and what each lets its holder do, in words. */
  readonly roles: Readonly<Record<string, string>>;
  readonly facts?: Pack['facts'];
  /** When each action is approved. */
  readonly actions: Readonly<Record<string, Condition>>;
  /** Roles by user. */
  readonly users: Readonly<Record<string, readonly string[]>>;
  /** Kind by resource. */
  readonly resources: Readonly<Record<string, string>>;
  /** What is observed about a resource; `ref` is how facts name a user. */
  readonly seen?: (resource: string, ref: (user: string) => string) => Readonly<Record<string, unknown>>;
}

/** What enforcement points ask, and what they are answered. */
export interface DecisionPoint {
  ask(path: string, body: object): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** The user was granted one of these roles. */
export const hasRole = (...roles: readonly string[]): Condition => ({
  any: roles.map((role) => ({ fact: 'granted_roles', contains: `${PACK}/${role}` })),
});

const packOf = ({ title, roles, facts = {}, actions }: Scenario): Pack => ({
  pack_id: PACK,
  version: '1.0.0',
  description: title,
  roles: Object.fromEntries(Object.entries(roles).map(([role, means]) => [`${PACK}/${role}`, means])),
  tools: [{ tool: PACK, title, description: title, actions: Object.keys(actions) }],
  signals: [],
  facts,
  cells: {},
  actions: Object.fromEntries(
    Object.entries(actions).map(([action, when]) => [
      action,
      {
        means: `does what ${action} says`,
        who: ['user'],
        entitlement: 'none',
        roles: [],
        arguments: {},
        requires: [
          {
            code: 'not_permitted',
            means: 'the user may do this to the resource',
            when,
            remedy: { by: 'nobody', why: 'none of the user’s roles permits it' },
          },
        ],
        emits: { approve: 'permitted', refuse: 'action_refused' },
        writes: [],
        does: { effect: 'internal' },
      },
    ]),
  ),
  codes: { not_permitted: 'none of the user’s roles permits it' },
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: ['permitted'],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
});

/** Opens a deployment with the scenario's pack, grants the roles, and puts the HTTP door before it. */
export const openDecisionPoint = async (scenario: Scenario): Promise<DecisionPoint> => {
  const key = (type: 'service' | 'user', id: string) =>
    mintCredential(systemRandom, { tenant: TENANT, subject: { type, id }, scope: ['read_audit_trail'] });
  const [gateway, owner] = [key('service', 'gateway'), key('user', 'olivia')];
  const users = Object.keys(scenario.users).map((id) => key('user', id));
  const credentials = memoryCredentials([gateway, owner, ...users].map(({ credential }) => credential));
  const listed = resourceDirectory({
    [TENANT]: Object.fromEntries(
      Object.entries(scenario.resources).map(([id, kind]) => [id, { kind, environment: 'sandbox' as const }]),
    ),
  });
  if (E.isLeft(listed)) throw new Error(JSON.stringify(listed.left));
  const resources = listed.right;
  let refOf = (user: string): string => user;
  const observer: Observer = {
    source: 'application',
    facts: Object.keys(scenario.facts ?? {}),
    timeoutMs: 1_000,
    observe: async (resource) =>
      Object.entries(scenario.seen?.(resource, refOf) ?? {}).map(([fact, value]) => ({
        fact,
        value,
        observedAt: Date.now(),
      })),
  };
  const dir = await mkdtemp(join(tmpdir(), 'tai-authzen-'));
  const opened = await openDeployment({
    dir,
    storage: sqliteStorage,
    catalog: library,
    packs: [packOf(scenario)],
    observers: [observer],
    handlers: [],
    resources,
    credentials,
  });
  if (!opened.opened) throw new Error(opened.wrong.join('\n'));
  const { governor, openTenant, close } = opened.deployment;
  const wrong = await openTenant(TENANT, 'olivia');
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  refOf = (user) => governor.refOf(TENANT, { type: 'user', id: user });
  const grant = async (subject: string, roles: readonly string[]): Promise<void> => {
    const asOwner = { tenant: TENANT, subject: { type: 'user', id: 'olivia' }, scope: [] } as const;
    const asked = { action: 'grant_role', resource: '*', arguments: { subject, roles } };
    const answer = await governor.submit(asOwner, asked);
    if (!answer.decided || answer.decision.verdict === 'refuse') throw new Error(JSON.stringify(answer));
  };
  await grant('service:gateway', ['read_audit_trail']);
  for (const [user, roles] of Object.entries(scenario.users))
    await grant(
      `user:${user}`,
      roles.map((role) => `${PACK}/${role}`),
    );
  const door = createHttpDoor({ governor, credentials, authzen: { pdp: 'https://pdp.example', resources } });
  const headers = { authorization: `Bearer ${gateway.secretText}`, 'content-type': 'application/json' };
  return {
    ask: async (path, body) => {
      const request = new Request(`https://pdp.example/access/v1/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      const response = await door.fetch(request);
      const answer = (await response.json()) as Readonly<Record<string, unknown>>;
      if (response.status !== 200) throw new Error(JSON.stringify(answer));
      return answer;
    },
    close: async () => {
      await close();
      await rm(dir, { recursive: true });
    },
  };
};

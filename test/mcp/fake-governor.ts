/** A governor that answers what a test tells it to, and remembers what it was asked. */
import type { Reason } from '@tai-autonomics/core';
import type { Asked, Caller, Decided, Governor, NotDecided, Submitted, VisibleTool } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

export const agent: Caller = { tenant: 'acme', subject: { type: 'agent', id: 'robot' }, scope: ['read_deployment'] };

export const deploy: VisibleTool = {
  tool: 'deployer',
  title: 'Deploy a service',
  description: 'Deploys a release of a service.',
  pack: 'fixture',
  actions: [
    {
      action: 'deploy',
      means: 'deploys a release',
      arguments: {
        release: { means: 'the release', type: { type: 'string', maxLength: 100 } },
        resource: {
          means: 'an argument that is named like what a call is about',
          type: { type: 'boolean' },
          otherwise: false,
        },
      },
      effect: 'contractual',
      idempotent: false,
    },
    {
      action: 'undeploy',
      means: 'takes a release away',
      arguments: { release: { means: 'the release to take away', type: { type: 'enum', values: ['v1', 'v2'] } } },
      effect: 'external',
      idempotent: true,
    },
  ],
};
export const look: VisibleTool = {
  tool: 'a_look',
  title: 'Look',
  description: 'Looks.',
  pack: 'fixture',
  actions: [
    {
      action: 'look_around',
      means: 'looks',
      arguments: {
        action: { means: 'an argument that is named like the choice of an action', type: { type: 'string' } },
      },
      effect: 'read',
      idempotent: true,
    },
  ],
};

export const place = (seq: number, event = 'action_refused'): Decided['receipt'] => ({
  origin: 'tai.example/l',
  seq,
  leaf: `leaf-${seq}`,
  event,
});

export const approved = (parts: Partial<Decided> = {}): Decided => ({
  decided: true,
  decision: { verdict: 'approve', writes: [], actionPlan: [], trace: [] },
  receipt: place(7, 'action_executed'),
  consequences: [],
  repeated: false,
  ...parts,
});
export const refused = (...reasons: readonly [Reason, ...Reason[]]): Decided => ({
  ...approved(),
  decision: { verdict: 'refuse', reasons, trace: [] },
  receipt: place(8),
});
export const notFound: Reason = {
  gate: 'registry',
  code: 'tool_not_found',
  means: 'the tool exists for this tenant',
  facts: [],
  next: { kind: 'none', why: 'list again' },
};

export interface FakeGovernor extends Governor {
  readonly asked: readonly { readonly caller: Caller; readonly asked: Asked }[];
  /** What the next submits answer. */
  answer: (asked: Asked, signal?: AbortSignal) => Submitted | Promise<Submitted>;
  surface: E.Either<NotDecided, readonly VisibleTool[]>;
  /** Tells whoever listens for a tenant that its tools changed, or that it has a new receipt. */
  change(tenant: string): void;
  record(tenant: string): void;
  readonly listening: () => number;
}

type Event = 'changed' | 'recorded';

const unused = (): never => {
  throw new Error('the door has no use for this');
};

export const fakeGovernor = (...tools: readonly VisibleTool[]): FakeGovernor => {
  const asked: { readonly caller: Caller; readonly asked: Asked }[] = [];
  const listeners = new Set<{ readonly tenant: string; readonly event: Event; readonly told: () => void }>();
  const on =
    (event: Event): Governor['onToolsChanged'] =>
    (tenant, told) => {
      const listener = { tenant, event, told };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
  const tell = (tenant: string, event: Event): void => {
    for (const one of listeners) if (one.tenant === tenant && one.event === event) one.told();
  };
  const governor: FakeGovernor = {
    mode: 'contractual',
    asked,
    surface: E.right(tools),
    answer: () => approved(),
    submit: async (caller, one, signal) => {
      asked.push({ caller, asked: one });
      return governor.answer(one, signal);
    },
    tools: async () => governor.surface,
    onToolsChanged: on('changed'),
    onRecorded: on('recorded'),
    change: (tenant) => tell(tenant, 'changed'),
    record: (tenant) => tell(tenant, 'recorded'),
    listening: () => [...listeners].filter(({ event }) => event === 'changed').length,
    report: unused,
    preview: unused,
    head: unused,
    status: unused,
    refOf: unused,
    knows: unused,
    seal: unused,
    ready: unused,
    close: unused,
  };
  return governor;
};

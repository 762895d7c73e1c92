/**
 * An agent that knows nothing but text: it reads what a host shows its model, tells people what they have to submit, waits,
 * asks again, and gives up where it is told to. The people know nothing but what it tells them.
 */
import { library } from '@tai-autonomics/packs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectInMemory, REVISIONS, textOf } from './clients.ts';
import { createTenants, ownerOf, robotOf, type Tenants } from './tenants.ts';

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});
afterAll(() => tenants.governor.close());

/** What the agent can do, and whom it can tell. */
interface Means {
  /** Calls the one tool that it was asked to use; answers the text. */
  readonly call: () => Promise<string>;
  /** Calls the tool that tells how a request stands. */
  readonly check: (tool: string, receipt: number) => Promise<string>;
  /** Tells people a step and what is left to choose; answers whether somebody took it up. */
  readonly tell: (step: string, choices: readonly string[]) => Promise<boolean>;
  readonly change: (step: string) => void;
}

/** How it ended, and the first line of every answer to a call. */
interface Went {
  readonly ended: 'done' | 'gave up' | 'stopped' | 'waiting';
  readonly about?: string | undefined;
  readonly answers: readonly string[];
}

const CALLS_MAX = 5;

/** The agent. It asks again only after something was done, and what waits for a person only once that is released. */
const pursue = async ({ call, check, tell, change }: Means): Promise<Went> => {
  const answers: string[] = [];
  while (answers.length < CALLS_MAX) {
    const text = await call();
    answers.push(text.split('\n')[0] ?? '');
    if (text.startsWith('APPROVED')) return { ended: 'done', answers };
    const denied = /^A person denied this\. Give up (.+?) altogether/m.exec(text);
    if (denied !== null) return { ended: 'gave up', about: denied[1], answers };
    let isDone = false;
    const lines = text.split('\n');
    for (const [i, line] of lines.entries()) {
      const [, kind, step = ''] = /^ {3}Next lawful step \((\w+)\): (.+)\.$/.exec(line) ?? [];
      if (kind === undefined) continue;
      if (kind === 'none') return { ended: 'stopped', answers };
      const choices = lines.slice(i + 1).flatMap((next) => /^ {3}To choose: (.+)\.$/.exec(next)?.[1] ?? []);
      if (kind === 'authority') isDone = (await tell(step, choices)) || isDone;
      if (kind === 'world') {
        change(step);
        isDone = true;
      }
    }
    const [, tool, receipt] = /^This waits for an approval\..* call (\w+) with receipt (\d+),/m.exec(text) ?? [];
    const stands = tool === undefined || receipt === undefined ? '' : await check(tool, Number(receipt));
    const given = /^DENIED\. A person denied this\. Give up (.+?) altogether/m.exec(stands);
    if (given !== null) return { ended: 'gave up', about: given[1], answers };
    if (/^WAITING: /m.test(stands)) return { ended: 'waiting', answers };
    if (!isDone) return { ended: 'stopped', answers };
  }
  return { ended: 'stopped', answers };
};

const actions = Object.assign(
  {},
  ...library.packs.map((pack) => pack.actions),
) as (typeof library.packs)[number]['actions'];

/** A value as a person types it, by what the action says of its argument. */
const typed = (action: string, name: string, text: string): unknown => {
  const type = actions[action]?.arguments[name]?.type.type;
  return type === 'integer' ? Number(text) : type === 'set' ? text.split(', ') : text;
};

/** An intent as the agent words it. */
interface Worded {
  readonly relation: string;
  readonly action: string;
  readonly resource: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

const read = (step: string, choices: readonly string[]): Worded => {
  const [, relation = '', action = '', resource = '', given = ''] =
    /^let the (\w+) \(user\) submit (\w+) about (\S+) \((.*)\)$/.exec(step) ?? [];
  const pairs = given.split('; ').flatMap((part) => {
    const [, name, value = ''] = /^(\w+) = (.*)$/.exec(part) ?? [];
    if (name !== undefined) return [[name, typed(action, name, value)]];
    const [, chosen] = /^(\w+) to choose$/.exec(part) ?? [];
    const latest = choices.flatMap((choice) =>
      choice.startsWith(`${chosen} `) ? (/ to (\S+)$/.exec(choice)?.[1] ?? []) : [],
    );
    return chosen === undefined || latest[0] === undefined ? [] : [[chosen, latest[0]]];
  });
  return { relation, action, resource, arguments: Object.fromEntries(pairs) as Record<string, unknown> };
};

describe.each(REVISIONS)('in revision %s', (revision) => {
  /** A tenant with an owner and an approver, its robot, and what the two people do about an approval. */
  const office = async (name: string, onApproval: 'approve' | 'deny' | 'nothing') => {
    const tenant = `${name}-${revision}`;
    const { governor, world, buy } = tenants;
    await buy(tenant, 'professional');
    const approver = { tenant, subject: { type: 'user', id: 'arthur' }, scope: [] } as const;
    const people: Readonly<Record<string, Parameters<typeof governor.submit>[0]>> = {
      owner: ownerOf(tenant),
      approver,
    };
    const submit = async (
      relation: string,
      action: string,
      resource: string,
      given: Readonly<Record<string, unknown>>,
    ) => {
      const submitted = await governor.submit(people[relation] ?? approver, { action, resource, arguments: given });
      expect([action, submitted.decided && submitted.decision]).toMatchObject([action, { verdict: 'approve' }]);
    };
    const subject = governor.refOf(tenant, approver.subject);
    // Whoever is to be named has to have asked for something.
    await submit('approver', 'check_health', '*', {});
    await submit('owner', 'grant_relation', 'people', { subject, relation: 'approver' });
    const { client, close } = await connectInMemory(
      { governor, caller: robotOf(tenant, 'read_deployment', 'write_rollback') },
      revision,
    );
    const ask = async (tool: string, args: Record<string, unknown>): Promise<string> =>
      textOf(await client.callTool({ name: tool, arguments: args }));
    const went = await pursue({
      call: () => ask('rollback_orchestrator', { resource: 'shop' }),
      check: (tool, receipt) => ask(tool, { receipt }),
      tell: async (step, choices) => {
        const intent = read(step, choices);
        if (intent.action === 'approve_action' && onApproval === 'nothing') return false;
        if (intent.action === 'approve_action' && onApproval === 'deny') {
          const { receipt, leaf } = intent.arguments;
          await submit('approver', 'deny_action', intent.resource, {
            receipt,
            leaf,
            why: 'not_now',
            finding: 'a release is under way',
          });
          return true;
        }
        await submit(intent.relation, intent.action, intent.resource, intent.arguments);
        return true;
      },
      change: (step) => {
        expect(step).toContain('the deployment is stable');
        world.isStable = true;
      },
    });
    await close();
    return went;
  };

  test('it carries out every step that its refusals name, and then it is approved', async () => {
    tenants.world.isStable = false;
    const { ended, answers } = await office('obedient', 'approve');
    expect(ended).toBe('done');
    expect(answers.slice(0, -1).every((line) => line.startsWith('REFUSED '))).toBe(true);
    expect(answers[0]).toContain('insufficient_privilege, deployment_not_stable, rollback_policy_not_approved');
    expect(answers).toHaveLength(2);
  });

  test('where nobody approves it waits, and does not ask again', async () => {
    const { ended, answers } = await office('patient', 'nothing');
    expect([ended, answers.length]).toEqual(['waiting', 1]);
  });

  test('where a person denied it, it gives up what the text names, not that call alone', async () => {
    const { ended, about, answers } = await office('denied', 'deny');
    expect([ended, about]).toEqual(['gave up', 'trigger_rollback about "shop"']);
    expect(answers).toHaveLength(1);
  });
});

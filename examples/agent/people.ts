/** The people around the agent: an owner who grants, and an approver who approves what she reads in her own list. */
import type { Asked, Caller, Governor } from '@tai-autonomics/governor';
import { jsonSchema, tool } from 'ai';

const tenant = 'acme';
export const agent: Caller = {
  tenant,
  subject: { type: 'agent', id: 'agent-1' },
  scope: ['read_deployment', 'write_rollback'],
};
const owner: Caller = { tenant, subject: { type: 'user', id: 'olivia' }, scope: [] };
const approver: Caller = { tenant, subject: { type: 'user', id: 'arjun' }, scope: [] };

/** How the agent reaches them, and what they did before. */
export const people = (governor: Governor) => {
  const ask = async (who: Caller, asked: Asked): Promise<unknown> => {
    const answer = await governor.submit(who, asked);
    if (!answer.decided || answer.decision.verdict !== 'approve')
      throw new Error(`${asked.action}: ${JSON.stringify(answer)}`);
    return answer.outcome?.result;
  };
  const grant = (roles: string) =>
    ask(owner, {
      action: 'grant_role',
      resource: 'service/checkout',
      arguments: { subject: governor.refOf(tenant, agent.subject), roles: roles.split(', ') },
    });
  const approve = async () => {
    const { pending } = (await ask(approver, { action: 'pending_approvals', resource: '*' })) as {
      readonly pending: readonly { readonly at: string; readonly submit: readonly Asked[] }[];
    };
    const [first] = pending;
    const [submit] = first?.submit ?? [];
    if (first === undefined || submit === undefined) throw new Error('nothing waits');
    const expires_at = new Date(Date.parse(first.at) + 3_600_000).toISOString();
    await ask(approver, {
      action: submit.action,
      resource: submit.resource,
      arguments: { ...submit.arguments, expires_at },
    });
  };
  return {
    /** Whoever is to be named has to have asked for something. */
    prepare: async () => {
      for (const who of [agent, approver]) await ask(who, { action: 'check_health', resource: '*' });
      const subject = governor.refOf(tenant, approver.subject);
      await ask(owner, { action: 'grant_relation', resource: 'people', arguments: { subject, relation: 'approver' } });
    },
    tellPeople: tool({
      description: 'Tells people word for word what they have to submit.',
      inputSchema: jsonSchema<{ readonly steps: readonly string[] }>({
        type: 'object',
        properties: { steps: { type: 'array', items: { type: 'string' } } },
        required: ['steps'],
      }),
      execute: async ({ steps }) => {
        for (const step of steps) {
          console.log(`  a person reads: ${step.replace(' (user)', '').replace(/ \(.*/, '')}`);
          const roles = /submit grant_role about .*?\(.*?roles = ([^;)]+)/.exec(step)?.[1];
          if (roles !== undefined) await grant(roles);
          else if (step.includes('submit approve_action')) await approve();
        }
        return `told ${steps.length} steps`;
      },
    }),
  };
};

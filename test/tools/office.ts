/** An enterprise tenant whose people and agents use its tools over MCP, as a client of the protocol does: schemas are checked by it. */

import { join } from 'node:path';
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import type { Caller } from '@tai-autonomics/governor';
import { configurationObserver, restoreConfigurationHandler } from '@tai-autonomics/governor/local';
import { gitConfiguration } from '@tai-autonomics/packs';
import { deploymentIn } from '../governor/deployment.ts';
import { approvalOf, approved, SERVICE, TENANT } from '../governor/kit.ts';
import { connectInMemory, type Wiretapped } from '../mcp/clients.ts';
import { type Guarded, type GuardedOptions, startGuarded } from '../packs/guarded.ts';

/** A tool's answer, with what it returned if it was approved and went well. */
export type Answer = Envelope & { readonly found: Readonly<Record<string, unknown>> };

export interface Office extends Guarded {
  /** Calls a tool; an answer that is not of the tool's own schema is an error of the client. */
  readonly call: (caller: Caller, tool: string, args?: Readonly<Record<string, unknown>>) => Promise<Answer>;
  /** The tools that were called and did what they are for. */
  readonly ran: ReadonlySet<string>;
}

/** Opens it. Grants are the test's to make. */
export const openOffice = async (
  context: Parameters<typeof startGuarded>[0],
  options: GuardedOptions = enterprise,
): Promise<Office> => {
  const guarded = await startGuarded(context, options);
  const { governor } = guarded.setting;
  const clients = new Map<string, Wiretapped>();
  const clientOf = async (caller: Caller): Promise<Wiretapped> => {
    const name = JSON.stringify(caller);
    const known = clients.get(name);
    if (known !== undefined) return known;
    const made = await connectInMemory({ governor, caller }, '2026-07-28');
    // The client checks structured content against the schemas that it was shown.
    await made.client.listTools();
    clients.set(name, made);
    return made;
  };
  context.onTestFinished(async () => {
    for (const { close } of clients.values()) await close();
  });
  const ran = new Set<string>();
  return {
    ...guarded,
    ran,
    call: async (caller, tool, args = {}) => {
      const { client } = await clientOf(caller);
      const result = await client.callTool({ name: tool, arguments: args });
      const envelope = result.structuredContent as unknown as Envelope;
      if (envelope.outcome === 'approved' && (envelope.status ?? 'success') === 'success') ran.add(tool);
      const found = (typeof envelope.result === 'object' ? envelope.result : {}) as Answer['found'];
      return { ...envelope, found };
    },
  };
};

/** Everything of the plan `enterprise`, and a deployment in a file. */
const enterprise: GuardedOptions = {
  also: (folder, clock) => {
    const deployment = deploymentIn(folder);
    const repository = join(folder, 'repository');
    const configuration = configurationObserver({
      source: 'configuration',
      detector: gitConfiguration,
      timeoutMs: 20_000,
      clock,
      repository: () => repository,
    });
    return {
      observers: [deployment.observer(clock), configuration],
      handlers: [
        deployment.handler('deploys'),
        restoreConfigurationHandler('restore_configuration', { [TENANT]: { [SERVICE]: repository } }),
      ],
    };
  },
};

/** Has an approver approve what somebody is refused for want of it. */
export const approveFor = async (
  { setting, submit }: Office,
  who: Caller,
  approver: Caller,
  action: string,
): Promise<void> => {
  const { governor, clock } = setting;
  const refused = await submit(who, action);
  approved(await governor.submit(approver, approvalOf(refused, clock.now + 3_600_000)));
};

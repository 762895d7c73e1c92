/** A tenant with one request that waits, the page of its approvers, and the keys of its people. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApproverPage, type ApproverPageOptions, createApproverPage } from '@tai-autonomics/adapter-http/node';
import { type Caller, type CredentialParts, memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import {
  type Arranged,
  decided,
  makeReady,
  people,
  rollback,
  type Setting,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';

const { agent, approver, owner } = people();
const mint = ({ subject, scope }: Caller) =>
  mintCredential(systemRandom, { tenant: TENANT, subject, scope } as CredentialParts);
const minted = { agent: mint(agent), approver: mint(approver), owner: mint(owner) };
const shop = mintCredential(systemRandom, { subject: { type: 'marketplace', id: 'shop' }, scope: [] });
const everyone = [...Object.values(minted), shop].map(({ credential }) => credential);

/** The keys of its people. */
export const secrets = {
  agent: minted.agent.secretText,
  approver: minted.approver.secretText,
  owner: minted.owner.secretText,
  shop: shop.secretText,
};

export interface Office {
  readonly setting: Setting;
  readonly page: ApproverPage;
}

/** An office in which the agent's rollback was refused for want of an approval. */
export const openOffice = async (given: Arranged = {}, more: Partial<ApproverPageOptions> = {}): Promise<Office> => {
  const setting = await startGovernor(given);
  await makeReady(setting);
  decided(await setting.governor.submit(agent, rollback));
  const { governor, clock } = setting;
  const page = createApproverPage({ governor, credentials: memoryCredentials(everyone), clock, ...more });
  return { setting, page };
};

/** The page at a port of this machine, until `close`. */
export const listen = async (page: ApproverPage): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { method = 'GET', url = '/', headers } = incoming;
    const sent = new Headers();
    for (const [name, value] of Object.entries(headers)) sent.set(name, String(value));
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: Buffer.concat(parts) };
    const answer = await page.fetch(new Request(`http://localhost${url}`, { method, headers: sent, ...body }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

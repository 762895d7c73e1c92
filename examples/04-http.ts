/** The HTTP door is a Web-standard fetch handler: mount it anywhere, or call it in process as here. */
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import type { Reason } from '@tai-autonomics/core';
import { type CredentialParts, memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { governor } from './deployment.ts';
import { random } from './key.ts';
import { readEvent } from './marketplace.ts';

// Tenant and subject come from the key alone. Of a key only the hash is kept.
const mint = (parts: CredentialParts) => mintCredential(random, parts);
const scope = ['read_deployment', 'write_rollback'] as const;
const keys = {
  marketplace: mint({ subject: { type: 'marketplace', id: 'a-marketplace' }, scope: [] }),
  olivia: mint({ tenant: 'acme', subject: { type: 'user', id: 'olivia' }, scope: [] }),
  agent: mint({ tenant: 'acme', subject: { type: 'agent', id: 'agent-1' }, scope }),
};

const door = createHttpDoor({
  governor,
  credentials: memoryCredentials(Object.values(keys).map(({ credential }) => credential)),
  ...(library.aliases === undefined ? {} : { aliases: library.aliases }),
});

interface Answer {
  readonly verdict?: string;
  readonly reasons?: readonly Reason[];
  readonly receipt?: { readonly seq: number; readonly event: string };
}

const post = async (who: keyof typeof keys, path: string, body: string): Promise<Answer> => {
  const headers = { authorization: `Bearer ${keys[who].secretText}`, 'content-type': 'application/json' };
  const response = await door.fetch(new Request(`http://tai.example${path}`, { method: 'POST', headers, body }));
  const answer = (await response.json()) as Answer;
  console.log(`${who}: POST ${path} → ${response.status} ${answer.verdict}`);
  console.log(`  receipt #${answer.receipt?.seq} ${answer.receipt?.event}`);
  for (const { code, next } of answer.reasons ?? [])
    console.log(
      `  ${code}: next,`,
      next.kind === 'authority' ? `${next.who.relation}: ${next.submit.action}` : next.kind,
    );
  return answer;
};

await post('marketplace', '/marketplace', await readEvent('entitlement-upgraded'));

const rollback = JSON.stringify({ action: 'trigger_rollback', resource: 'service/checkout' });
const { reasons } = await post('agent', '/v1/actions', rollback);

// A next step is data: its `submit` is the body that somebody else can post as it stands.
const next = reasons?.[0]?.next;
if (next?.kind === 'authority') {
  const { choose, ...body } = next.submit;
  await post('olivia', '/v1/actions', JSON.stringify(body));
}
await post('agent', '/v1/actions', rollback);
await governor.close();

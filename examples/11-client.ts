/** A client of the HTTP door: it acts, and reads the receipts that this left. Here `fetch` is a door in this process. */
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { createClient } from '@tai-autonomics/adapter-http/client';
import { memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { governor } from './deployment.ts';
import { random } from './key.ts';
import { readEvent } from './marketplace.ts';

const shop = mintCredential(random, { subject: { type: 'marketplace', id: 'a-marketplace' }, scope: [] });
const agent = mintCredential(random, { tenant: 'acme', subject: { type: 'agent', id: 'agent-1' }, scope: [] });
const door = createHttpDoor({ governor, credentials: memoryCredentials([shop.credential, agent.credential]) });

// The tenant buys a plan, so it has a ledger.
const bought = await door.fetch(
  new Request('https://tai.example/marketplace', {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.secretText}`, 'content-type': 'application/json' },
    body: await readEvent('entitlement-activated'),
  }),
);
console.log(`bought: ${bought.status}`);

const client = createClient({ url: 'https://tai.example', key: agent.secretText, fetch: door.fetch });
// With an id of your own it is safe to ask twice: the second time you get the recorded answer.
const body = { id: 'try-1', action: 'trigger_rollback', resource: 'service/checkout' };
for (const _ of ['once', 'twice']) {
  const asked = await client.call('POST /v1/actions', { body });
  if (!asked.ok || asked.answer.preview === true) throw new Error(JSON.stringify(asked));
  const { answer } = asked;
  console.log(`${answer.verdict}, receipt ${answer.receipt.seq}${answer.repeated ? ', repeated' : ''}`);
}

const listed = await client.call('GET /v1/receipts', { query: { limit: 5 } });
if (!listed.ok) throw new Error(listed.problem.detail);
// A read that is refused is an answer, too: the decision, with its reasons.
if (listed.status === 403) throw new Error(listed.answer.reasons[0]?.means);
for (const { seq, event, codes } of listed.answer.receipts) console.log(`${seq} ${event}: ${(codes ?? []).join(', ')}`);

// A problem is a value with a code. Somebody else's receipt, and one that is not there, look the same.
const theirs = await client.call('GET /v1/receipts/{seq}', { path: { seq: 0 } });
console.log(theirs.ok ? 'shown' : `${theirs.problem.status} ${theirs.problem.code}`);
await governor.close();

/**
 * A person is reached through the client of the agent that asks. That client may answer by itself: whatever it says, nothing is
 * approved but by an approver's own signature over exactly this refusal, or by an approver at another door.
 */
import type { Client, ClientCapabilities, ElicitResult } from '@modelcontextprotocol/client';
import { createMcpHttp, type Envelope } from '@tai-autonomics/adapter-mcp';
import {
  approvalBytes,
  approverKeyBytes,
  formatInstant,
  parseInstant,
  type ShownRefusal,
} from '@tai-autonomics/core/engine';
import { encodeBase64url, publicKeyOf, signEd25519 } from '@tai-autonomics/core/receipt';
import type { Asked, Caller, Governor } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectInMemory, REVISIONS, type Revision, textOf, type Wiretapped } from './clients.ts';
import { createTenants, ownerOf, robotOf, type Tenants } from './tenants.ts';

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});
afterAll(() => tenants.governor.close());

const SEED = new Uint8Array(32).fill(5);
const KEY = encodeBase64url(publicKeyOf(SEED) ?? new Uint8Array(0));
const signed = (bytes: Uint8Array | undefined): string =>
  encodeBase64url(signEd25519(SEED, bytes ?? new Uint8Array(0)) ?? new Uint8Array(0));

interface Page {
  readonly ledger: string;
  readonly approver: string;
  readonly pending: readonly (ShownRefusal & {
    readonly at: string;
    readonly submit: readonly { readonly action: string; readonly arguments: Readonly<Record<string, unknown>> }[];
  })[];
}

/** What a signature repeats of a request. */
const shownIn = ({ receipt, leaf, requester, action, arguments: given, resource, plan, catalog }: ShownRefusal) => ({
  receipt,
  leaf,
  requester,
  action,
  arguments: given,
  resource,
  plan,
  catalog,
});

/** A tenant whose owner granted its robot the roles, with an approver who has a key of its own. */
interface Office {
  readonly governor: Governor;
  readonly tenant: string;
  readonly robot: Caller;
  readonly approver: Caller;
  readonly size: () => Promise<number>;
  /** What `tai approvals sign` would print for the newest request. */
  readonly sign: () => Promise<Asked>;
}

const approves = async (governor: Governor, caller: Caller, asked: Asked): Promise<unknown> => {
  const answer = await governor.submit(caller, asked);
  expect([asked.action, answer.decided && answer.decision.verdict]).toEqual([asked.action, 'approve']);
  return answer.decided ? answer.outcome?.result : undefined;
};

const open = async (tenant: string): Promise<Office> => {
  const { governor, buy } = tenants;
  await buy(tenant, 'professional');
  const robot = robotOf(tenant, 'read_deployment', 'write_rollback');
  const approver: Caller = { tenant, subject: { type: 'user', id: 'arthur' }, scope: [] };
  await approves(governor, robot, { action: 'check_health', resource: '*' });
  await approves(governor, approver, { action: 'check_health', resource: '*' });
  await approves(governor, ownerOf(tenant), {
    action: 'grant_role',
    resource: 'shop',
    arguments: { subject: governor.refOf(tenant, robot.subject), roles: ['read_deployment', 'write_rollback'] },
  });
  const subject = governor.refOf(tenant, approver.subject);
  const grant = { action: 'grant_relation', resource: 'people', arguments: { subject, relation: 'approver' } };
  await approves(governor, ownerOf(tenant), grant);
  const pending = (): Promise<Page> =>
    approves(governor, approver, { action: 'pending_approvals', resource: '*' }) as Promise<Page>;
  const { ledger } = await pending();
  const proof = signed(approverKeyBytes(ledger, subject, KEY));
  const register = { action: 'register_approver_key', resource: '*', arguments: { key: KEY, signature: proof } };
  await approves(governor, approver, register);
  let n = 0;
  return {
    governor,
    tenant,
    robot,
    approver,
    size: async () => {
      const head = await governor.head(tenant);
      return E.isRight(head) ? (head.right?.size ?? 0) : -1;
    },
    sign: async () => {
      const page = await pending();
      const [shown] = page.pending;
      const [submit] = shown?.submit ?? [];
      if (shown === undefined || submit === undefined) throw new Error('nothing waits');
      const expires_at = formatInstant((parseInstant(shown.at) ?? 0) + 3_600_000);
      n += 1;
      const nonce = `n${n}`;
      const signature = signed(
        approvalBytes({
          ledger: page.ledger,
          approver: page.approver,
          by: submit.action,
          expiresAt: expires_at,
          nonce,
          shown: shownIn(shown),
        }),
      );
      return {
        action: submit.action,
        resource: 'shop',
        arguments: { ...submit.arguments, expires_at, nonce, signature },
      };
    },
  };
};

const FORM: ClientCapabilities = { elicitation: { form: {} } };

/** The robot's client, and what the person behind it (or it itself) answers. */
const connected = async (
  { governor, robot }: Office,
  revision: Revision,
  answer: (params: { readonly message: string; readonly url?: string }) => ElicitResult | Promise<ElicitResult>,
  capabilities: ClientCapabilities = FORM,
  page?: string,
): Promise<Wiretapped & { readonly asked: readonly string[] }> => {
  const asked: string[] = [];
  const prepare = (client: Client): void => {
    if (capabilities.elicitation === undefined) return;
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message);
      return answer(params as Parameters<typeof answer>[0]);
    });
  };
  const approvals = page === undefined ? {} : { approvals: { page: () => page } };
  const made = await connectInMemory({ governor, caller: robot, ...approvals }, revision, capabilities, prepare);
  return { ...made, asked };
};

const rollback = async ({ client }: Wiretapped) => {
  const answer = await client.callTool({ name: 'rollback_orchestrator', arguments: { resource: 'shop' } });
  return { text: textOf(answer), envelope: answer.structuredContent as unknown as Envelope };
};
const accepted = (content: Record<string, string>): ElicitResult => ({ action: 'accept', content });

describe.each(REVISIONS)('in revision %s', (revision) => {
  test('an approver’s signature over exactly this releases the call that waits for it, once', async () => {
    const office = await open(`signed-${revision}`);
    const client = await connected(office, revision, async () =>
      accepted({ approver: 'arthur', signed: JSON.stringify(await office.sign()) }),
    );
    const first = await rollback(client);
    expect([first.envelope.verdict, client.asked]).toEqual(['approve', [expect.stringContaining('trigger_rollback')]]);
    // The approval is used up: the next one is asked for anew.
    const none = await connected(office, revision, () => accepted({}));
    expect((await rollback(none)).envelope).toMatchObject({ outcome: 'refused' });
    for (const one of [client, none]) await one.close();
  });

  test('whatever else is answered there approves nothing, and leaves nothing in anybody’s name', async () => {
    const office = await open(`liar-${revision}`);
    const good = async (): Promise<Asked> => office.sign();
    const altered = async (change: Record<string, unknown>): Promise<string> => {
      const { arguments: given, ...rest } = await good();
      return JSON.stringify({ ...rest, arguments: { ...given, ...change } });
    };
    const lies: readonly [string, () => Promise<ElicitResult>][] = [
      ['a click', async () => accepted({})],
      ['a decline', async () => ({ action: 'decline' })],
      ['a cancel', async () => ({ action: 'cancel' })],
      ['a name alone', async () => accepted({ approver: 'arthur' })],
      ['no JSON', async () => accepted({ approver: 'arthur', signed: 'yes' })],
      ['no signature', async () => accepted({ approver: 'arthur', signed: await altered({ signature: 'none' }) })],
      ['a made up one', async () => accepted({ approver: 'arthur', signed: await altered({ signature: KEY }) })],
      [
        'another expiry',
        async () => accepted({ approver: 'arthur', signed: await altered({ expires_at: '2026-11-21T09:30:00.000Z' }) }),
      ],
      ['another receipt', async () => accepted({ approver: 'arthur', signed: await altered({ receipt: 1 }) })],
      [
        'another action',
        async () =>
          accepted({ approver: 'arthur', signed: JSON.stringify({ ...(await good()), action: 'grant_role' }) }),
      ],
      ['the agent itself', async () => accepted({ approver: 'robot', signed: JSON.stringify(await good()) })],
      [
        'the owner, who has no key',
        async () => accepted({ approver: `owner-of-${office.tenant}`, signed: JSON.stringify(await good()) }),
      ],
      [
        'a member twice',
        async () => accepted({ approver: 'arthur', signed: `{"action":"x",${JSON.stringify(await good()).slice(1)}` }),
      ],
    ];
    for (const [lie, answer] of lies) {
      let size = 0;
      const client = await connected(office, revision, async () => {
        const said = await answer();
        size = await office.size();
        return said;
      });
      const { envelope } = await rollback(client);
      expect([lie, envelope.outcome, client.asked.length]).toEqual([lie, 'refused', 1]);
      // The refusal was recorded before; of the answer there is no receipt.
      expect([lie, await office.size()]).toEqual([lie, size]);
      // Asked again, it is the same refusal, and nobody is bothered again.
      expect((await rollback(client)).envelope.outcome).toBe('refused');
      expect(client.asked).toHaveLength(1);
      await client.close();
    }
  });

  test('a client that cannot ask, or must not, gets the refusal; a page is opened and approves nothing by itself', async () => {
    const office = await open(`page-${revision}`);
    const mute = await connected(office, revision, () => accepted({}), {});
    expect((await rollback(mute)).text).toContain('This waits for an approval.');
    expect(mute.asked).toEqual([]);
    const page = 'https://tai.example/approvals';
    const url: ClientCapabilities = { elicitation: { url: {} } };
    const urls: unknown[] = [];
    const clicked = await connected(
      office,
      revision,
      (params) => {
        urls.push(params.url);
        return { action: 'accept' };
      },
      url,
      page,
    );
    expect((await rollback(clicked)).envelope.outcome).toBe('refused');
    expect(urls).toEqual([page]);
    // Without a page there is nothing to open.
    const nowhere = await connected(office, revision, () => accepted({}), url);
    expect([(await rollback(nowhere)).envelope.outcome, nowhere.asked]).toEqual(['refused', []]);
    for (const one of [mute, clicked, nowhere]) await one.close();
  });

  test('how a request stands is told by its receipt: waiting, released, denied, and nothing of others', async () => {
    const office = await open(`stands-${revision}`);
    const client = await connected(office, revision, () => accepted({}), {});
    const check = async (receipt: unknown, as: Wiretapped = client) => {
      const answer = await as.client.callTool({ name: 'check_request', arguments: { receipt } });
      const { result } = answer.structuredContent as { result?: { readonly stands: string } };
      return [result?.stands, textOf(answer).split('\n')[result === undefined ? 0 : 1]?.split(/[ :.]/)[0]];
    };
    const { envelope } = await rollback(client);
    const seq = envelope.receipt?.seq;
    expect(await check(seq)).toEqual(['waiting', 'WAITING']);
    const stranger = await connected(
      { ...office, robot: { ...office.robot, subject: { type: 'agent', id: 'other' } } },
      revision,
      () => accepted({}),
      {},
    );
    for (const [who, what] of [
      [stranger, seq],
      [client, 0],
      [client, 999_999],
      [client, 'x'],
      [client, -1],
    ] as const)
      expect(await check(what, who)).toEqual([undefined, 'INVALID']);
    await approves(office.governor, office.approver, await office.sign());
    expect(await check(seq)).toEqual(['released', 'RELEASED']);
    // It is released by what was recorded, not by a wait: the same call goes through now.
    expect((await rollback(client)).envelope.verdict).toBe('approve');
    const again = await rollback(client);
    const { receipt } = again.envelope;
    await approves(office.governor, office.approver, {
      action: 'deny_action',
      resource: 'shop',
      arguments: { receipt: receipt?.seq, leaf: receipt?.leaf, why: 'too_risky', finding: 'not on a Friday' },
    });
    expect(await check(receipt?.seq)).toEqual(['denied', 'DENIED']);
    for (const one of [client, stranger]) await one.close();
  });
});

describe('what a client of 2026-07-28 keeps between two rounds', () => {
  const ask = async (office: Office, caller: Caller, more: object, name = 'shop') => {
    const door = createMcpHttp({ governor: office.governor, authenticate: async () => caller });
    const answer = await door.fetch(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers: {
          host: 'localhost',
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'rollback_orchestrator',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: {
            name: 'rollback_orchestrator',
            arguments: { resource: name },
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
              'io.modelcontextprotocol/clientCapabilities': FORM,
            },
            ...more,
          },
        }),
      }),
    );
    const message = (await answer.json()) as {
      readonly result?: {
        readonly requestState?: string;
        readonly resultType?: string;
        readonly structuredContent?: Envelope;
      };
      readonly error?: { readonly code: number };
    };
    await door.close();
    return message;
  };

  test('is signed, the caller’s own, for one call, and counts once', async () => {
    const office = await open('state');
    const { result } = await ask(office, office.robot, {});
    expect(result).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) });
    const { requestState = '' } = result ?? {};
    const inputResponses = {
      approval: { action: 'accept', content: { approver: 'arthur', signed: JSON.stringify(await office.sign()) } },
    };
    const other: Caller = { ...office.robot, subject: { type: 'agent', id: 'other' } };
    const size = await office.size();
    for (const [who, state] of [
      [office.robot, `${requestState}x`],
      [office.robot, requestState.replace('.', '.A')],
      [office.robot, 'made up'],
      [other, requestState],
    ] as const)
      expect(await ask(office, who, { inputResponses, requestState: state })).toMatchObject({
        error: { code: -32_602 },
      });
    expect(await office.size()).toBe(size);
    const right = await ask(office, office.robot, { inputResponses, requestState });
    expect(right.result?.structuredContent).toMatchObject({ verdict: 'approve' });
    expect(await ask(office, office.robot, { inputResponses, requestState })).toMatchObject({
      error: { code: -32_602 },
    });
  });

  test('of one call releases no other', async () => {
    const office = await open('crossed');
    const { result } = await ask(office, office.robot, {});
    const { requestState } = result ?? {};
    const inputResponses = {
      approval: { action: 'accept', content: { approver: 'arthur', signed: JSON.stringify(await office.sign()) } },
    };
    const crossed = await ask(office, office.robot, { inputResponses, requestState }, 'till');
    // About something else it is a call like any other: it is decided, refused, and a person is asked about it.
    expect(crossed.result).toMatchObject({ resultType: 'input_required' });
  });
});

/** `tai approvals`: an approver sees a request as a whole on this machine, and answers exactly that one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { EXIT, main } from '@tai-autonomics/cli';
import { library } from '@tai-autonomics/packs';
import { beforeEach, expect, test } from 'vitest';
import { type Connected, connect } from '../mcp/clients.ts';
import { TAI } from '../programs/program.ts';
import { inTheLongRun } from '../runs.ts';
import { boughtEvent } from './bought.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

let dir: string;
const tai = async (...argv: readonly string[]) => {
  const terminal = captureIo(dir);
  const code = await main(argv, terminal.io);
  return { code, out: terminal.out(), err: terminal.err() };
};
const as = (who: string): readonly string[] => ['--tenant', 'acme', '--as', who];
const git = (...args: readonly string[]): void => {
  const who = ['-c', 'user.name=Shop', '-c', 'user.email=shop@acme.example', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, '-c', 'tag.gpgsign=false', '-C', join(dir, 'repository'), ...args], { stdio: 'ignore' });
};
const release = (version: string): void => {
  writeFileSync(join(dir, 'repository', 'service.yaml'), `image: shop:${version}\n`);
  git('add', '.');
  git('commit', '-m', version);
  git('tag', '-a', `v${version}`, '-m', version);
};

beforeEach(async () => {
  dir = scratch();
  mkdirSync(join(dir, '.tai'));
  mkdirSync(join(dir, 'repository'));
  git('init');
  release('1.0.0');
  release('1.1.0');
  const write = (name: string, json: unknown): void =>
    writeFileSync(join(dir, name), JSON.stringify(json), { mode: 0o600 });
  write('.tai/config.json', {
    mode: 'eval',
    session: 'test',
    domain: 'localhost',
    owners: { acme: 'olivia' },
    repositories: { acme: { shop: '../repository' } },
    resources: 'resources.json',
  });
  write('.tai/resources.json', {
    format: 'tai-autonomics/resources@1',
    tenants: { acme: { shop: { kind: 'service', environment: 'sandbox' } } },
  });
  write('.tai/credentials.json', { format: 'tai-autonomics/credentials@1', credentials: [] });
  const row = library.plans['professional'];
  const record = { plan_id: 'professional', sku_id: row?.sku_id, enabled_packs: row?.packs, iam_roles: row?.iam_roles };
  write('event.json', {
    event: 'entitlement.activated',
    event_id: 'evt-1',
    entitlement_id: 'ent-1',
    occurred_at: '2026-01-26T09:00:00Z',
    record: { tenant_id: 'acme', ...record, expiry: '2099-01-01T00:00:00Z' },
  });
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  const arjun = ['--subject', 'user:arjun', '--arguments', '{"kind":"user"}'];
  expect((await tai('submit', 'register_subject', ...as('user:olivia'), ...arjun)).code).toBe(EXIT.ok);
  const approver = ['--subject', 'user:arjun', '--arguments', '{"relation":"approver"}', '--about', 'people'];
  expect((await tai('submit', 'grant_relation', ...as('user:olivia'), ...approver)).code).toBe(EXIT.ok);
});

test('a request is listed, shown, denied, and approved after all; nothing else is', async () => {
  const arjun = as('user:arjun');
  expect(await tai('approvals', 'list', ...arjun)).toMatchObject({
    code: EXIT.ok,
    out: expect.stringMatching(/^nothing waits/),
  });
  const refused = JSON.parse(
    (await tai('submit', 'trigger_rollback', ...as('agent:bot'), '--about', 'shop', '--json')).out,
  );
  const seq = String(refused.receipt.seq);
  const listed = await tai('approvals', 'list', ...arjun);
  expect(listed.out).toContain(
    `${seq}  trigger_rollback about shop: rolls a deployment back to its previous release\n`,
  );
  expect(listed.out).toContain('asked by agent:bot at ');
  expect(listed.out).toContain('would run: rollback {"target_version":"v1.0.0"}\n');
  expect((await tai('approvals', 'show', seq, ...arjun)).out).toContain(`leaf: ${refused.receipt.leaf}\n`);
  const why = ['--why', 'not_now', '--finding', 'the release before is broken too'];
  expect((await tai('approvals', 'deny', seq, ...arjun, ...why)).out).toMatch(/receipt \d+: approval_denied/);
  expect((await tai('approvals', 'approve', seq, ...arjun)).code).toBe(EXIT.failed);
  const asked = ['submit', 'approve_action', ...arjun, '--about', 'shop', '--arguments'];
  const until = new Date(Date.now() + 60_000).toISOString();
  const given = { receipt: refused.receipt.seq, leaf: refused.receipt.leaf, expires_at: until };
  expect((await tai(...asked, JSON.stringify(given))).code).toBe(EXIT.ok);
});

test('an approval is given for exactly one request', async () => {
  const arjun = as('user:arjun');
  await tai('submit', 'trigger_rollback', ...as('agent:bot'), '--about', 'shop');
  const [pending] = JSON.parse((await tai('approvals', 'list', ...arjun, '--json')).out).pending;
  const approved = await tai('approvals', 'approve', String(pending.receipt), ...arjun, '--minutes', '5');
  expect(approved).toMatchObject({ code: EXIT.ok, out: expect.stringMatching(/receipt \d+: approval_granted/) });
  expect((await tai('approvals', 'list', ...arjun)).out).toContain('nothing waits');
});

test('what is no such request is said in one line, and nobody else is shown one', async () => {
  expect(await tai('approvals', 'show', '1', ...as('user:arjun'))).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('receipt 1 is no refusal that waits for an approval'),
  });
  expect((await tai('approvals', 'show', 'one', ...as('user:arjun'))).code).toBe(EXIT.unreadable);
  expect((await tai('approvals', 'list', ...as('user:nina'))).code).toBe(EXIT.refused);
});

test('an approval that is signed with no ledger at hand counts, and one without a signature does not any more', async (context) => {
  inTheLongRun(context);
  const arjun = as('user:arjun');
  expect((await tai('approvals', 'key', 'approver.key')).out).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
  expect((await tai('approvals', 'register', ...arjun, '--key', 'approver.key')).code).toBe(EXIT.ok);
  await tai('submit', 'trigger_rollback', ...as('agent:bot'), '--about', 'shop');
  const [{ receipt }] = JSON.parse((await tai('approvals', 'list', ...arjun, '--json')).out).pending;
  expect(await tai('approvals', 'approve', String(receipt), ...arjun)).toMatchObject({
    code: EXIT.refused,
    out: expect.stringContaining('approval_unsigned'),
  });
  const { out } = await tai('approvals', 'show', String(receipt), ...arjun, '--json');
  writeFileSync(join(dir, 'shown.json'), out);
  const signed = await tai('approvals', 'sign', 'shown.json', '--key', 'approver.key');
  expect(signed).toMatchObject({ code: EXIT.ok, err: expect.stringContaining('would run: rollback') });
  const { action, resource, arguments: given } = JSON.parse(signed.out);
  const submitted = ['submit', action, ...arjun, '--about', resource, '--arguments', JSON.stringify(given)];
  expect((await tai(...submitted)).code).toBe(EXIT.ok);
});

/** `test/vectors/field/mcp-stdio-holds-the-ledger`: a call of an agent, or a line that somebody types meanwhile. */
interface Step {
  readonly note: string;
  readonly agent?: string;
  readonly calls?: string;
  readonly verdict?: string;
  readonly types?: readonly string[];
  readonly code?: number;
  readonly says?: string;
  /** How often each agent has been told by then that its tools changed. */
  readonly told?: number;
}

test('the case: while `tai mcp` of an agent holds the ledger, people approve, stop and sell', async () => {
  const vector = 'test/vectors/field/mcp-stdio-holds-the-ledger/steps.json';
  const steps = JSON.parse(readFileSync(vector, 'utf8')) as readonly Step[];
  const fewer = { ...boughtEvent('base'), event: 'entitlement.downgraded', event_id: 'evt-fewer' };
  writeFileSync(join(dir, 'fewer.json'), JSON.stringify({ ...fewer, occurred_at: '2026-01-27T09:00:00Z' }));
  const agents = new Map<string, Connected>();
  const connected = async (agent: string): Promise<Connected> => {
    const args = [TAI, 'mcp', '--tenant', 'acme', '--agent', agent];
    const transport = new StdioClientTransport({ command: process.execPath, args, cwd: dir, stderr: 'inherit' });
    const one = agents.get(agent) ?? (await connect(transport, '2025-11-25'));
    agents.set(agent, one);
    return one;
  };
  let refused = '';
  try {
    for (const { note, agent, calls = '', verdict, types, code, says = '', told } of steps) {
      if (types !== undefined) {
        const ended = await tai(...types.map((word) => (word === 'RECEIPT' ? refused : word)));
        expect({ note, ...ended }).toEqual({ note, code, out: expect.stringContaining(says), err: '' });
      }
      if (agent !== undefined) {
        const { client } = await connected(agent);
        const { structuredContent } = await client.callTool({ name: calls, arguments: { resource: 'shop' } });
        const answer = structuredContent as { readonly verdict: string; readonly receipt: { readonly seq: number } };
        expect({ note, verdict: answer.verdict }).toEqual({ note, verdict });
        if (answer.verdict === 'refuse') refused = String(answer.receipt.seq);
      }
      if (told !== undefined) for (const one of agents.values()) await one.told(told);
    }
    expect(agents.size).toBe(2);
  } finally {
    for (const { close } of agents.values()) await close();
  }
}, 120_000);

/** `tai submit`, `tai event`, `tai tools`: the door on one's own machine leaves the same receipts as every other. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { library } from '@tai-autonomics/packs';
import { beforeEach, expect, test } from 'vitest';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let dir: string;
const tai = async (...argv: readonly string[]): Promise<Ran> => {
  const terminal = captureIo(dir);
  const code = await main(argv, terminal.io);
  return { code, out: terminal.out(), err: terminal.err() };
};
const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
const acme = ['--tenant', 'acme', '--as', 'agent:bot'];

const row = library.plans['professional'];
const event = (differs: object = {}): object => ({
  event: 'entitlement.activated',
  event_id: 'evt-1',
  entitlement_id: 'ent-1',
  occurred_at: '2026-01-26T09:00:00Z',
  record: {
    tenant_id: 'acme',
    plan_id: 'professional-tier',
    sku_id: row?.sku_id,
    enabled_packs: row?.packs,
    iam_roles: row?.iam_roles,
    expiry: '2099-01-01T00:00:00Z',
    ...differs,
  },
});

beforeEach(() => {
  dir = scratch();
  mkdirSync(join(dir, '.tai'));
  write('.tai/config.json', {
    mode: 'eval',
    session: 'test',
    domain: 'localhost',
    owners: { acme: 'olivia' },
    resources: 'resources.json',
  });
  write('.tai/resources.json', {
    format: 'tai-autonomics/resources@1',
    tenants: { acme: { shop: { kind: 'service', environment: 'sandbox' } } },
  });
  write('.tai/credentials.json', { format: 'tai-autonomics/credentials@1', credentials: [] });
  write('event.json', event());
});

test('a purchase opens the tenant, its tools appear, and asking twice with one id gets one receipt', async () => {
  expect((await tai('tools', ...acme)).out).toBe('');
  expect(await tai('event', 'event.json')).toMatchObject({
    code: EXIT.ok,
    out: expect.stringContaining('receipt 1: entitlement_updated\nreceipt 2: tool_surface_changed\n'),
  });
  const again = JSON.parse((await tai('event', 'event.json', '--json')).out);
  expect(again).toMatchObject({ decided: true, repeated: true, receipt: { seq: 1 } });
  const roles = ['--scope', 'read_deployment,write_rollback'];
  expect((await tai('tools', ...acme, ...roles)).out).toContain('rollback_orchestrator (rollback_guard)\n');
  const tools = JSON.parse((await tai('tools', ...acme, ...roles, '--json')).out);
  expect(tools.find(({ tool }: { tool: string }) => tool === 'rollback_orchestrator')).toMatchObject({
    actions: [{ action: 'trigger_rollback', effect: 'external' }],
  });
  const asked = ['submit', 'check_health', ...acme, '--id', 'one', '--json'];
  const [first, second] = [JSON.parse((await tai(...asked)).out), JSON.parse((await tai(...asked)).out)];
  expect([first.repeated, second.repeated, second.receipt]).toEqual([false, true, first.receipt]);
});

test('a refusal says all reasons with their next steps: exit 3', async () => {
  await tai('event', 'event.json');
  const { code, out } = await tai('submit', 'rollback_trigger', ...acme, '--about', 'shop');
  expect(code).toBe(EXIT.refused);
  expect(out).toMatch(/^refuse: insufficient_privilege, /);
  expect(out).toMatch(/next: let the owner \(user\) submit grant_role about shop \(roles = .*; subject = sub_/);
  expect(out).toMatch(/receipt 3: rollback_refused\n$/);
});

test('--subject fills in a pseudonym that nobody could type', async () => {
  await tai('event', 'event.json');
  // Whoever asked for something is known.
  expect((await tai('submit', 'check_rollback_status', ...acme, '--about', 'shop')).code).toBe(EXIT.refused);
  const granted = await tai(
    'submit',
    'grant_role',
    '--tenant',
    'acme',
    '--as',
    'user:olivia',
    '--subject',
    'agent:bot',
    '--arguments',
    '{"roles":["read_deployment"]}',
  );
  expect(granted.code).toBe(EXIT.ok);
  const read = await tai('submit', 'check_rollback_status', ...acme, '--scope', 'read_deployment', '--about', 'shop');
  expect(read).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('success: {"status":"none"}') });
});

test('an event that is refused is refused with a receipt, and one that opens no tenant has none', async () => {
  write('expired.json', event({ expiry: 1_740_534_000 }));
  expect(await tai('event', 'expired.json')).toMatchObject({
    code: EXIT.failed,
    out: '',
    err: expect.stringContaining('not decided: unknown_tenant: the activation is refused: expired'),
  });
  await tai('event', 'event.json');
  write('expired.json', {
    ...event({ expiry: 1_740_534_000 }),
    event_id: 'evt-2',
    occurred_at: '2026-01-26T10:00:00Z',
  });
  expect(await tai('event', 'expired.json')).toMatchObject({
    code: EXIT.refused,
    out: expect.stringMatching(/^refuse: expired[\s\S]*receipt 3: entitlement_update_refused\n$/),
  });
});

test.for([
  {
    note: 'nobody',
    argv: ['submit', 'x', '--tenant', 'acme', '--as', 'bot'],
    says: /^tai: --as: expected agent:…, user:…, service:…, found bot/,
  },
  {
    note: 'a marketplace',
    argv: ['submit', 'x', '--tenant', 'acme', '--as', 'marketplace:m'],
    says: /^tai: --as: expected agent/,
  },
  {
    note: 'the system',
    argv: ['tools', '--tenant', 'acme', '--as', 'system:governor'],
    says: /^tai: --as: expected agent/,
  },
  {
    note: 'a role that does not exist',
    argv: ['submit', 'x', ...acme, '--scope', 'root'],
    says: /^tai: --scope: expected one of .*found root/,
  },
  {
    note: 'arguments that are no object',
    argv: ['submit', 'x', ...acme, '--arguments', '[]'],
    says: /^tai: --arguments: expected an object/,
  },
  {
    note: 'an argument twice',
    argv: ['submit', 'x', ...acme, '--arguments', '{"a":1,"a":2}'],
    says: /^tai: --arguments: expected each member once/,
  },
  {
    note: 'a subject that is none',
    argv: ['submit', 'x', ...acme, '--subject', 'olivia'],
    says: /^tai: --subject: expected agent/,
  },
  {
    note: 'an event of the operator’s',
    argv: ['event', 'operator.json'],
    says: /^tai: operator\.json: expected an entitlement event/,
  },
  {
    note: 'no event',
    argv: ['event', '.tai/config.json'],
    says: /^tai: \.tai\/config\.json: expected an entitlement event/,
  },
])('$note: exit 2, said on stderr', async ({ argv, says }) => {
  write('operator.json', event({ tenant_id: '(operator)' }));
  const { code, out, err } = await tai(...argv);
  expect({ code, out }).toEqual({ code: EXIT.unreadable, out: '' });
  expect(err).toMatch(says);
});

test('what is refused again and again is proposed, asked for as it stands by an owner, and approved from then on', async () => {
  await tai('event', 'event.json');
  const asks = () => tai('submit', 'measure_incidents', ...acme, '--scope', 'read_deployment', '--json');
  for (let i = 0; i < 3; i++) expect(await asks()).toMatchObject({ code: EXIT.refused });
  const reported = async (name: string) => {
    expect(await tai('report', 'proposals', '--tenant', 'acme', '--json', '-o', name)).toMatchObject({ code: EXIT.ok });
    return JSON.parse(readFileSync(join(dir, name), 'utf8')).proposals;
  };
  const [proposal, ...others] = await reported('proposals.json');
  expect(others).toEqual([]);
  expect(proposal).toMatchObject({
    refused: { action: 'measure_incidents', code: 'insufficient_privilege', times: 3 },
    receipts: [3, 4, 5],
    who: { type: 'user', relation: 'owner' },
    submit: { action: 'grant_role' },
  });
  const as = (who: string, ...more: readonly string[]) =>
    tai('submit', '--proposal', 'proposals.json', '--tenant', 'acme', '--as', who, ...more);
  // It is a proposal, and no permission: who may not grant is refused like anybody.
  expect(await as('user:mallory')).toMatchObject({ code: EXIT.refused });
  expect(await asks()).toMatchObject({ code: EXIT.refused });
  for (const wrong of [['--number', '2'], ['--number', '0'], ['grant_role']])
    expect(await as('user:olivia', ...wrong), wrong.join(' ')).toMatchObject({ code: EXIT.unreadable, out: '' });
  expect(await as('user:olivia')).toMatchObject({
    code: EXIT.ok,
    err: expect.stringMatching(/^tai: asks for grant_role about \S+: \{.*"roles":\["read_deployment"\]/),
  });
  expect(await asks()).toMatchObject({ code: EXIT.ok });
  expect(await reported('again.json')).toMatchObject([{ stale: 8 }]);
  const stale = await tai('submit', '--proposal', 'again.json', '--tenant', 'acme', '--as', 'user:olivia');
  expect(stale).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('proposal 1 is stale') });

  // The report is recomputed from a bundle; what proposes more than the receipts do is found.
  await tai('export', '--tenant', 'acme', '--seal', '-o', 'bundle');
  const verify = async (name: string) => (await tai('verify', 'bundle', '--figures', name)).out;
  expect(await verify('again.json')).toContain('are what the receipts say');
  const honest = JSON.parse(readFileSync(join(dir, 'again.json'), 'utf8'));
  write('changed.json', { ...honest, proposals: [{ ...honest.proposals[0], submit: { action: 'close_ledger' } }] });
  expect(await verify('changed.json')).toContain('the report proposes something else than the receipts do');
});

/** The fixture of the AuthZEN certification scenario: two users, two records, three actions, as a pack of ours behind a real door. */
import { createHttpDoor, type HttpDoor } from '@tai-autonomics/adapter-http';
import type { CatalogSource, Pack } from '@tai-autonomics/core';
import {
  type Caller,
  type Governor,
  loadCatalog,
  memoryCredentials,
  mintCredential,
  type Observer,
  resourceDirectory,
  subjectsOf,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { approved, entitlement, people, right, startGovernor, TENANT } from '../governor/kit.ts';

type Actions = Pack['actions'];
type Condition = Actions[string]['requires'][number]['when'];

const recordAction = (means: string, args: Actions[string]['arguments'], when?: Condition): Actions[string] => ({
  means,
  who: ['user'],
  entitlement: 'none',
  roles: [],
  arguments: args,
  requires:
    when === undefined
      ? []
      : [
          {
            code: 'not_for_subject',
            means: 'the record is open to the subject',
            when,
            remedy: { by: 'nobody', why: 'the record is closed to this subject' },
          },
        ],
  emits: { approve: 'record_touched', refuse: 'action_refused' },
  writes: [],
  does: { effect: 'internal' },
});

const edits: Condition = { fact: 'granted_roles', contains: 'write_config' };
const administers: Condition = { fact: 'granted_roles', contains: 'read_metrics' };
const archived: Condition = { fact: 'record_status', is: 'archived' };

/** Rules 1 to 8 of the scenario. What a record's status is, our own observer says, whatever a request claims. */
const records: Pack = {
  pack_id: 'records',
  version: '1.0.0',
  description: 'Who may read, write and delete records.',
  always: true,
  tools: [{ tool: 'records', title: 'Records', description: 'Records.', actions: ['read', 'write', 'delete'] }],
  signals: ['record_touched'],
  facts: {
    record_status: {
      means: 'whether the record is archived',
      type: { type: 'enum', values: ['active', 'archived'] },
      origin: 'observed',
      sources: ['archive'],
      maxAgeMs: 60_000,
    },
  },
  cells: {},
  actions: {
    read: recordAction('reads a record', {
      method: { means: 'how', type: { type: 'string', maxLength: 16 }, otherwise: 'GET' },
    }),
    write: recordAction(
      'writes a record',
      {},
      { any: [{ all: [edits, { not: archived }] }, { all: [administers, archived] }] },
    ),
    delete: recordAction(
      'deletes a record',
      { soft: { means: 'whether it can be had back', type: { type: 'boolean' } } },
      { all: [edits, { fact: 'argument.soft', is: true }] },
    ),
  },
  codes: { not_for_subject: 'the record is closed to the subject' },
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: ['record_touched'],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
};
const source: CatalogSource = { ...library, packs: [...library.packs, records] };

const mint = (type: 'agent' | 'user' | 'service', id: string, scope: Caller['scope'] = []) =>
  mintCredential(systemRandom, { tenant: TENANT, subject: { type, id }, scope });
const minted = {
  /** The enforcement point: the one that asks. */
  pep: mint('service', 'gateway', ['read_audit_trail']),
  owner: mint('user', 'olivia'),
  alice: mint('user', 'alice'),
  bob: mint('user', 'bob'),
  shop: mintCredential(systemRandom, { subject: { type: 'marketplace', id: 'shop' }, scope: [] }),
};

/** A door before records, and the keys to it. */
export interface Records {
  readonly door: HttpDoor;
  readonly governor: Governor;
  readonly keys: Readonly<Record<keyof typeof minted, string>>;
}

/** Opens it. `change` stands between the governor and the door. */
export const openRecords = async (change: (governor: Governor) => Governor = (same) => same): Promise<Records> => {
  const credentials = memoryCredentials(Object.values(minted).map(({ credential }) => credential));
  const record = { kind: 'record', environment: 'sandbox' } as const;
  const resources = right(resourceDirectory({ [TENANT]: { 'record-1': record, 'record-2': record } }));
  const archive: Observer = {
    source: 'archive',
    facts: ['record_status'],
    timeoutMs: 1_000,
    observe: async (resource) => [
      { fact: 'record_status', value: resource === 'record-2' ? 'archived' : 'active', observedAt: clock() },
    ],
  };
  const subjects = subjectsOf(credentials);
  const setting = await startGovernor({
    standing: { mode: 'eval', session: 'records' },
    catalogs: [right(loadCatalog(source))],
    resources,
    subjects,
    observers: [archive],
  });
  const { clock, governor } = setting;
  const { shop, owner } = people();
  const grants = [
    ['service:gateway', 'read_audit_trail'],
    ['user:alice', 'write_config'],
    ['user:bob', 'read_metrics'],
  ] as const;
  approved(await governor.submit(shop, entitlement(clock.now)));
  for (const [subject, role] of grants)
    approved(
      await governor.submit(owner, { action: 'grant_role', resource: 'people', arguments: { subject, roles: [role] } }),
    );
  const authzen = { pdp: 'https://pdp.example', resources };
  const door = createHttpDoor({ governor: change(governor), credentials, authzen });
  const { pep, owner: olivia, alice, bob, shop: market } = minted;
  const keys = {
    pep: pep.secretText,
    owner: olivia.secretText,
    alice: alice.secretText,
    bob: bob.secretText,
    shop: market.secretText,
  };
  return { door, governor, keys };
};

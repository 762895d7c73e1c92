/** AuthZEN interop, search: which records a user may do what with, who may do it to a record, and what a user may do at all. */
import { hasRole, openDecisionPoint } from './authzen.ts';

/** Twenty records of three departments, each owned by somebody. */
const users = ['alice', 'bob', 'carol', 'dan', 'erin', 'felix'] as const;
const departments = ['accounting', 'legal', 'sales'] as const;
const records = Array.from({ length: 20 }, (_, n) => ({
  id: `record-${101 + n}`,
  owner: users[n % users.length] ?? 'alice',
  department: departments[n % departments.length] ?? 'sales',
}));
const worksIn = (department: string) => ({ all: [hasRole(department), { fact: 'record_department', is: department }] });
const isOwn = { fact: 'record_owner', is: { fact: 'subject' } } as const;
const inDepartment = { any: departments.map(worksIn) };

const pdp = await openDecisionPoint({
  title: 'Records',
  roles: {
    accounting: 'works in accounting',
    legal: 'works in the legal department',
    sales: 'works in sales',
    manager: 'manages a department',
  },
  facts: {
    record_owner: {
      means: 'who owns the record',
      type: { type: 'string', form: 'subject' },
      origin: 'observed',
      sources: ['application'],
      maxAgeMs: 60_000,
    },
    record_department: {
      means: 'whose record it is',
      type: { type: 'enum', values: departments },
      origin: 'observed',
      sources: ['application'],
      maxAgeMs: 60_000,
    },
  },
  actions: {
    view: { any: [isOwn, inDepartment] },
    edit: { any: [isOwn, { all: [hasRole('manager'), inDepartment] }] },
    delete: isOwn,
  },
  users: {
    alice: ['sales', 'manager'],
    bob: ['sales'],
    carol: ['legal', 'manager'],
    dan: ['legal'],
    erin: ['accounting'],
    felix: ['accounting'],
  },
  resources: Object.fromEntries(records.map(({ id }) => [id, 'record'])),
  seen: (resource, ref) => {
    const found = records.find(({ id }) => id === resource);
    return found === undefined ? {} : { record_owner: ref(found.owner), record_department: found.department };
  },
});

const idsIn = (answer: Readonly<Record<string, unknown>>): readonly string[] =>
  (answer['results'] as readonly { readonly id?: string; readonly name?: string }[]).map(
    ({ id, name }) => id ?? name ?? '',
  );

for (const id of ['alice', 'dan'])
  for (const name of ['view', 'edit', 'delete']) {
    const body = { subject: { type: 'user', id }, action: { name }, resource: { type: 'record' } };
    console.log(`${id} may ${name}:`, idsIn(await pdp.ask('search/resource', body)).join(' '));
  }

const record = { type: 'record', id: 'record-101' };
const editors = await pdp.ask('search/subject', {
  subject: { type: 'user' },
  action: { name: 'edit' },
  resource: record,
});
console.log('record-101 may be edited by:', idsIn(editors).join(' '));
const actions = await pdp.ask('search/action', {
  subject: { type: 'user', id: 'bob' },
  resource: { ...record, id: 'record-102' },
});
console.log('to record-102 bob may:', idsIn(actions).join(' '));

// A page at a time: the token of the last page leads to the next one.
let page: { readonly limit?: number; readonly token?: string } = { limit: 4 };
for (let n = 1; ; n += 1) {
  const body = { subject: { type: 'user', id: 'alice' }, action: { name: 'view' }, resource: { type: 'record' }, page };
  const answer = await pdp.ask('search/resource', body);
  console.log(`page ${n}:`, idsIn(answer).join(' '));
  const { next_token: token } = answer['page'] as { readonly next_token: string };
  if (token === '') break;
  page = { token };
}
await pdp.close();

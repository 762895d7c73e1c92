/** The cases of the AuthZEN 1.0 certification scenario (openid/authzen, certification/authorization-api-1_0-scenario.md). */

export type Level =
  | 'Basic Core'
  | 'Basic Properties'
  | 'Batch Core'
  | 'Batch Properties'
  | 'Search Core'
  | 'Search Properties';

/** One case, and all that the harness looks at. */
export interface Case {
  readonly level: Level;
  /** The section of the scenario. */
  readonly section: string;
  readonly note: string;
  readonly path: string;
  /** Sent as it stands where it is a string. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: 400;
  readonly decision?: boolean;
  /** `any`: only that there is a decision. */
  readonly decisions?: readonly (boolean | 'any')[];
  /** Names that must be found. */
  readonly finds?: readonly string[];
  readonly findsNothing?: true;
  /** The body of the case whose results it has, exactly. */
  readonly sameAs?: unknown;
}

const alice = { type: 'user', id: 'alice' };
const bob = { type: 'user', id: 'bob' };
const admin = { ...bob, properties: { role: 'admin' } };
const one = { type: 'record', id: 'record-1' };
const two = { type: 'record', id: 'record-2' };
const active = { ...one, properties: { status: 'active' } };
const archived = { ...two, properties: { status: 'archived' } };
const user = { type: 'user' };
const record = { type: 'record' };
const read = { name: 'read' };
const write = { name: 'write' };
const context = { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' };
const asked = { subject: alice, action: read, resource: one };
const without = (name: keyof typeof asked): object => ({ ...asked, [name]: undefined });
const deleting = (soft: boolean) => ({ ...asked, action: { name: 'delete', properties: { soft } } });

const EVALUATION = '/access/v1/evaluation';
const EVALUATIONS = '/access/v1/evaluations';
const found = (what: string): string => `/access/v1/search/${what}`;

const refused = (section: string, note: string, body: unknown, headers?: Case['headers']): Case => ({
  level: 'Basic Core',
  section,
  note,
  path: EVALUATION,
  body,
  status: 400,
  ...(headers === undefined ? {} : { headers }),
});
const single = (level: Level, section: string, note: string, body: unknown, decision: boolean): Case => ({
  level,
  section,
  note,
  path: EVALUATION,
  body,
  decision,
});
const batch = (level: Level, section: string, note: string, body: unknown, decisions: Case['decisions']): Case => ({
  level,
  section,
  note,
  path: EVALUATIONS,
  body,
  ...(decisions === undefined ? {} : { decisions }),
});
const search = (
  section: string,
  note: string,
  what: string,
  body: unknown,
  more: Partial<Case>,
  level: Level = 'Search Core',
): Case => ({ level, section, note, path: found(what), body, ...more });

const bySubject = { subject: user, action: read, resource: one };
const byResource = { subject: alice, action: read, resource: record };
const byAction = { subject: alice, resource: one };

const unknownId = (what: string): object => {
  const nobody = { type: 'user', id: 'nonexistent-user' };
  if (what === 'subject') return { ...bySubject, resource: { type: 'record', id: 'record-0' } };
  return what === 'resource' ? { ...byResource, subject: nobody } : { ...byAction, subject: nobody };
};

const unknownType = (what: string): object => {
  const spaceship = { type: 'spaceship' };
  if (what === 'subject') return { ...bySubject, subject: spaceship };
  return what === 'resource'
    ? { ...byResource, resource: spaceship }
    : { ...byAction, subject: { ...spaceship, id: 'alice' } };
};

export const CASES: readonly Case[] = [
  single('Basic Core', '2.2.1', 'a permit', asked, true),
  single('Basic Core', '2.2.2', 'a deny', { subject: bob, action: write, resource: one }, false),
  single('Basic Core', '1.4', 'rule 2', { ...asked, action: write }, true),
  single('Basic Core', '1.4', 'rule 3', { ...asked, subject: bob }, true),
  single('Basic Core', '2.2.3', 'a context', { ...asked, context }, true),
  single('Basic Properties', '2.2.4', 'rule 5', { subject: alice, action: write, resource: archived }, false),
  single('Basic Properties', '2.2.5', 'rule 6', { subject: admin, action: write, resource: archived }, true),
  single('Basic Properties', '2.2.6', 'rule 7', deleting(true), true),
  single('Basic Properties', '2.2.7', 'rule 8', deleting(false), false),
  single(
    'Basic Core',
    '2.2.8',
    'more properties',
    {
      subject: { ...alice, properties: { department: 'Sales', role: 'manager' } },
      action: { ...read, properties: { method: 'GET' } },
      resource: { ...one, properties: { status: 'active', owner: 'bob' } },
    },
    true,
  ),
  single('Basic Core', '2.2.9', 'unknown members', { ...asked, foo: 'bar', futureField: { nested: true } }, true),
  refused('2.4.1', 'no subject', without('subject')),
  refused('2.4.1', 'no action', without('action')),
  refused('2.4.1', 'no resource', without('resource')),
  refused('2.4.2', 'a subject without type', { ...asked, subject: { id: 'alice' } }),
  refused('2.4.2', 'a subject without id', { ...asked, subject: user }),
  refused('2.4.2', 'an action without name', { ...asked, action: {} }),
  refused('2.4.2', 'a resource without type', { ...asked, resource: { id: 'record-1' } }),
  refused('2.4.2', 'a resource without id', { ...asked, resource: record }),
  refused('2.4.3', 'another content type', asked, { 'content-type': 'text/plain' }),
  refused('2.4.4', 'no JSON', '{"subject": '),
  refused('2.4.5', 'an empty body', ''),
  refused('2.4.6', 'a subject that is a string', { ...asked, subject: 'alice' }),
  refused('2.4.6', 'a name that is a number', { ...asked, action: { name: 123 } }),
  batch(
    'Batch Core',
    '3.2.1',
    'a list',
    { subject: alice, action: read, evaluations: [{ resource: one }, { resource: two }] },
    ['any', 'any'],
  ),
  batch(
    'Batch Core',
    '3.2.2',
    'rules 3 and 4 in order',
    { subject: bob, resource: one, evaluations: [{ action: read }, { action: write }] },
    [true, false],
  ),
  batch(
    'Batch Properties',
    '3.2.3',
    'properties of each',
    { subject: alice, action: write, evaluations: [{ resource: active }, { resource: archived }] },
    [true, false],
  ),
  batch(
    'Batch Properties',
    '3.2.4',
    'subjects of each',
    { action: write, resource: archived, evaluations: [{ subject: alice }, { subject: admin }] },
    [false, true],
  ),
  batch(
    'Batch Core',
    '3.2.5',
    'no defaults',
    { evaluations: [asked, { subject: bob, action: write, resource: one }] },
    [true, false],
  ),
  batch(
    'Batch Core',
    '3.2.6',
    'a context for all but one',
    {
      subject: alice,
      action: read,
      context,
      evaluations: [{ resource: one }, { resource: two, context: { source: 'batch-override' } }],
    },
    ['any', 'any'],
  ),
  batch(
    'Batch Properties',
    '3.2.7',
    'a default replaced as a whole',
    { subject: alice, action: write, resource: active, evaluations: [{}, { resource: archived }] },
    [true, false],
  ),
  batch(
    'Batch Core',
    '3.4.1',
    'one of them is faulty',
    {
      subject: alice,
      action: read,
      options: { evaluations_semantic: 'execute_all' },
      evaluations: [{ resource: one }, {}],
    },
    [true, false],
  ),
  { ...batch('Batch Core', '3.4.2', 'no list', asked, undefined), decision: true },
  { ...batch('Batch Core', '3.4.3', 'an empty list', { ...asked, evaluations: [] }, undefined), decision: true },
  search('4.2.1', 'subjects', 'subject', bySubject, { finds: ['alice', 'bob'] }),
  search(
    '4.2.2',
    'subjects, with a context',
    'subject',
    { ...bySubject, context },
    { finds: ['alice', 'bob'], sameAs: bySubject },
  ),
  search(
    '4.2.3',
    'subjects, with an id',
    'subject',
    { ...bySubject, subject: alice },
    { finds: ['alice', 'bob'], sameAs: bySubject },
  ),
  search(
    '4.2.4',
    'S4',
    'subject',
    { subject: user, action: write, resource: archived },
    { finds: ['bob'] },
    'Search Properties',
  ),
  search('4.3.1', 'resources', 'resource', byResource, { finds: ['record-1'] }),
  search(
    '4.3.2',
    'resources, with a context',
    'resource',
    { ...byResource, context },
    { finds: ['record-1'], sameAs: byResource },
  ),
  search(
    '4.3.3',
    'resources, with an id',
    'resource',
    { ...byResource, resource: one },
    { finds: ['record-1'], sameAs: byResource },
  ),
  search(
    '4.3.4',
    'S5',
    'resource',
    { subject: admin, action: write, resource: record },
    { finds: ['record-2'] },
    'Search Properties',
  ),
  search('4.4.1', 'actions', 'action', byAction, { finds: ['read', 'write'] }),
  search(
    '4.4.2',
    'actions, with a context',
    'action',
    { ...byAction, context },
    { finds: ['read', 'write'], sameAs: byAction },
  ),
  search('4.4.3', 'S6', 'action', { subject: admin, resource: archived }, { finds: ['write'] }, 'Search Properties'),
  search('4.5.1', 'a page of one', 'subject', { ...bySubject, page: { limit: 1 } }, { finds: ['alice'] }),
  ...['subject', 'resource', 'action'].flatMap((what) => [
    search('4.6.1', `an unknown id, ${what}`, what, unknownId(what), { findsNothing: true }),
    search('4.6.2', `an unknown type, ${what}`, what, unknownType(what), { findsNothing: true }),
  ]),
  search('4.7.1', 'no action', 'subject', { subject: user, resource: one }, { status: 400 }),
  search('4.7.1', 'no subject', 'resource', { action: read, resource: record }, { status: 400 }),
  search('4.7.1', 'no resource', 'action', { subject: alice }, { status: 400 }),
  search(
    '4.7.2',
    'a resource without id',
    'subject',
    { subject: user, action: read, resource: record },
    { status: 400 },
  ),
  search(
    '4.7.2',
    'a subject without id',
    'resource',
    { subject: user, action: read, resource: record },
    { status: 400 },
  ),
  search('4.7.2', 'a subject without id', 'action', { subject: user, resource: one }, { status: 400 }),
];

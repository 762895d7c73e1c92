/** The drift detector: what it says of allow policies, and the laws of the changes that undo a drift. */
import {
  type Detector,
  type IamChange,
  type IamPolicy,
  iamBindings,
  iamChanges,
  iamDrift,
  iamDriftDigest,
  parseIamPolicy,
} from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { readDocument } from './read-document.ts';

const right = <A>(answer: E.Either<string, A>): A => {
  if (E.isLeft(answer)) throw new Error(answer.left);
  return answer.right;
};
const policyOf = (json: unknown): IamPolicy => right(parseIamPolicy(json));
type Facts = Extract<ReturnType<Detector['detect']>, { readonly _tag: 'Right' }>['right'];
const factsOf = (declared: unknown, observed: unknown): Facts => right(iamDrift.detect({ declared, observed }));
const bound = (role: string, ...members: readonly string[]): unknown => ({ bindings: [{ role, members }] });

const declared = readDocument('iam-declared');
const observed = readDocument('iam-observed');

describe('the documents of getIamPolicy', () => {
  test('the drift is named change by change, in one order', () => {
    const facts = factsOf(declared, observed);
    expect(facts).toEqual({
      drift_detected: true,
      drift_changes: 3,
      drift_locks_out: true,
      drift_plan: [
        '01 remove roles/owner user:contractor@elsewhere.example',
        '02 remove roles/run.admin user:dana@acme.example',
        "03 add roles/run.admin user:dana@acme.example if until the end of 2026 (request.time < timestamp('2027-01-01T00:00:00Z'))",
      ],
      drift_digest: expect.stringMatching(/^[\w-]{43}$/),
      declared_policy: expect.stringMatching(/^[\w-]{43}$/),
      policy_etag: 'BwYkT0ZZ8jA=',
    });
    expect(facts['drift_digest']).toBe(iamDriftDigest(iamChanges(policyOf(declared), policyOf(observed))));
  });
  test('a policy does not drift from itself', () => {
    expect(factsOf(observed, observed)).toMatchObject({ drift_detected: false, drift_changes: 0, drift_plan: [] });
  });
});

const condition = { title: 'office hours', expression: 'request.time.getHours() < 18' };
test.for([
  { note: 'an empty policy', one: { bindings: [] }, other: { bindings: [] }, drift: false },
  { note: 'an empty binding grants nothing', one: { bindings: [] }, other: bound('roles/viewer'), drift: false },
  {
    note: 'two bindings of one role are one',
    one: bound('roles/viewer', 'user:a', 'user:b'),
    other: {
      bindings: [
        { role: 'roles/viewer', members: ['user:b'] },
        { role: 'roles/viewer', members: ['user:a'] },
      ],
    },
    drift: false,
  },
  {
    note: 'a member named twice is one',
    one: bound('r', 'user:a'),
    other: bound('r', 'user:a', 'user:a'),
    drift: false,
  },
  {
    note: 'addresses are the same in any case',
    one: bound('r', 'user:a@B.c'),
    other: bound('r', 'user:A@b.C'),
    drift: false,
  },
  {
    note: 'a deleted address too',
    one: bound('r', 'deleted:user:Ann@b.c?uid=1'),
    other: bound('r', 'deleted:user:ann@b.c?uid=1'),
    drift: false,
  },
  {
    note: 'domains too',
    one: bound('r', 'domain:Acme.example'),
    other: bound('r', 'domain:acme.example'),
    drift: false,
  },
  {
    note: 'principals are told apart by case',
    one: bound('r', 'principal://iam.googleapis.com/a/subject/Ann'),
    other: bound('r', 'principal://iam.googleapis.com/a/subject/ann'),
    drift: true,
  },
  {
    note: 'sets of principals too',
    one: bound('r', 'principalSet://iam.googleapis.com/a/Org'),
    other: bound('r', 'principalSet://iam.googleapis.com/a/org'),
    drift: true,
  },
  { note: 'the etag is no drift', one: { etag: 'a', bindings: [] }, other: { etag: 'b', bindings: [] }, drift: false },
  {
    note: 'the version is no drift',
    one: { version: 1, bindings: [] },
    other: { version: 3, bindings: [] },
    drift: false,
  },
  {
    note: 'a condition makes another grant',
    one: bound('r', 'user:a'),
    other: { bindings: [{ role: 'r', members: ['user:a'], condition }] },
    drift: true,
  },
  {
    note: 'a condition of another title is another one',
    one: { bindings: [{ role: 'r', members: ['user:a'], condition }] },
    other: { bindings: [{ role: 'r', members: ['user:a'], condition: { ...condition, title: 'day' } }] },
    drift: true,
  },
  {
    note: 'an empty description is none',
    one: { bindings: [{ role: 'r', members: ['user:a'], condition }] },
    other: { bindings: [{ role: 'r', members: ['user:a'], condition: { ...condition, description: '' } }] },
    drift: false,
  },
])('$note', ({ one, other, drift }) => {
  expect(factsOf(one, other)['drift_detected']).toBe(drift);
  expect(factsOf(other, one)['drift_detected']).toBe(drift);
});

test.for([
  { note: 'no policies', raw: undefined },
  { note: 'only one policy', raw: { declared: {} } },
  { note: 'a list', raw: { declared: [], observed: {} } },
  { note: 'bindings that are no list', raw: { declared: {}, observed: { bindings: {} } } },
  { note: 'a binding without a role', raw: { declared: {}, observed: { bindings: [{ members: ['user:a'] }] } } },
  { note: 'a member that is no text', raw: { declared: {}, observed: { bindings: [{ role: 'r', members: [1] }] } } },
  { note: 'a member without a name', raw: { declared: {}, observed: { bindings: [{ role: 'r', members: [''] }] } } },
  { note: 'an etag that is no text', raw: { declared: {}, observed: { etag: 7 } } },
  {
    note: 'a condition without an expression',
    raw: { declared: {}, observed: { bindings: [{ role: 'r', members: [], condition: { title: 't' } }] } },
  },
  { note: 'inherited bindings', raw: { declared: Object.create({ bindings: [] }), observed: { bindings: [null] } } },
  { note: 'text that is no Unicode', raw: { declared: { etag: '\ud800', bindings: [] }, observed: {} } },
  { note: 'a declaration without bindings', raw: { declared: { version: 3 }, observed: {} } },
  { note: 'a declaration of null', raw: { declared: { bindings: null }, observed: {} } },
  { note: 'a policy inside of another document', raw: { declared: { policy: { bindings: [] } }, observed: {} } },
  { note: 'a misspelt member', raw: { declared: { bindings: [], binding: [] }, observed: {} } },
  {
    note: 'a misspelt member of a binding',
    raw: { declared: { bindings: [{ role: 'r', member: ['user:a'] }] }, observed: {} },
  },
  {
    note: 'a misspelt member of a condition',
    raw: {
      declared: { bindings: [{ role: 'r', members: [], condition: { expression: 'true', titel: 't' } }] },
      observed: {},
    },
  },
  { note: 'a member without its kind', raw: { declared: bound('r', 'ann@acme.example'), observed: {} } },
  { note: 'a version that there is not', raw: { declared: { version: 2, bindings: [] }, observed: {} } },
  { note: 'an error for an observed policy', raw: { declared: { bindings: [] }, observed: { error: { code: 403 } } } },
  { note: 'a page of a list', raw: { declared: { bindings: [] }, observed: { bindings: [], nextPageToken: 'x' } } },
  {
    note: 'an observed policy without its conditions',
    raw: { declared: { bindings: [] }, observed: bound('roles/run.admin_withcond_2b17cc25d2cd9e2c54d8', 'user:a') },
  },
])('$note is no evidence, and is said so in one line', ({ raw }) => {
  const answer = iamDrift.detect(raw);
  expect(E.isLeft(answer) && answer.left).toMatch(/expected [^\n]+$/);
});

test.for([
  { note: 'every binding', one: { bindings: [] }, other: bound('roles/viewer', 'user:a'), out: true },
  { note: 'the last owner', one: bound('roles/viewer', 'user:a'), other: bound('roles/owner', 'user:a'), out: true },
  {
    note: 'the last administrator',
    one: bound('roles/viewer', 'user:a'),
    other: bound('roles/iam.securityAdmin', 'user:a'),
    out: true,
  },
  {
    note: 'one of two owners',
    one: bound('roles/owner', 'user:a'),
    other: bound('roles/owner', 'user:a', 'user:b'),
    out: false,
  },
  { note: 'another owner', one: bound('roles/owner', 'user:a'), other: bound('roles/owner', 'user:b'), out: false },
  { note: 'viewers', one: bound('roles/editor', 'user:a'), other: bound('roles/viewer', 'user:b'), out: false },
  {
    note: 'the last owner who was not deleted',
    one: bound('roles/owner', 'deleted:user:b?uid=1'),
    other: bound('roles/owner', 'user:a', 'deleted:user:b?uid=1'),
    out: true,
  },
  {
    note: 'a deleted owner',
    one: { bindings: [] },
    other: bound('roles/owner', 'deleted:user:b?uid=1'),
    out: false,
  },
  { note: 'nothing, where nothing was', one: { bindings: [] }, other: {}, out: false },
  {
    note: 'an owner, but for office hours',
    one: { bindings: [{ role: 'roles/owner', members: ['user:a'], condition }] },
    other: bound('roles/owner', 'user:a'),
    out: true,
  },
])('removing $note locks out: $out', ({ one, other, out }) => {
  expect(factsOf(one, other)['drift_locks_out']).toBe(out);
});

test('letters of ASCII alone are the same in either case', () => {
  expect(
    factsOf(bound('roles/viewer', 'user:KIM@Acme.example'), bound('roles/viewer', 'user:kim@acme.example')),
  ).toMatchObject({
    drift_detected: false,
  });
  // KELVIN SIGN and LATIN CAPITAL LETTER I WITH DOT ABOVE become letters of ASCII in lower case.
  for (const other of ['user:\u212aim@acme.example', 'user:k\u0130m@acme.example'])
    expect(factsOf(bound('roles/viewer', other), bound('roles/viewer', 'user:kim@acme.example'))).toMatchObject({
      drift_changes: 2,
    });
});

test('of more changes than a receipt can hold the first 50 are said, and all of them are bound', () => {
  const members = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `user:${i}@acme.example`);
  const many = factsOf({ bindings: [] }, bound('roles/viewer', ...members(10_000)));
  expect(many).toMatchObject({ drift_changes: 10_000, drift_detected: true });
  expect(many['drift_plan']).toHaveLength(50);
  expect(many['drift_digest']).not.toBe(
    factsOf({ bindings: [] }, bound('roles/viewer', ...members(9_999)))['drift_digest'],
  );
  const long = factsOf({ bindings: [] }, bound('r', `user:${'é😀'.repeat(2_000)}`))['drift_plan'] as readonly string[];
  expect([long.length, [...(long[0] ?? '')].length]).toEqual([1, 400]);
});

describe('laws', () => {
  const options = { numRuns: runs(300), seed: 20_261_121 };
  const name = fc.constantFrom('user:a', 'user:b', 'group:c', 'serviceAccount:d', 'allUsers', 'user:é');
  const role = fc.constantFrom('roles/owner', 'roles/viewer', 'projects/p/roles/x', 'roles/run.admin');
  const conditions = fc.constantFrom(
    undefined,
    { expression: 'true' },
    { expression: 'true', title: 't' },
    { expression: 'false', title: 't', description: 'd' },
  );
  const binding = fc
    .tuple(role, fc.array(name, { maxLength: 5 }), conditions)
    .map(([r, members, c]) => ({ role: r, members, ...(c === undefined ? {} : { condition: c }) }));
  const bindings = fc.array(binding, { maxLength: 8 });
  const grants = (policy: IamPolicy): IamPolicy['grants'] => policy.grants;
  const after = (policy: IamPolicy, changes: readonly IamChange[]): IamPolicy =>
    policyOf({ bindings: iamBindings(policy, changes) });

  const law = (sentence: string, holds: (declared: IamPolicy, observed: IamPolicy) => void): void =>
    test(sentence, () => {
      const both = fc.property(bindings, bindings, (one, other) => {
        holds(policyOf({ bindings: one }), policyOf({ bindings: other }));
      });
      fc.assert(both, options);
    });

  law('the changes, applied to the observed policy, give what is declared', (one, other) => {
    expect(grants(after(other, iamChanges(one, other)))).toEqual(grants(one));
  });
  law('no change is more than is needed: without any one of them there is still drift', (one, other) => {
    const changes = iamChanges(one, other);
    for (const left of changes) {
      const rest = changes.filter((change) => change !== left);
      expect(iamChanges(one, after(other, rest))).toEqual([left]);
    }
  });
  law('applied twice they do what they do once', (one, other) => {
    const changes = iamChanges(one, other);
    expect(iamBindings(after(other, changes), changes)).toEqual(iamBindings(other, changes));
  });
  law('there are none exactly if both policies grant the same', (one, other) => {
    expect(iamChanges(one, one)).toEqual([]);
    const said = (policy: IamPolicy): string => JSON.stringify([...grants(policy)].sort());
    const same = said(one) === said(other);
    expect(iamChanges(one, other).length === 0).toBe(same);
  });
  law('the way back is the same way, turned round', (one, other) => {
    const turned = iamChanges(other, one).map((change) => ({
      ...change,
      change: change.change === 'add' ? 'remove' : 'add',
    }));
    expect(iamChanges(one, other)).toEqual(turned);
  });

  test('the order of bindings and members changes no fact of the drift', () => {
    const shuffled = <A>(list: readonly A[]) => fc.shuffledSubarray([...list], { minLength: list.length });
    const pairs = fc.tuple(bindings, bindings).chain(([one, other]) =>
      fc.record({
        one: fc.constant(one),
        other: fc.constant(other),
        mixed: shuffled(other).chain((list) =>
          fc.tuple(...list.map((b) => shuffled(b.members).map((members) => ({ ...b, members })))),
        ),
      }),
    );
    fc.assert(
      fc.property(pairs, ({ one, other, mixed }) => {
        expect(factsOf({ bindings: one }, { bindings: mixed })).toEqual(
          factsOf({ bindings: one }, { bindings: other }),
        );
      }),
      options,
    );
  });
  test('any JSON is read or refused, and never throws', () => {
    const hostile = fc.oneof(
      fc.jsonValue(),
      fc.record({ declared: fc.jsonValue(), observed: fc.record({ bindings: fc.array(fc.jsonValue()) }) }),
      fc.record({
        declared: fc.record({ bindings: fc.array(fc.record({ role: fc.jsonValue(), members: fc.jsonValue() })) }),
        observed: fc.record({ bindings: fc.array(fc.record({ role: fc.string(), members: fc.array(fc.string()) })) }),
      }),
    );
    fc.assert(
      fc.property(hostile, (raw) => {
        const answer = iamDrift.detect(raw);
        expect(E.isLeft(answer) || Object.keys(answer.right).every((fact) => iamDrift.facts.includes(fact))).toBe(true);
      }),
      options,
    );
  });
});

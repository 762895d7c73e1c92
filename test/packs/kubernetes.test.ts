/** What Kubernetes says about a Deployment: stable or not, and which release is before it. */
import { detectors, kubernetesDeployment } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { type Document, merged } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';
import { readDocument, readField } from './read-document.ts';

const deployment = readDocument('kubernetes-deployment');
const list = readDocument('kubernetes-list') as { readonly items: readonly Document[] };
const factsOf = (raw: unknown): unknown => {
  const facts = kubernetesDeployment.detect(raw);
  return E.isRight(facts) ? facts.right : facts.left;
};
const listed = (...items: readonly unknown[]): unknown => ({ ...list, items });
const [, oldest, current, previous, stranger] = list.items;

test('a Deployment with its ReplicaSets: stable, its release and the one before it', () => {
  expect(factsOf(list)).toEqual({
    deployment_stable: true,
    deployed_version: 'checkout-7d9c5bb6f4',
    rollback_target_known: true,
    rollback_target_version: 'checkout-5c4f6d7b88',
  });
});

test('a Deployment alone says whether it is stable, and nothing about releases', () => {
  expect(factsOf(deployment)).toEqual({ deployment_stable: true });
  expect(factsOf(readDocument('kubernetes-rolling'))).toEqual({ deployment_stable: false });
});

test.for([
  { note: 'a generation that the controller has not seen', over: { metadata: { generation: 6 } } },
  { note: 'a replica of an older template', over: { status: { replicas: 4 } } },
  { note: 'a replica that is missing', over: { status: { updatedReplicas: 2 } } },
  { note: 'a replica that is not available', over: { status: { availableReplicas: 2 } } },
  { note: 'counts that are left out are zero', over: { status: { availableReplicas: null } } },
  { note: 'more replicas wanted', over: { spec: { replicas: 4 } } },
  {
    note: 'a deadline that is exceeded',
    over: { status: { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] } },
  },
  { note: 'one that is being deleted', over: { metadata: { deletionTimestamp: '2026-11-21T08:00:00Z' } } },
  { note: 'paused: it cannot be rolled back', over: { spec: { paused: true } } },
])('not stable: $note', ({ over }) => expect(factsOf(merged(deployment, over))).toEqual({ deployment_stable: false }));

test('a manifest is what somebody wants, and says nothing of what is there', () => {
  const { status: _, ...manifest } = merged(deployment, { spec: { replicas: 0 } }) as Record<string, unknown>;
  for (const raw of [manifest, { ...manifest, status: null }, { ...(deployment as object), spec: null }])
    expect(E.isLeft(kubernetesDeployment.detect(raw))).toBe(true);
});

test('a member that is null is one that was left out', () => {
  const none = { metadata: { deletionTimestamp: null }, spec: { paused: null } };
  const nulls = structuredClone(deployment) as { metadata: object; spec: object };
  Object.assign(nulls.metadata, none.metadata);
  Object.assign(nulls.spec, none.spec);
  expect(factsOf(nulls)).toEqual(factsOf(deployment));
});

test('a ReplicaSet that is being deleted is no target', () => {
  const leaving = merged(previous, { metadata: { deletionTimestamp: '2026-11-21T08:00:00Z' } });
  expect(factsOf(listed(list.items[0], current, leaving, oldest))).toMatchObject({
    rollback_target_version: (oldest as { metadata: { name: string } }).metadata.name,
  });
  expect(factsOf(listed(list.items[0], current, leaving))).toMatchObject({ rollback_target_known: false });
});

test('scaled to nothing it is stable', () => {
  const counts = { replicas: null, updatedReplicas: null, readyReplicas: null, availableReplicas: null };
  const none = merged(deployment, { spec: { replicas: 0 }, status: counts });
  expect(factsOf(none)).toEqual({ deployment_stable: true });
});

test.for([
  {
    note: 'ReplicaSets of others are no releases',
    raw: listed(list.items[0], current, stranger),
    want: { deployment_stable: true, deployed_version: 'checkout-7d9c5bb6f4', rollback_target_known: false },
  },
  {
    note: 'after a rollback the old ReplicaSet has a new number, and its name again',
    raw: listed(
      merged(list.items[0], { metadata: { annotations: { 'deployment.kubernetes.io/revision': '5' } } }),
      current,
      merged(previous, { metadata: { annotations: { 'deployment.kubernetes.io/revision': '5' } } }),
    ),
    want: {
      deployment_stable: true,
      deployed_version: 'checkout-5c4f6d7b88',
      rollback_target_known: true,
      rollback_target_version: 'checkout-7d9c5bb6f4',
    },
  },
  {
    note: 'without the ReplicaSet of its revision it is not stable, and its release is not known',
    raw: listed(list.items[0], previous, oldest),
    want: { deployment_stable: false, rollback_target_known: true, rollback_target_version: 'checkout-5c4f6d7b88' },
  },
])('$note', ({ raw, want }) => expect(factsOf(raw)).toEqual(want));

test('without a deadline there is no condition to wait for', () => {
  expect(factsOf(merged(deployment, { status: { conditions: null } }))).toEqual({ deployment_stable: true });
  expect(factsOf(readField('k8s-no-progress-deadline/deployment'))).toEqual({ deployment_stable: true });
});

const numbered = (json: unknown, revision: number, history?: string): unknown =>
  merged(json, {
    metadata: {
      annotations: {
        'deployment.kubernetes.io/revision': String(revision),
        ...(history === undefined ? {} : { 'deployment.kubernetes.io/revision-history': history }),
      },
    },
  });
test('what was rolled back from is no target', () => {
  // 1 previous, 2 oldest, back to previous (3), then current (4).
  const undone = listed(
    numbered(list.items[0], 4),
    numbered(current, 4),
    numbered(previous, 3, '1'),
    numbered(oldest, 2),
  );
  expect(factsOf(undone)).toMatchObject({ rollback_target_version: 'checkout-5c4f6d7b88' });
  const back = listed(numbered(list.items[0], 3), numbered(previous, 3, '1'), numbered(oldest, 2));
  expect(factsOf(back)).toMatchObject({ rollback_target_known: false });
});

test('what the ledger says of a release counts, over what Kubernetes remembers', () => {
  const [a, b, c] = ['checkout-7d9c5bb6f4', 'checkout-5c4f6d7b88', 'checkout-58c7b9d6f5'];
  const told = (ledger: unknown, answer: unknown = list): unknown =>
    factsOf({ deployment: 'checkout', answer, ledger });
  expect(told({ [b]: 'withdrawn' })).not.toMatchObject({ rollback_target_version: b });
  expect(told({ [a]: 'withdrawn', [c]: 'withdrawn' })).toMatchObject({ rollback_target_version: b });
  const name = (oldest as { metadata: { name: string } }).metadata.name;
  const back = listed(
    numbered(list.items[0], 4),
    numbered(current, 4),
    numbered(previous, 3, '1'),
    numbered(oldest, 2),
  );
  expect(told({}, back)).toEqual(factsOf(back));
  expect(told({ [name]: 'restored', [b]: 'withdrawn' }, back)).toMatchObject({ rollback_target_version: name });
  expect(told({ [b]: 'bad' })).toMatch(/expected ledger/);
  const two = detectors.find(({ id, version }) => id === 'kubernetes_deployment' && version === 2);
  expect(two?.detect({ deployment: 'checkout', answer: list, ledger: { [b]: 'withdrawn' } })).toEqual(
    E.right(factsOf(list)),
  );
});

test('a name picks one of several Deployments', () => {
  const other = merged(list.items[0], { metadata: { name: 'billing', uid: 'b' }, status: { availableReplicas: 0 } });
  const answer = listed(other, ...list.items);
  expect(factsOf(answer)).toMatch(/name one/);
  expect(factsOf({ deployment: 'checkout', namespace: 'shop', answer })).toEqual(factsOf(list));
  expect(factsOf({ deployment: 'billing', answer })).toMatchObject({ deployment_stable: false });
  expect(factsOf({ deployment: 'checkout', namespace: 'elsewhere', answer })).toMatch(/name one/);
});

test('a page of a longer list says nothing, and kinds of other groups are no Deployments', () => {
  const paged = { ...(list as object), metadata: { continue: 'eyJ2Ijoi', remainingItemCount: 7 } };
  expect(factsOf(paged)).toMatch(/found a page of it/);
  expect(factsOf({ deployment: 'checkout', answer: paged })).toMatch(/found a page of it/);
  expect(factsOf({ ...(list as object), metadata: { continue: '', resourceVersion: '' } })).toEqual(factsOf(list));
  const foreign = merged(list.items[0], { apiVersion: 'fleet.example.com/v1', status: { availableReplicas: 0 } });
  expect(factsOf(listed(foreign, ...list.items))).toEqual(factsOf(list));
  expect(factsOf(foreign)).toMatch(/of the group apps/);
});

test('the order of a list means nothing', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...list.items], { minLength: list.items.length }), (items) => {
      expect(factsOf(listed(...items))).toEqual(factsOf(list));
    }),
    { numRuns: runs(30), seed: 20_261_121 },
  );
});

test.for([
  { note: 'nothing', raw: null },
  { note: 'another kind', raw: { kind: 'Pod' } },
  { note: 'two Deployments', raw: listed(list.items[0], list.items[0]) },
  { note: 'a list without a Deployment', raw: listed(current) },
  { note: 'a count that is none', raw: merged(deployment, { status: { replicas: '3' } }) },
  { note: 'a negative count', raw: merged(deployment, { spec: { replicas: -1 } }) },
  { note: 'a Deployment without a uid', raw: listed(merged(list.items[0], { metadata: { uid: null } }), current) },
  { note: 'a Deployment without a revision', raw: listed(merged(list.items[0], { metadata: { annotations: null } })) },
  {
    note: 'a ReplicaSet of no revision',
    raw: listed(
      list.items[0],
      merged(current, { metadata: { annotations: { 'deployment.kubernetes.io/revision': 'x' } } }),
    ),
  },
  { note: 'two ReplicaSets of one revision', raw: listed(list.items[0], current, current) },
])('$note is no evidence, and is said so in one line', ({ raw }) => expect(factsOf(raw)).toMatch(/^expected [^\n]+$/));

test('any JSON is read or refused, and never throws', () => {
  const hostile = fc.oneof(
    fc.jsonValue(),
    fc.record({
      kind: fc.constant('List'),
      items: fc.array(fc.record({ kind: fc.constant('ReplicaSet'), metadata: fc.jsonValue() })),
    }),
    fc.record({
      kind: fc.constant('Deployment'),
      metadata: fc.jsonValue(),
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
    }),
  );
  fc.assert(
    fc.property(hostile, (raw) => {
      const answer = kubernetesDeployment.detect(raw);
      expect(E.isLeft(answer) || answer.right['deployment_stable'] !== undefined).toBe(true);
    }),
    { numRuns: runs(300), seed: 20_261_121 },
  );
});

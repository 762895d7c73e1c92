/**
 * Raw evidence comes out of a bundle that anybody packed. Whatever it is long of, a detector that is not linear in it says so
 * in steps, and the verifier leaves what would take too many undecided.
 */
import { detectors } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { inTheLongRun, isAmong, runs } from '../runs.ts';

const SIZE = 40_000;
const hex = (n: number): string => n.toString(16).padStart(40, '0');
const many = <A>(make: (i: number) => A, size = SIZE): readonly A[] => Array.from({ length: size }, (_, i) => make(i));

const git = {
  head: hex(1),
  changeCount: 0,
  changes: [],
  tags: many((i) => ({ name: `v1.${i}.0`, commit: hex(i + 1) })),
  withdrawn: many((i) => hex(i + 2 * SIZE)),
};
const replicaSet = (i: number): object => ({
  kind: 'ReplicaSet',
  metadata: {
    name: `web-${i}`,
    ownerReferences: [{ controller: true, uid: 'u' }],
    annotations: {
      'deployment.kubernetes.io/revision': String(10 * i + 10),
      'deployment.kubernetes.io/revision-history': `${10 * i + 3},${10 * i + 5}`,
    },
  },
});
const deployment = {
  kind: 'Deployment',
  metadata: { name: 'web', uid: 'u', generation: 1, annotations: { 'deployment.kubernetes.io/revision': '10' } },
  spec: { replicas: 1 },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
};
const policy = {
  version: 1,
  etag: 'e',
  bindings: many((i) => ({ role: `roles/r${i % 97}.admin`, members: [`user:u${i}@example.com`] })),
};
const matrix = {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: many((i) => ({ metric: { i }, values: [[i + 1, '1']] })),
  },
};

const FAMILIES: Readonly<Record<string, unknown>> = {
  'tags and commits that were rolled back from': git,
  'tags of one version': { ...git, tags: many((i) => ({ name: 'v1.0.0', commit: hex(i + 1) })) },
  'tags at one commit': { ...git, tags: many((i) => ({ name: `v1.${i}.0`, commit: hex(1) })) },
  'ReplicaSets with histories': { kind: 'List', items: [deployment, ...many(replicaSet)] },
  'one history that is long': {
    kind: 'List',
    items: [
      deployment,
      ...many(replicaSet, 2_000).map((one, i) =>
        i > 0
          ? one
          : {
              ...(one as { metadata: object }),
              metadata: {
                ...(one as { metadata: object }).metadata,
                annotations: {
                  'deployment.kubernetes.io/revision': '10',
                  'deployment.kubernetes.io/revision-history': many((n) => n + 1).join(','),
                },
              },
            },
      ),
    ],
  },
  bindings: { declared: policy, observed: { ...policy, bindings: policy.bindings.toReversed().slice(1) } },
  'series of one sample': matrix,
  'patterns of tags': { ...git, tags: git.tags.slice(0, 50), releaseTags: many((i) => `x${i}-{version}`) },
};

test.for(Object.entries(FAMILIES).map(([name, raw], i) => [name, raw, i] as const))(
  '%s, forty thousand of them: each detector answers, and most without steps of its own',
  ([, raw, i], context) => {
    if (!isAmong(i, 2)) inTheLongRun(context);
    // Two that are compared with each other are sixteen hundred million steps: this test would not end.
    for (const detector of detectors) {
      expect(detector.steps?.(raw) ?? 0).toBeLessThanOrEqual(50 * SIZE);
      const answer = detector.detect(raw);
      expect(E.isLeft(answer) || typeof answer.right === 'object').toBe(true);
    }
  },
);

test('tags by patterns are what a git detector counts, and nothing else makes it count', () => {
  const detector = detectors.find(({ id, steps }) => id === 'git_deployment' && steps !== undefined);
  fc.assert(
    fc.property(fc.nat(30), fc.nat(30), fc.anything(), (tags, patterns, other) => {
      const list = (n: number): readonly unknown[] => Array.from({ length: n }, () => other);
      const raw = { ...git, tags: list(tags), releaseTags: list(patterns) };
      expect(detector?.steps?.(raw)).toBe(tags * Math.max(1, patterns));
      expect(detector?.steps?.(other)).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: runs(200) },
  );
});

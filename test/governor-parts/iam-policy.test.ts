/** Allow policies in files: compare-and-set on the etag, and nothing written unless everything is as it was looked at. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import type { HandlerCall } from '@tai-autonomics/governor';
import {
  fileIamService,
  type IamPolicyPlace,
  type IamService,
  iamObserver,
  iamPolicyFile,
  type Policy,
  restoreIamPolicy,
} from '@tai-autonomics/governor/local';
import { iamDrift } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { makeRepository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const declared: Policy = { version: 3, bindings: [{ role: 'roles/viewer', members: ['user:dana@acme.example'] }] };
const drifted: Policy = {
  version: 1,
  etag: 'one',
  bindings: [{ role: 'roles/owner', members: ['allUsers'] }],
  other: 7,
};

const digestOf = (policy: Policy): string => {
  const text = canonicalize(policy as Json);
  return E.isRight(text) ? createHash('sha256').update(text.right).digest('base64url') : '';
};

interface Scene {
  readonly place: IamPolicyPlace;
  readonly call: (over?: Readonly<Record<string, unknown>>, resource?: string) => HandlerCall;
  readonly inForce: () => Policy;
  readonly commit: (policy: unknown) => void;
}

const arrange = (context: Parameters<typeof scratchFolder>[0]): Scene => {
  const folder = scratchFolder(context);
  const repository = makeRepository(folder);
  const place: IamPolicyPlace = { repository: repository.path, declared: 'iam/policy.json', policy: join(folder, 'p') };
  mkdirSync(join(repository.path, 'iam'));
  const commit = (policy: unknown): void => {
    writeFileSync(join(repository.path, place.declared), JSON.stringify(policy));
    repository.git('add', '.');
    repository.git('commit', '--quiet', '--message', 'policy');
  };
  commit(declared);
  writeFileSync(place.policy, JSON.stringify(drifted));
  return {
    place,
    commit,
    inForce: () => JSON.parse(readFileSync(place.policy, 'utf8')) as Policy,
    call: (over = {}, resource = 'payments') => ({
      step: stepOf('restore_iam_policy', { drift: 'd', etag: 'one', declared: digestOf(declared), ...over } as never),
      tenant: 'acme',
      resource,
      mode: 'contractual',
      options: { policies: { acme: { payments: place } } },
      signal: new AbortController().signal,
    }),
  };
};

test('the declared bindings are in force, everything else stays, and the etag is a new one', async (context) => {
  const { call, inForce } = arrange(context);
  const { from, to } = await iamPolicyFile(call());
  expect(from).toBe('one');
  expect(inForce()).toEqual({ version: 3, bindings: declared['bindings'], other: 7, etag: to });
  expect(to).not.toBe('one');
});

test('a second time it finds its own work done, and writes nothing', async (context) => {
  const { call, inForce } = arrange(context);
  const { to } = await iamPolicyFile(call());
  expect(await iamPolicyFile(call())).toEqual({ from: 'one', to });
  expect(inForce()['etag']).toBe(to);
});

test.for([
  { note: 'an etag that moved', over: { etag: 'zero' }, why: /etag moved/ },
  { note: 'a declaration that changed', over: { declared: 'A'.repeat(43) }, why: /declared policy changed/ },
  { note: 'a step without an etag', over: { etag: undefined }, why: /names no etag/ },
  { note: 'a step without a declaration', over: { declared: 7 }, why: /names no etag and no declaration/ },
  { note: 'a resource that nobody registered', over: {}, resource: 'shipping', why: /no policy is registered/ },
  { note: 'a resource of an inherited name', over: {}, resource: 'constructor', why: /no policy is registered/ },
])('$note is a failure, and nothing is written', async ({ over, resource, why }, context) => {
  const { call, place } = arrange(context);
  const before = readFileSync(place.policy, 'utf8');
  await expect(iamPolicyFile(call(over, resource))).rejects.toThrow(why);
  expect(readFileSync(place.policy, 'utf8')).toBe(before);
  expect(existsSync(`${place.policy}.lock`)).toBe(false);
});

test('what is declared is what is committed, not what somebody edits', async (context) => {
  const { call, place, inForce } = arrange(context);
  writeFileSync(join(place.repository, place.declared), JSON.stringify({ bindings: [] }));
  await iamPolicyFile(call());
  expect(inForce()['bindings']).toEqual(declared['bindings']);
});

test('of two that saw the same etag one writes, and the other is told', async (context) => {
  const { place } = arrange(context);
  const service = fileIamService(place.policy, 1_000);
  const set = (name: string) =>
    service.compareAndSet('one', (policy) => ({ ...policy, by: name }), new AbortController().signal);
  const answers = [await set('first'), await set('second')];
  expect(answers.map((answer) => E.isRight(answer))).toEqual([true, false]);
  expect(JSON.parse(readFileSync(place.policy, 'utf8'))['by']).toBe('first');
});

test('a step whose time is up writes no policy any more', async (context) => {
  const { place } = arrange(context);
  const before = readFileSync(place.policy, 'utf8');
  const service = fileIamService(place.policy, 1_000);
  expect(await service.compareAndSet('one', (policy) => ({ ...policy, by: 'late' }), AbortSignal.abort())).toEqual(
    E.left(expect.stringContaining('time of the step is up')),
  );
  expect(readFileSync(place.policy, 'utf8')).toBe(before);
});

test('a cloud is another service and nothing else: the same handler over two calls of its own', async (context) => {
  const { call } = arrange(context);
  const calls: string[] = [];
  let policy = drifted;
  const cloud: IamService = {
    read: async () => {
      calls.push('getIamPolicy');
      return E.right(policy);
    },
    compareAndSet: async (etag, replace) => {
      calls.push(`setIamPolicy ${etag}`);
      policy = { ...replace(policy), etag: 'two' };
      return E.right(policy);
    },
  };
  expect(await restoreIamPolicy(call(), declared, cloud)).toEqual(E.right({ from: 'one', to: 'two' }));
  expect(calls).toEqual(['getIamPolicy', 'setIamPolicy one']);
  expect(policy['bindings']).toEqual(declared['bindings']);
});

test.for([
  { note: 'a policy that is not there', service: async () => E.left('there is no policy'), reachable: false },
  { note: 'a service that throws', service: () => Promise.reject(new Error('no route to host')), reachable: false },
  { note: 'a declaration that is not there', service: async () => E.right(drifted), reachable: true },
])(
  '$note: whether it was reachable is dated evidence, and of drift nothing is said',
  async ({ service, reachable }) => {
    const faults: string[] = [];
    const observer = iamObserver({
      source: 'iam',
      detector: iamDrift,
      timeoutMs: 1_000,
      clock: () => 42,
      onFault: (_, detail) => faults.push(detail),
      declared: async () => E.left('nothing is declared'),
      service: () => ({ read: service, compareAndSet: async () => E.left('no') }),
    });
    const seen = await observer.observe('payments', observer.facts, new AbortController().signal, 'acme');
    expect(seen).toEqual([{ fact: 'iam_reachable', value: reachable, observedAt: 42 }]);
    expect(faults).toHaveLength(1);
  },
);

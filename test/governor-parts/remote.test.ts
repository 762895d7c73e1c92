/** Kubernetes by kubectl, Google IAM and Prometheus over HTTP: against a recorded program and servers on the loopback. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { createExecutor } from '@tai-autonomics/governor/node';
import { googleIamService, restorePolicyHandler, rollbackHandler } from '@tai-autonomics/governor/production';
import { isKubernetesPlace, kubectlObserver, queryRange } from '@tai-autonomics/governor/remote';
import { kubernetesDeployment, storm } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { readDocument, readField } from '../packs/read-document.ts';
import { makeRepository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const signal = (): AbortSignal => new AbortController().signal;

/** A kubectl that plays one namespace: `get`, `rollout undo` and `rollout status`, and notes how it was called. */
const fakeKubectl = (
  folder: string,
  answer: unknown,
): { readonly program: string; readonly calls: () => readonly string[] } => {
  const [program, state, log] = [join(folder, 'kubectl.mjs'), join(folder, 'state.json'), join(folder, 'calls')];
  writeFileSync(state, JSON.stringify(answer));
  writeFileSync(
    program,
    `#!${process.execPath}
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const args = process.argv.slice(2);
appendFileSync(${JSON.stringify(log)}, args.join(' ') + '\\n');
const KEY = 'deployment.kubernetes.io/revision';
const list = JSON.parse(readFileSync(${JSON.stringify(state)}, 'utf8'));
if (args.includes('--namespace=closed')) { console.error('Error from server (Forbidden): no'); process.exit(1); }
if (args[0] === 'get') console.log(JSON.stringify(list));
else if (args[1] === 'undo') {
  const to = args.find((a) => a.startsWith('--to-revision=')).slice(14);
  const deployment = list.items.find((i) => i.kind === 'Deployment' && 'deployments.apps/' + i.metadata.name === args[2]);
  const target = list.items.find((i) => i.kind === 'ReplicaSet' && i.metadata.annotations?.[KEY] === to);
  const next = String(Number(deployment.metadata.annotations[KEY]) + 1);
  target.metadata.annotations[KEY + '-history'] = to;
  target.metadata.annotations[KEY] = next;
  deployment.metadata.annotations[KEY] = next;
  writeFileSync(${JSON.stringify(state)}, JSON.stringify(list));
}
`,
  );
  chmodSync(program, 0o755);
  return { program, calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
};

test('kubectl is really called: seen, rolled back, seen again; and what was rolled back from is no target', async (context) => {
  const { program, calls } = fakeKubectl(scratchFolder(context), readDocument('kubernetes-list'));
  const place = { namespace: 'shop', deployment: 'checkout', kubectl: program };
  const observer = kubectlObserver({
    source: 'kubernetes',
    detector: kubernetesDeployment,
    timeoutMs: 20_000,
    clock: () => 0,
    place: ({ tenant }) => (tenant === 'acme' ? place : undefined),
  });
  const look = async (): Promise<unknown> =>
    Object.fromEntries(
      (await observer.observe('service/checkout', observer.facts, signal(), 'acme')).map(({ fact, value }) => [
        fact,
        value,
      ]),
    );
  expect(await look()).toEqual({
    deployment_stable: true,
    deployed_version: 'checkout-7d9c5bb6f4',
    rollback_target_known: true,
    rollback_target_version: 'checkout-5c4f6d7b88',
  });
  const handler = rollbackHandler('rollback', {}, { acme: { 'service/checkout': place } });
  const step = stepOf('rollback', { target_version: 'checkout-5c4f6d7b88' });
  const run = () =>
    createExecutor([handler]).run(step, { tenant: 'acme', resource: 'service/checkout' }, 'contractual');
  expect(await run()).toMatchObject({
    status: 'success',
    result: { from: 'checkout-7d9c5bb6f4', to: 'checkout-5c4f6d7b88' },
  });
  expect(await look()).toMatchObject({ deployment_stable: true, deployed_version: 'checkout-5c4f6d7b88' });
  expect(await look()).not.toMatchObject({ rollback_target_version: 'checkout-7d9c5bb6f4' });
  // A second time changes nothing.
  expect(await run()).toMatchObject({ status: 'success' });
  expect(calls().filter((call) => call.startsWith('rollout undo'))).toHaveLength(1);
  expect(calls()[0]).toMatch(/^get deployments\.apps,replicasets\.apps --output=json --namespace=shop /);
  // Another tenant's resource of that name is another one: nothing is seen of it, and nothing is run.
  const before = calls().length;
  expect(await observer.observe('service/checkout', observer.facts, signal(), 'globex')).toEqual([]);
  expect(
    await createExecutor([handler]).run(step, { tenant: 'globex', resource: 'service/checkout' }, 'contractual'),
  ).toMatchObject({ status: 'failed' });
  expect(calls()).toHaveLength(before);
  const unknown = stepOf('rollback', { target_version: 'checkout-0000000000' });
  expect(
    await createExecutor([handler]).run(unknown, { tenant: 'acme', resource: 'service/checkout' }, 'contractual'),
  ).toMatchObject({ status: 'failed', detail: expect.stringMatching(/nothing was done/) });
});

test('what kubectl refuses is nothing seen, and the log says why; what reads like an option is no place', async (context) => {
  const { program } = fakeKubectl(scratchFolder(context), readDocument('kubernetes-list'));
  const look = async (place: {
    namespace: string;
    deployment: string;
    kubectl: string;
  }): Promise<readonly string[]> => {
    const faults: string[] = [];
    const observer = kubectlObserver({
      source: 'kubernetes',
      detector: kubernetesDeployment,
      timeoutMs: 20_000,
      clock: () => 0,
      place: () => place,
      onFault: (_, why) => faults.push(why),
    });
    expect(await observer.observe('x', observer.facts, signal(), 'acme')).toEqual([]);
    return faults;
  };
  const place = { namespace: 'shop', deployment: 'checkout', kubectl: program };
  expect(await look({ ...place, namespace: 'closed' })).toEqual([expect.stringMatching(/Forbidden/)]);
  expect(await look({ ...place, deployment: 'billing' })).toEqual([expect.stringMatching(/no Deployment billing/)]);
  expect(await look({ ...place, kubectl: join(program, 'nowhere') })).toEqual([expect.stringMatching(/kubectl get/)]);
  expect(isKubernetesPlace({ ...place, deployment: '--all' })).toBe(false);
  expect(isKubernetesPlace({ ...place, context: '-x' })).toBe(false);
});

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
};

/** Serves on the loopback until the test ends. */
const serve = async (
  context: { onTestFinished: (end: () => void) => void },
  answer: (url: string, body: string, authorization: string) => { readonly status: number; readonly json: unknown },
): Promise<string> => {
  const server = createServer(async (request, response) => {
    const { status, json } = answer(request.url ?? '', await bodyOf(request), request.headers.authorization ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

test('Google IAM over REST: read in version 3, and written only under the etag that was read', async (context) => {
  const folder = scratchFolder(context);
  const declared = {
    bindings: [
      { role: 'roles/run.admin', members: ['group:ops@acme.example'], condition: { title: 't', expression: 'true' } },
    ],
  };
  let policy: Record<string, unknown> = {
    version: 1,
    etag: 'BwA=',
    bindings: [{ role: 'roles/editor', members: ['allUsers'] }],
  };
  const asked: string[] = [];
  const url = await serve(context, (path, body, authorization) => {
    asked.push(`${path} ${authorization}`);
    const said = JSON.parse(body) as { policy?: Record<string, unknown>; options?: unknown };
    if (path.endsWith(':getIamPolicy'))
      return JSON.stringify(said.options) === '{"requestedPolicyVersion":3}'
        ? { status: 200, json: policy }
        : { status: 400, json: {} };
    if (said.policy?.['etag'] !== policy['etag'])
      return { status: 409, json: { error: { code: 409, status: 'ABORTED' } } };
    if (said.policy?.['version'] !== 3)
      return { status: 400, json: { error: { status: 'INVALID_ARGUMENT', message: 'version' } } };
    policy = { ...said.policy, etag: 'BwB=' };
    return { status: 200, json: policy };
  });
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'secret\n');
  const repository = makeRepository(folder);
  writeFileSync(join(repository.path, 'iam.json'), JSON.stringify(declared));
  repository.git('add', 'iam.json');
  repository.git('commit', '--quiet', '--message', 'declare');
  const google = { resource: 'projects/shop', endpoint: `${url}/v3`, tokenFile };
  const policies = { acme: { 'service/checkout': { repository: repository.path, declared: 'iam.json', google } } };
  const text = canonicalize(declared as Json);
  const digest = createHash('sha256')
    .update(E.isRight(text) ? text.right : '')
    .digest('base64url');
  const run = (etag: string) =>
    createExecutor([restorePolicyHandler('restore_iam_policy', policies)]).run(
      stepOf('restore_iam_policy', { drift: 'd', etag, declared: digest }),
      { tenant: 'acme', resource: 'service/checkout' },
      'contractual',
    );
  expect(await run('BwOld=')).toMatchObject({ status: 'failed', detail: expect.stringMatching(/its etag moved/) });
  expect(policy['etag']).toBe('BwA=');
  expect(await run('BwA=')).toMatchObject({ status: 'success', result: { from: 'BwA=', to: 'BwB=' } });
  expect(policy).toMatchObject({ version: 3, bindings: declared.bindings });
  expect(asked[0]).toBe('/v3/projects/shop:getIamPolicy Bearer secret');
  expect(await run('BwA=')).toMatchObject({ status: 'success' });
  // Somebody else writes between the look and the write.
  const racing = googleIamService(google);
  const raced = await racing.compareAndSet(
    'BwB=',
    (before) => {
      policy = { ...policy, etag: 'BwC=' };
      return before;
    },
    new AbortController().signal,
  );
  expect(raced).toEqual(E.left(expect.stringMatching(/its etag moved/)));
});

test.for([
  { note: 'a token over plain HTTP', endpoint: 'http://iam.example' },
  { note: 'another protocol', endpoint: 'file:///etc' },
])('$note is never sent', async ({ endpoint }, context) => {
  const folder = scratchFolder(context);
  writeFileSync(join(folder, 'token'), 'secret');
  const google = { resource: 'projects/shop', endpoint, tokenFile: join(folder, 'token') };
  const policies = { acme: { x: { repository: folder, declared: 'iam.json', google } } };
  const done = await createExecutor([restorePolicyHandler('restore_iam_policy', policies)]).run(
    stepOf('restore_iam_policy', {}),
    { tenant: 'acme', resource: 'x' },
    'contractual',
  );
  expect(done).toMatchObject({ status: 'failed', detail: expect.stringMatching(/no policy is registered/) });
});

test('Prometheus over HTTP: the window that ends now, and an error is nothing seen', async (context) => {
  const asked: string[] = [];
  let status = 200;
  const document = readField('storm-window-slid/before');
  const url = await serve(context, (path) => {
    asked.push(path);
    return { status, json: status === 200 ? document : { status: 'error', errorType: 'timeout', error: 'too slow' } };
  });
  const query = { url, query: 'sum(rate(http_requests_total[1m]))', windowMs: 600_000, stepMs: 15_000 };
  const answer = await queryRange(query, 1_795_860_000_500, signal());
  expect(E.isRight(answer) && storm.detect(answer.right)).toMatchObject(E.right({ storm_detected: true }));
  expect(asked).toEqual([
    '/api/v1/query_range?query=sum%28rate%28http_requests_total%5B1m%5D%29%29&start=1795859400&end=1795860000&step=15',
  ]);
  status = 503;
  expect(await queryRange(query, 0, signal())).toEqual(E.left('Prometheus answered 503'));
  expect(E.isLeft(await queryRange({ ...query, url: 'http://127.0.0.1:1' }, 0, signal()))).toBe(true);
});

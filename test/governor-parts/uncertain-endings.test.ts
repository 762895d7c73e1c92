/** A step that may have been done ends as unknown, and never as failed: whatever cut it off, and whatever was to be changed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import type { Handler, HandlerCall } from '@tai-autonomics/governor';
import { gitRollback, restoreConfiguration } from '@tai-autonomics/governor/local';
import { createExecutor } from '@tai-autonomics/governor/node';
import { deployRelease, restorePolicyHandler, rollbackHandler } from '@tai-autonomics/governor/production';
import { gitConfiguration } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, onTestFinished, test } from 'vitest';
import { readDocument } from '../packs/read-document.ts';
import { makeRepository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const X = { tenant: 'acme', resource: 'x' };
const here = <A>(of: A) => ({ acme: { x: of } });
const run = (handler: Handler, args: Readonly<Record<string, string>>) =>
  createExecutor([handler]).run(stepOf(handler.step, args), X, 'contractual');
/** The same in this process, with a `git` of our own on the PATH. */
const runHere = async (handle: (call: HandlerCall) => Promise<unknown>, options: object, args: object) => {
  const step = stepOf('step', { ...args } as Readonly<Record<string, string>>);
  const call: HandlerCall = {
    ...X,
    step,
    mode: 'contractual',
    options: { ...options },
    signal: new AbortController().signal,
  };
  return handle(call).then(
    () => ({ status: 'success', detail: '' }),
    (thrown: Error) => ({
      status: Object.hasOwn(thrown, Symbol.for('tai-autonomics.uncertain-ending')) ? 'unknown' : 'failed',
      detail: thrown.message,
    }),
  );
};
const digestOf = (json: unknown): string => {
  const text = canonicalize(json as Json);
  return createHash('sha256')
    .update(E.isRight(text) ? text.right : '')
    .digest('base64url');
};

test.for([
  ['is killed once the rollback was sent', 'undo', `process.kill(process.pid, 'SIGKILL')`, 'unknown'],
  ['loses the server once it was sent', 'undo', `console.error('error: unexpected EOF'); process.exit(1)`, 'unknown'],
  ['does not see it complete', 'status', `console.error('error: timed out'); process.exit(1)`, 'unknown'],
  ['is refused', 'undo', `console.error('Error from server (Forbidden): no'); process.exit(1)`, 'failed'],
] as const)('kubectl %s', async ([, verb, then, status], context) => {
  const program = join(scratchFolder(context), 'kubectl.mjs');
  writeFileSync(
    program,
    `#!${process.execPath}
const args = process.argv.slice(2);
if (args[0] === 'get') console.log(${JSON.stringify(JSON.stringify(readDocument('kubernetes-list')))});
else if (args[1] === ${JSON.stringify(verb)}) { ${then} }
`,
  );
  chmodSync(program, 0o755);
  const handler = rollbackHandler(
    'rollback',
    {},
    here({ namespace: 'shop', deployment: 'checkout', kubectl: program }),
  );
  const detail = expect.stringMatching(/^kubectl rollout: /);
  expect(await run(handler, { target_version: 'checkout-5c4f6d7b88' })).toMatchObject({ status, detail });
});

test.for([
  ['breaks off', 'destroy', 'unknown'],
  ['answers 503', 503, 'unknown'],
  ['answers no policy', 200, 'unknown'],
  ['answers 403', 403, 'failed'],
] as const)('Google IAM %s once it was sent a policy', async ([, answer, status], context) => {
  const folder = scratchFolder(context);
  const declared = { bindings: [{ role: 'roles/viewer', members: ['group:ops@acme.example'] }] };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.url?.endsWith(':getIamPolicy')) response.end(JSON.stringify({ etag: 'a', bindings: [] }));
      else if (answer === 'destroy') request.socket.destroy();
      else response.writeHead(answer).end('[]');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.onTestFinished(() => void server.close());
  writeFileSync(join(folder, 'token'), 'secret');
  const repository = makeRepository(folder);
  writeFileSync(join(repository.path, 'iam.json'), JSON.stringify(declared));
  repository.git('add', 'iam.json');
  repository.git('commit', '--quiet', '--message', 'declare');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const google = { resource: 'projects/shop', endpoint, tokenFile: join(folder, 'token') };
  const place = { repository: repository.path, declared: 'iam.json', google };
  const handler = restorePolicyHandler('restore_iam_policy', here(place));
  expect(await run(handler, { drift: 'd', etag: 'a', declared: digestOf(declared) })).toMatchObject({ status });
});

/** A git that ends with a fault where the case says so, before the command or once it has done it. */
const faultyGit = (on: string, when: 'before' | 'after'): void => {
  const tools = scratchFolder({ onTestFinished });
  const path = process.env['PATH'] ?? '';
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const done = when === 'after' ? `'${git}' "$@" >/dev/null 2>&1; ` : '';
  const script = `case " $* " in ${on}) ${done}echo 'it broke' >&2; exit 128;; esac`;
  writeFileSync(join(tools, 'git'), `#!/bin/sh\n${script}\nexec '${git}' "$@"\n`, { mode: 0o755 });
  process.env['PATH'] = `${tools}:${path}`;
  onTestFinished(() => {
    process.env['PATH'] = path;
  });
};

test.for([
  ['before', 'failed'],
  ['after', 'unknown'],
] as const)('git that breaks %s it put a drift aside', async ([when, status], context) => {
  const repository = makeRepository(scratchFolder(context));
  repository.release('replicas=3', 'v1.0.0');
  repository.edit('replicas=12');
  const raw = { head: repository.git('rev-parse', 'HEAD'), changes: [] as unknown[] };
  const blob = repository.git('hash-object', 'service.conf');
  raw.changes.push({ change: ' M service.conf', blob });
  const seen = gitConfiguration.detect(raw);
  const drift = E.isRight(seen) ? String(seen.right['configuration_drift']) : '';
  faultyGit('*" stash push "*', when);
  const options = { repositories: here(repository.path) };
  expect(await runHere(restoreConfiguration, options, { drift, commit: raw.head })).toMatchObject({
    status,
    detail: expect.stringMatching(/it broke/),
  });
});

test('git that cannot be moved back', async (context) => {
  const repository = makeRepository(scratchFolder(context));
  for (const version of ['v1.0.0', 'v1.1.0']) repository.release(version, version);
  // It checks the target out, says that it failed, and cannot go back.
  faultyGit('*" checkout "*" --force "*) exit 1;; *" checkout "*', 'after');
  const options = { repositories: here(repository.path) };
  expect(await runHere(gitRollback, options, { target_version: 'v1.0.0' })).toMatchObject({
    status: 'unknown',
    detail: expect.stringMatching(/COULD NOT BE MOVED BACK/),
  });
});

test.for([
  ['before', 'failed'],
  ['after', 'unknown'],
] as const)('git that breaks %s a release was committed', async ([when, status], context) => {
  const repository = makeRepository(scratchFolder(context), 'desired');
  writeFileSync(join(repository.path, 'checkout.env'), 'RELEASE=v1.0.0\n');
  repository.git('add', '.');
  repository.git('commit', '--quiet', '--message', 'desired state');
  for (const tag of ['v1.0.0', 'v1.1.0']) repository.git('tag', tag);
  const from = repository.git('rev-parse', 'HEAD');
  faultyGit('*" update-ref "*', when);
  const place = { repository: repository.path, file: 'checkout.env', line: 'RELEASE={release}' };
  expect(await runHere(deployRelease, { releases: here(place) }, { release: 'v1.1.0', from })).toMatchObject({
    status,
  });
});

/** The door is for wherever there is Request and Response: it bundles without a module of Node, and answers where nothing of Node is. */
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';

/** What a host writes: a door over a governor of its own, here one that approves and counts. */
const PROGRAM = `
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { memoryCredentials, sha256 } from '@tai-autonomics/governor/door';
import { encodeBase64url } from '@tai-autonomics/core/receipt';

const secret = new Uint8Array(32).fill(7);
export const key = 'tai_0000_' + encodeBase64url(secret);
const credentials = memoryCredentials([
  { keyId: '0000', hash: encodeBase64url(sha256(secret)), tenant: 'acme', subject: { type: 'agent', id: 'bot' }, scope: [] },
]);
const receipt = { origin: 'o', seq: 0, leaf: 'l', event: 'approved' };
const governor = {
  mode: 'eval',
  submit: async (caller, asked) => ({
    decided: true, receipt, consequences: [], repeated: false,
    decision: { verdict: 'approve', writes: [], actionPlan: [], trace: [{ gate: asked.action + '@' + asked.resource, result: 'passed' }] },
  }),
  ready: async () => [],
};
export const door = createHttpDoor({ governor, credentials });
`;

const bundled = async (platform: 'neutral' | 'browser', conditions: readonly string[]) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: PROGRAM, resolveDir: join(repository, 'packages/adapter-http') },
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'host',
    platform,
    mainFields: ['module', 'main'],
    conditions: ['@tai-autonomics/source', ...conditions],
  });
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  return { text: outputFiles[0]?.text ?? '', builtins: imported.filter((path) => /^node:|^fs$|^crypto$/.test(path)) };
};

test.for([
  { note: 'a Worker', platform: 'neutral', conditions: ['workerd', 'worker'] },
  { note: 'Deno', platform: 'neutral', conditions: ['deno'] },
  { note: 'Bun', platform: 'neutral', conditions: ['bun'] },
  { note: 'a browser', platform: 'browser', conditions: [] },
] as const)('it bundles for $note without a module of Node, and answers there', async ({ platform, conditions }) => {
  const { text, builtins } = await bundled(platform, conditions);
  expect(builtins).toEqual([]);
  // Neither `process` nor `Buffer` nor `require`: a context of its own has the language, and what every one of them adds.
  const context = createContext({
    AbortController,
    AbortSignal,
    atob,
    btoa,
    Headers,
    performance,
    ReadableStream,
    Request,
    Response,
    TextDecoder,
    TextEncoder,
    URL,
    URLSearchParams,
    setTimeout,
    clearTimeout,
  });
  const code = `${text}
    (async () => {
      const ask = async (path, body, key) => {
        const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: 'Bearer ' + key }) };
        const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
        const response = await host.door.fetch(new Request('https://tai.example' + path, init));
        const answer = await response.text();
        return [response.status, answer];
      };
      return JSON.stringify([
        await ask('/health/ready'),
        await ask('/v1/actions', { action: 'é', resource: '*' }, host.key),
        await ask('/v1/actions', { action: 'é', resource: '*' }, host.key.slice(0, -2) + 'AA'),
        (await ask('/docs'))[0],
        (await ask('/v1/actions', '{', host.key))[0],
      ]);
    })();`;
  const [ready, asked, stranger, docs, malformed] = JSON.parse(await (runInContext(code, context) as Promise<string>));
  expect(ready[0]).toBe(200);
  expect([asked[0], JSON.parse(asked[1])]).toMatchObject([200, { verdict: 'approve', trace: [{ gate: 'é@*' }] }]);
  expect(stranger[0]).toBe(401);
  expect([docs, malformed]).toEqual([200, 400]);
});

test('what needs Node stands apart, and is found to need it', async () => {
  const { metafile } = await build({
    entryPoints: [join(repository, 'packages/adapter-http/src/node/index.ts')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@tai-autonomics/source'],
  });
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  expect(imported.some((path) => path.startsWith('node:'))).toBe(true);
});

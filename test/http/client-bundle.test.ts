/** The client is for wherever there is `fetch`: it bundles without a module of Node, and runs where nothing of Node is. */
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { createClient } from '@tai-autonomics/adapter-http/client';
import { build } from 'esbuild';
import { expect, onTestFinished, test, vi } from 'vitest';
import { repository } from '../canary/repository.ts';

const bundled = (conditions: readonly string[]) =>
  build({
    entryPoints: [join(repository, 'packages/adapter-http/src/client/index.ts')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'client',
    platform: 'neutral',
    conditions: ['@tai-autonomics/source', ...conditions],
  });

test.for([
  { note: 'a Worker', conditions: ['workerd', 'worker'] },
  { note: 'Deno', conditions: ['deno'] },
  { note: 'Bun', conditions: ['bun'] },
  { note: 'a browser', conditions: ['browser'] },
])('it bundles for $note, and acts with what every one of them has', async ({ conditions }) => {
  const { outputFiles, metafile } = await bundled(conditions);
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  expect(imported.filter((path) => path.startsWith('node:'))).toEqual([]);
  const asked: string[] = [];
  // Neither `process` nor `Buffer` nor `require`: a context of its own has the language alone.
  const context = createContext({
    Request,
    Response,
    URLSearchParams,
    TextDecoderStream,
    setTimeout,
    clearTimeout,
    asked,
  });
  const code = `${outputFiles[0]?.text}
    client.createClient({
      url: 'https://tai.example', key: 'k',
      fetch: async (request) => { asked.push(request.method + ' ' + request.url); return new Response('{"tools":[]}', { headers: { 'content-type': 'application/json' } }); },
    }).call('GET /v1/tools', {});`;
  expect(JSON.stringify(await runInContext(code, context))).toBe('{"ok":true,"status":200,"answer":{"tools":[]}}');
  expect(asked).toEqual(['GET https://tai.example/v1/tools']);
});

test('an answer is one, too, where another class took the place of Response', async () => {
  const Native = Response;
  const json = (status: number, type: string, said: unknown): Response =>
    new Native(JSON.stringify(said), { status, headers: { 'content-type': type } });
  const event = new Native('id: 3\ndata: {"specversion":"1.0","id":"x","data":1}\n\n', {
    headers: { 'content-type': 'text/event-stream' },
  });
  // As the Node server of Hono does it in the process that it serves in.
  vi.stubGlobal('Response', class Other extends Native {});
  onTestFinished(() => void vi.unstubAllGlobals());
  const clientOf = (answer: Response) =>
    createClient({ url: 'https://tai.example', key: 'k', fetch: async () => answer });
  expect(await clientOf(json(200, 'application/json', { tools: [] })).call('GET /v1/tools', {})).toEqual({
    ok: true,
    status: 200,
    answer: { tools: [] },
  });
  const problem = { code: 'malformed', detail: 'it is none' };
  expect(await clientOf(json(400, 'application/problem+json', problem)).call('GET /v1/tools', {})).toEqual({
    ok: false,
    problem: { status: 400, ...problem },
  });
  expect((await clientOf(event).events().next()).value).toEqual({ id: 'x', data: { form: 'json', value: 1 } });
});

/** The client is for wherever there is `fetch`: it bundles without a module of Node, and runs where nothing of Node is. */
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
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

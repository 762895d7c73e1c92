/** What the agents' door needs of the runtime that it is mounted in, as `docs/mcp.md` says; the others need nothing. */
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** The modules of Node that a door is linked with, once everything that it does not use is left out. */
const neededBy = async (entry: string): Promise<readonly string[]> => {
  const { metafile } = await build({
    stdin: { contents: entry, resolveDir: 'test/http', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['@tai-autonomics/source', 'import', 'default'],
    external: ['node:*'],
    metafile: true,
    logLevel: 'silent',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return [...new Set(imports.map(({ path }) => path))].sort();
};

const said = (page: string): readonly string[] => {
  const [, list = ''] =
    /needs?\s+((?:`node:\w+`(?:,|\s+and)?\s+)+)of\s+the\s+runtime/.exec(readFileSync(page, 'utf8')) ?? [];
  return [...list.matchAll(/node:\w+/g)].map(([name]) => name).sort();
};

test('docs/mcp.md says which modules of Node its door needs', async () => {
  const needed = await neededBy("export { createMcpHttp } from '@tai-autonomics/adapter-mcp';");
  expect(needed.length).toBeGreaterThan(0);
  expect(said('docs/mcp.md')).toEqual(needed);
});

test('the HTTP door needs none, and docs/http.md says so', async () => {
  expect(await neededBy("export { createHttpDoor } from '@tai-autonomics/adapter-http';")).toEqual([]);
  expect(readFileSync('docs/http.md', 'utf8')).toContain('The root of the package imports nothing of Node');
});

test('the core and the packs need none', async () => {
  expect(await neededBy("export * from '@tai-autonomics/core'; export * from '@tai-autonomics/packs';")).toEqual([]);
});

/** bin/tai.js: the command in a source checkout that was never built, and in a package that lost its build. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from './canary/repository.ts';
import { plantWorkspace, type Workspace } from './canary/workspace.ts';

const launcher = 'packages/cli/bin/tai.js';
const main = (body: string): string =>
  `export const main = async (argv: readonly string[]): Promise<number> => {\n  ${body}\n};\n`;

let workspace: Workspace;
beforeAll(() => {
  workspace = plantWorkspace();
  cpSync(join(repository, launcher), join(workspace.root, launcher));
});
afterAll(() => workspace.remove());

const clean = (): void => {
  for (const path of ['packages/cli/dist', '.build'])
    rmSync(join(workspace.root, path), { recursive: true, force: true });
};

test('a source checkout is built on the first use, once, and the exit code is what main answers', async () => {
  clean();
  const fails = "if (argv[0] === 'open the ledger') throw new Error(`cannot ${argv[0]}\\nin detail`);";
  workspace.write('packages/cli/src/main.ts', main(`${fails} return argv.length;`));
  const first = await workspace.run([launcher, 'one', 'two', 'three']);
  const second = await workspace.run([launcher, 'one']);
  expect(first).toEqual({ exitCode: 3, output: 'tai: first run in a source checkout: building (a few seconds)\n' });
  expect(second).toEqual({ exitCode: 1, output: '' });
});

test('a failure of main is one line, without a stack', async () => {
  expect(await workspace.run([launcher, 'open the ledger'])).toEqual({
    exitCode: 1,
    output: 'tai: cannot open the ledger\n',
  });
});

test('a build that fails says how to see why', async () => {
  clean();
  workspace.write('packages/cli/src/main.ts', 'export const main: number = nothing;\n');
  rmSync(join(workspace.root, 'packages/cli/tsconfig.json'));
  const { exitCode, output } = await workspace.run([launcher]);
  expect(exitCode).toBe(1);
  expect(output).toContain('tai: the build failed');
  expect(output).toContain('npm run build');
});

test('outside of a checkout, without its build, it says that the package is incomplete', async () => {
  clean();
  rmSync(join(workspace.root, 'tsconfig.base.json'));
  expect(await workspace.run([launcher])).toEqual({
    exitCode: 1,
    output: 'tai: this package is incomplete: dist/main.js is missing; install it again\n',
  });
});

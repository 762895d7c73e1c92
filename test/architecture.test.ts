/**
 * Canaries: each gate of the build refuses what it exists to refuse. A gate that reads nothing passes silently, so
 * every rule is shown a planted fault, in a copy of this workspace over stub sources (test/canary/workspace.ts).
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plants } from './canary/plants.ts';
import { type GateRun, gates, plantWorkspace, type Workspace } from './canary/workspace.ts';
import { inTheLongRun } from './runs.ts';

type Sight = Readonly<Record<'lint' | 'types' | 'layers', GateRun>>;

const sight = async (workspace: Workspace): Promise<Sight> => {
  const [lint, layers] = await Promise.all([workspace.run(gates.lint), workspace.run(gates.layers)]);
  return { lint, layers, types: await workspace.run(gates.types) };
};

/** One message an entry: a line, with the indented lines under it. */
const messages = ({ output }: GateRun): readonly string[] => output.split(/\n(?=\S)/);

let workspace: Workspace;
beforeAll(() => {
  workspace = plantWorkspace();
});
afterAll(() => workspace.remove());

describe('lint, types and layers', () => {
  let before: Sight;
  let after: Sight;

  beforeAll(async () => {
    before = await sight(workspace);
    for (const { path, code } of plants) workspace.write(path, code);
    after = await sight(workspace);
    for (const { path } of plants) rmSync(join(workspace.root, path));
  });

  test.for(['lint', 'types', 'layers'] as const)('%s passes without a fault', (gate) => {
    expect(before[gate]).toEqual({ exitCode: 0, output: before[gate].output });
  });

  test.for(['lint', 'types', 'layers'] as const)('%s fails with the faults', (gate) => {
    expect(after[gate].exitCode).not.toBe(0);
  });

  test.for(plants)('$note is refused', ({ path, refusedBy }) => {
    for (const gate of ['lint', 'types', 'layers'] as const) {
      const expected = refusedBy[gate];
      if (expected === undefined) continue;
      const named = messages(after[gate]).filter((message) => message.includes(path));
      expect(named.join('\n'), `${gate} on ${path}`).toContain(expected);
    }
  });
});

test('every plant is refused by at least one gate that the table names', () => {
  expect(plants.filter(({ refusedBy }) => Object.keys(refusedBy).length === 0)).toEqual([]);
});

describe('the layer gate', () => {
  test('fails when it reads no file, where the bare tool passes', async () => {
    const config = join(workspace.root, '.dependency-cruiser.cjs');
    const blind = plantWorkspace();
    try {
      writeFileSync(
        join(blind.root, '.dependency-cruiser.cjs'),
        `const rules = require(${JSON.stringify(config)});\n` +
          "module.exports = { ...rules, options: { ...rules.options, exclude: { path: '[.]ts$' } } };\n",
      );
      const bare = await blind.run(['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'packages']);
      const gate = await blind.run(gates.layers);
      expect(bare).toMatchObject({ exitCode: 0, output: expect.stringContaining('no dependency violations') });
      expect(gate).toMatchObject({
        exitCode: 1,
        output: expect.stringContaining('not read: packages/core/src/index.ts'),
      });
    } finally {
      blind.remove();
    }
  });
});

describe('the surface gate', () => {
  test('fails when a public signature changes, an export has no doc line, or an entry point no report', async (context) => {
    inTheLongRun(context);
    await workspace.run(gates.types);
    const accepted = await workspace.run([...gates.api, '--update']);
    const unchanged = await workspace.run(gates.api);
    expect([accepted.exitCode, unchanged.exitCode], `${accepted.output}${unchanged.output}`).toEqual([0, 0]);

    workspace.write('packages/core/src/index.ts', "export { twice } from './twice.ts';\n\nexport const added = 1;\n");
    await workspace.run(gates.types);
    const changed = await workspace.run(gates.api);
    expect(changed).toMatchObject({ exitCode: 1, output: expect.stringContaining('api/core.api.md is not what') });
    expect(changed.output).not.toMatch(/has no doc line|no api/);

    rmSync(join(workspace.root, 'api/packs.json'));
    const updated = await workspace.run([...gates.api, '--update']);
    expect(updated).toMatchObject({ exitCode: 1, output: expect.stringContaining('`added` has no doc line') });
    expect(updated.output).toContain('no api/*.json covers packages/packs/dist/index.d.ts');
  });
});

describe('the unused-code gate', () => {
  test('names an export that nothing imports and a file that nothing reaches', async () => {
    workspace.write('packages/core/src/index.ts', "export { twice } from './twice.ts';\n");
    const narrow = [...gates.unused, '--include', 'files,exports', '--no-config-hints'];
    const before = await workspace.run(narrow);
    expect(before).toMatchObject({ exitCode: 0 });

    workspace.write('packages/core/src/forgotten.ts', 'export const forgotten = 1;\n');
    workspace.write(
      'packages/core/src/twice.ts',
      'export const twice = (count: number): number => count * 2;\n\nexport const nobodyCallsThis = 1;\n',
    );
    const after = await workspace.run(narrow);
    expect(after.exitCode).not.toBe(0);
    expect(after.output).toContain('packages/core/src/forgotten.ts');
    expect(after.output).toContain('nobodyCallsThis');
  });
});

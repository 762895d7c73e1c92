import { pathToFileURL } from 'node:url';
import { defineConfig, type Plugin, type ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './tools/longest-first.ts';

/**
 * Where the tests find the packages. Alone, and in watch mode, they read the sources. With `--mode built`, as in `npm
 * test`, they load what is published: Node imports it by itself, so that nothing is transformed, and each worker is
 * quick to start. `test/programs/build.ts` builds it before the first test.
 */
const packages = (mode: string): ViteUserConfig => {
  const conditions = mode === 'built' ? ['node'] : ['@tai-autonomics/source', 'node'];
  return {
    plugins: mode === 'built' ? [] : [startsWhatIsBuilt],
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: mode === 'built' ? { server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } } } : {},
  };
};

/**
 * The governor starts processes and threads, and names modules that they load, by its own URL. Here these are the built
 * ones, as in the published package: plain Node, and no loader. `test/programs/build.ts` builds them before the first test.
 */
const startsWhatIsBuilt: Plugin = {
  name: 'starts-what-is-built',
  enforce: 'pre',
  transform: (code, id) => {
    if (!id.includes('/packages/governor/src/') || !code.includes('import.meta.url')) return undefined;
    const built = pathToFileURL(id.replace('/governor/src/', '/governor/dist/').replace(/\.ts$/, '.js'));
    return code.replaceAll('import.meta.url', JSON.stringify(built.href));
  },
};

export default defineConfig(({ mode }) => {
  const { test, ...rest } = packages(mode);
  return {
    ...rest,
    test: {
      ...test,
      include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
      globalSetup: ['test/programs/build.ts'],
      // Both of two cores, and modules that a worker loaded once: a file leaves its process as it found it.
      maxWorkers: '100%',
      isolate: false,
      sequence: { sequencer: LongestFirst },
      testTimeout: 120_000,
      hookTimeout: 120_000,
      // A row's note is its name: show all of it.
      chaiConfig: { truncateThreshold: 120 },
      // `tsc -b` compiles all tests; of these files their names are told, and what they expect of types.
      typecheck: { include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/types/tsconfig.json' },
    },
  };
});

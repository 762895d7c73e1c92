import { pathToFileURL } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';

const conditions = ['@tai-autonomics/source', 'node'];

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

export default defineConfig({
  plugins: [startsWhatIsBuilt],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: ['test/programs/build.ts'],
    // Both of two cores, and modules that a worker loaded once: a file leaves its process as it found it.
    maxWorkers: '100%',
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A row's note is its name: show all of it.
    chaiConfig: { truncateThreshold: 120 },
    typecheck: { include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/tsconfig.json' },
  },
});

import { defineConfig } from 'vitest/config';

const conditions = ['@tai-autonomics/source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
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

import { defineConfig } from 'vitest/config';

const conditions = ['@tai-autonomics/source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    typecheck: { include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/tsconfig.json' },
  },
});

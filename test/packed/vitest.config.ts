/** What a user does with the packages of the registry, which takes an installation: `npm run first-gate`. */
import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

export default defineConfig((env) => {
  const { test, ...rest } = base(env);
  const own = { include: ['test/packed/*.packed.ts'], globalSetup: [], testTimeout: 300_000, hookTimeout: 300_000 };
  return { ...rest, test: { ...test, ...own } };
});

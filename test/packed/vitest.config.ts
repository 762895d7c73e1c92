/** What a user does with the packages of the registry, which takes an installation: `npm run first-gate`. */
import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

export default mergeConfig(
  { ...base, test: { ...base.test, include: [], globalSetup: [] } },
  defineConfig({ test: { include: ['test/packed/*.packed.ts'], testTimeout: 300_000, hookTimeout: 300_000 } }),
);

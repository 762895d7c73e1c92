// Types alone: vitest.d.ts merges the matchers into vitest's own. Register them with expect.extend(matchers).
export {};

/** The matchers as a module of their own; vitest.d.ts merges their types into vitest's. */
export { matchers } from '@tai-autonomics/core/testing';

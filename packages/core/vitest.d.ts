/** The matchers, with their types merged into vitest's own: `import { matchers } from '@tai-autonomics/core/testing/vitest'`. */
// biome-ignore lint/style/noRestrictedImports: the package itself, by the name that its users know
import type { DecisionMatchers } from '@tai-autonomics/core/testing';

// biome-ignore lint/style/noRestrictedImports: the package itself, by the name that its users know
export { matchers } from '@tai-autonomics/core/testing';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: merged declarations need the same type parameters as vitest's own
  interface Matchers<T = any> extends DecisionMatchers<void> {}
}

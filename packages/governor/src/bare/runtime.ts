/** What a runtime has beside the language: found while it runs, so that whoever bundles for elsewhere bundles nothing of Node. */

interface Builtins {
  readonly 'node:crypto': typeof import('node:crypto');
  readonly 'node:buffer': typeof import('node:buffer');
}

/** A module of Node; `undefined` where the runtime has none, as a browser or a Worker. */
export const builtin = <Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined =>
  (globalThis as { readonly process?: NodeJS.Process }).process?.getBuiltinModule?.(name);

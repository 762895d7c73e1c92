/**
 * A bare JavaScript context: the language, and nothing that a host adds; no clock, no chance, no locale, no code from strings.
 */
import { createContext, runInContext, runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import { repository } from '../canary/repository.ts';

/** Taken away from the language itself. What a host adds (TextEncoder, process, fetch …) isn't there to begin with. */
const takenAway = [
  'Date',
  'Intl',
  'console',
  'WebAssembly',
  'SharedArrayBuffer',
  'Atomics',
  'WeakRef',
  'FinalizationRegistry',
];

/** Links a module with all that it imports into one script, from the packages' BUILT files: no source condition. */
export const linkBuilt = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'linked',
    platform: 'neutral',
    target: 'es2023',
    mainFields: ['module', 'main'],
    conditions: ['import', 'default'],
    metafile: true,
  });
  return outputFiles[0]?.text ?? '';
};

/** Evaluates `expression` after `script`, in a bare context. Whatever it throws, this throws. */
export const runBare = (script: string, expression: string): unknown => {
  const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  runInContext(takenAway.map((name) => `delete globalThis.${name};`).join(''), context);
  runInContext('delete Math.random;', context);
  runInContext(script, context);
  return runInContext(expression, context);
};

/** The same in this process's own context, with everything that Node has. */
export const runHere = (script: string, expression: string): unknown =>
  runInThisContext(`(() => { ${script}\nreturn ${expression}; })()`);

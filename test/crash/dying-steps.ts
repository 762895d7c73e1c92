/**
 * Preloaded into a process, it ends it at the n-th step that leaves something behind: a file that is renamed, linked or written to the
 * disk, a transaction that is committed. `TAI_DIES_AT` is n; half of them die before the step, the others after it.
 */
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const at = Number(process.env['TAI_DIES_AT'] ?? 0);
let seen = 0;

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const stepping = (): (() => void) => {
  seen += 1;
  if (seen === at) die();
  seen += 1;
  const after = seen;
  return () => {
    if (after === at) die();
  };
};

type Call = (...given: readonly unknown[]) => unknown;

/** A method that is a step. */
const wrap = (of: object, name: string, isStep: (given: readonly unknown[]) => boolean = () => true): void => {
  const call = Reflect.get(of, name) as Call;
  Reflect.set(of, name, function (this: unknown, ...given: readonly unknown[]): unknown {
    if (!isStep(given)) return Reflect.apply(call, this, given);
    const after = stepping();
    const answer = Reflect.apply(call, this, given);
    if (!(answer instanceof Promise)) {
      after();
      return answer;
    }
    return answer.then((done: unknown) => {
      after();
      return done;
    });
  });
};

const commits = ([sql]: readonly unknown[]): boolean => sql === 'COMMIT';

wrap(fs.promises, 'rename');
wrap(fs.promises, 'link');
const file = await fs.promises.open(fileURLToPath(import.meta.url));
wrap(Object.getPrototypeOf(file) as object, 'sync');
await file.close();
syncBuiltinESMExports();
/** The library that the store loads: Node's own, where it has one. */
const beside = createRequire(import.meta.resolve('@tai-autonomics/adapter-storage'));
const [own, other] = ['node:sqlite', 'libsql'] as const;
const library = (() => {
  try {
    return (beside(own) as { readonly DatabaseSync: { readonly prototype: object } }).DatabaseSync;
  } catch {
    return beside(other) as { readonly prototype: object };
  }
})();
wrap(library.prototype, 'exec', commits);

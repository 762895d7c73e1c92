/**
 * Observers and handlers of one's own, from modules that config.json names. A module exports `observers` (a list of
 * observers) and `handlers` (a list of `{ step, export }`, each naming a function of the same module); either may be absent.
 */
import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Handler, Observer } from '@tai-autonomics/governor';
import { changeableByOthers } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** Observers and handlers, of this command or of a module. */
export interface LocalWorld {
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
}

type Members = Readonly<Record<string, unknown>>;

const KNOWN_OBSERVER = ['source', 'facts', 'timeoutMs', 'observe'];
const KNOWN_HANDLER = ['step', 'export', 'options'];
const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** Loads every module, with its absolute path. All that is wrong with any of them is listed. */
export const loadModules = async (paths: readonly string[]): Promise<E.Either<readonly string[], LocalWorld>> => {
  const loaded = await Promise.all(paths.map(loadModule));
  const faults = loaded.flatMap((one) => (E.isLeft(one) ? one.left : []));
  const worlds = loaded.flatMap((one) => (E.isRight(one) ? [one.right] : []));
  return faults.length > 0
    ? E.left(faults)
    : E.right({
        observers: worlds.flatMap(({ observers }) => observers),
        handlers: worlds.flatMap(({ handlers }) => handlers),
      });
};

const loadModule = async (path: string): Promise<E.Either<readonly string[], LocalWorld>> => {
  const exposed = await changeableByOthers(path);
  if (exposed !== undefined) return E.left([exposed]);
  // A module is kept by its URL: one that was changed since needs another, or reading it anew finds the old one.
  const found = await stat(path).catch(() => undefined);
  const url = `${pathToFileURL(path).href}${found === undefined ? '' : `?${found.mtimeMs}`}`;
  let module: Members;
  try {
    module = (await import(url)) as Members;
  } catch (thrown) {
    return E.left([`${path}: does not load: ${thrown instanceof Error ? thrown.message : 'unknown'}`]);
  }
  const { observers = [], handlers = [] } = module;
  const faults = [
    ...(module['observers'] === undefined && module['handlers'] === undefined
      ? [`${path}: exports neither \`observers\` nor \`handlers\``]
      : []),
    ...listFaults(observers, `${path}: observers`, observerFaults),
    ...listFaults(handlers, `${path}: handlers`, (x, at) => handlerFaults(module, x, at)),
  ];
  return faults.length > 0
    ? E.left(faults)
    : E.right({
        observers: observers as readonly Observer[],
        handlers: (handlers as readonly Handler[]).map((handler) => ({ ...handler, module: url })),
      });
};

const listFaults = (
  x: unknown,
  at: string,
  faults: (item: Members, at: string) => readonly string[],
): readonly string[] =>
  Array.isArray(x)
    ? x.flatMap((item: unknown, i) =>
        typeof item === 'object' && item !== null
          ? faults(item as Members, `${at}[${i}]`)
          : [`${at}[${i}]: expected an object`],
      )
    : [`${at}: expected a list`];

const observerFaults = (x: Members, at: string): readonly string[] => {
  const { source, facts, timeoutMs, observe } = x;
  const isFacts = Array.isArray(facts) && facts.length > 0 && facts.every((fact) => isName(fact));
  return [
    ...strangers(x, at, KNOWN_OBSERVER),
    ...(isName(source) ? [] : [`${at}.source: expected a snake_case name`]),
    ...(isFacts ? [] : [`${at}.facts: expected a list of facts`]),
    ...(Number.isSafeInteger(timeoutMs) && Number(timeoutMs) > 0 ? [] : [`${at}.timeoutMs: expected milliseconds`]),
    ...(typeof observe === 'function' ? [] : [`${at}.observe: expected a function`]),
  ];
};

const handlerFaults = (module: Members, x: Members, at: string): readonly string[] => {
  const { step, export: name } = x;
  const isFunction = typeof name === 'string' && Object.hasOwn(module, name) && typeof module[name] === 'function';
  return [
    ...strangers(x, at, KNOWN_HANDLER),
    ...(isName(step) ? [] : [`${at}.step: expected a snake_case name`]),
    ...(isFunction ? [] : [`${at}.export: expected the name of a function that the module exports`]),
  ];
};

const strangers = (x: Members, at: string, known: readonly string[]): readonly string[] =>
  Object.keys(x)
    .filter((name) => !known.includes(name))
    .map((name) => `${at}.${name.slice(0, 40)}: expected one of ${known.join(', ')}`);

const isName = (x: unknown): boolean => typeof x === 'string' && NAME.test(x);

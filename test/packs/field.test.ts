/** What detectors say of documents as they are: one folder a case in `test/vectors/field`, its right value in `right.json`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { detectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';

const FOLDER = 'test/vectors/field';

interface Right {
  readonly note: string;
  readonly detector: string;
  /** A file of the folder, or a document of several members: files, and texts. */
  readonly raw: string | Readonly<Record<string, string>>;
  /** What it says; absent where it can't be read. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const rawOf = (folder: string, raw: Right['raw']): unknown =>
  typeof raw === 'string'
    ? read(`${folder}/${raw}`)
    : Object.fromEntries(
        Object.entries(raw).map(([name, value]) => [
          name,
          value.endsWith('.json') ? read(`${folder}/${value}`) : value,
        ]),
      );

const rows = readdirSync(FOLDER)
  .filter((name) => existsSync(`${FOLDER}/${name}/right.json`))
  .flatMap((name) =>
    (read(`${FOLDER}/${name}/right.json`) as readonly Right[]).map((right) => ({
      ...right,
      folder: `${FOLDER}/${name}`,
    })),
  );

test('there are cases', () => expect(rows.length).toBeGreaterThan(1));

test.for(rows)('$folder: $note', ({ folder, detector, raw, facts }) => {
  const by = detectors.find(({ id, version }) => `${id}@${version}` === detector);
  const seen = by?.detect(rawOf(folder, raw)) ?? E.left('no such detector');
  if (facts === undefined) expect(E.isLeft(seen) && seen.left).toMatch(/expected/);
  else expect(seen).toEqual(E.right(facts));
});

/** Whether `kubectl get` takes it for what it was meant for: TYPE/NAME are not mixed with TYPE, and what follows a type is a name. */
const isTaken = (command: string): boolean => {
  const [first = '', ...rest] = command
    .replace(/ (?:-o|--output)[ =]\S+/g, '')
    .split(' ')
    .slice(2);
  const isType = (word: string): boolean => /^(?:deployment|replicaset)s?(?:\.apps)?$/.test(word);
  if ([first, ...rest].some((word) => word.includes('/'))) return [first, ...rest].every((word) => word.includes('/'));
  return first.split(',').every(isType) && !rest.some(isType);
};

test('kubectl takes every command that a page or a detector names', () => {
  for (const { command, taken } of read(`${FOLDER}/k8s-kubectl-command/commands.json`) as readonly {
    readonly command: string;
    readonly taken: boolean;
  }[])
    expect(isTaken(command), command).toBe(taken);
  const pages = ['docs/detectors.md', 'packages/packs/src/rollback-guard/kubernetes.ts'];
  const named = pages.flatMap((page) => readFileSync(page, 'utf8').match(/kubectl get [^`\n]+/g) ?? []);
  expect(named.length).toBeGreaterThan(2);
  for (const command of named) expect(isTaken(command), command).toBe(true);
});

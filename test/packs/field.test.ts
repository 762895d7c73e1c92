/** What detectors say of documents as they are: one folder a case in `test/vectors/field`, its right value in `right.json`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { detectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';

const FOLDER = 'test/vectors/field';

interface Right {
  readonly note: string;
  readonly detector: string;
  /** A file of the folder, or several as the members of one document. */
  readonly raw: string | Readonly<Record<string, string>>;
  /** What it says; absent where it can't be read. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const rawOf = (folder: string, raw: Right['raw']): unknown =>
  typeof raw === 'string'
    ? read(`${folder}/${raw}`)
    : Object.fromEntries(Object.entries(raw).map(([name, file]) => [name, read(`${folder}/${file}`)]));

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

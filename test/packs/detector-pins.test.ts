/**
 * A detector says the same of the same document for ever: receipts name it by its version. From 0.1.0 on a row of
 * `test/vectors/detectors` is never changed; a detector that says something else is a new version, with rows of its own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { detectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';

const FOLDER = 'test/vectors/detectors';

interface Pinned {
  readonly detector: string;
  readonly rows: readonly {
    readonly note: string;
    readonly raw: unknown;
    /** When the document says that it was seen, in milliseconds. */
    readonly seenAt?: number;
    /** What it says; `null` where it reads no evidence in it, in whatever words it says why. */
    readonly facts: Readonly<Record<string, unknown>> | null;
  }[];
}

const nameOf = ({ id, version }: { readonly id: string; readonly version: number }): string => `${id}@${version}`;
const pinned = (name: string): Pinned => JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')) as Pinned;

test('every version of every detector is pinned, by documents that it reads and by some that it refuses', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(detectors.map((detector) => `${nameOf(detector)}.json`).sort());
  for (const detector of detectors) {
    const { detector: name, rows } = pinned(nameOf(detector));
    expect(name).toBe(nameOf(detector));
    expect(rows.filter(({ facts }) => facts !== null).length, name).toBeGreaterThan(4);
    expect(rows.filter(({ facts }) => facts === null).length, name).toBeGreaterThan(1);
    const said = new Set(rows.flatMap(({ facts }) => Object.keys(facts ?? {})));
    expect([...said].sort(), name).toEqual([...detector.facts].sort());
  }
});

test.for(
  detectors
    .filter((detector) => existsSync(`${FOLDER}/${nameOf(detector)}.json`))
    .flatMap((detector) => pinned(nameOf(detector)).rows.map((row) => ({ ...row, name: nameOf(detector), detector }))),
)('$name: $note', ({ detector, raw, seenAt, facts }) => {
  const said = detector.detect(raw);
  expect(E.isRight(said) ? said.right : null).toEqual(facts);
  expect(detector.seenAt?.(raw)).toBe(seenAt);
});

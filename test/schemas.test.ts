/** The published JSON Schemas against ajv: what the product reads and writes is valid, what is broken is not. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type Catalog, compileCatalog, decide, parseObservation } from '@tai-autonomics/core';
import { parseReceipt } from '@tai-autonomics/core/receipt';
import { type SchemaName, type SchemaPart, schemas } from '@tai-autonomics/core/schemas';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { invariants, library, recipes } from '@tai-autonomics/packs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { repository } from './canary/repository.ts';
import { compiled, lawful, withPublishing } from './fixtures/tenant.ts';
import { catalogOf } from './generators/catalog.ts';
import { type Dice, holds } from './generators/dice.ts';
import { observationOf } from './generators/observation.ts';
import { isLongRun } from './runs.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
formats.default(ajv);
const whole = schemas();
const validators = new Map<string, ValidateFunction>();
const validatorOf = (name: SchemaName): ValidateFunction => {
  const known = validators.get(name) ?? ajv.compile(whole[name]);
  validators.set(name, known);
  return known;
};
/** What ajv says against a document; nothing where it is valid. */
const faults = (name: SchemaName, document: unknown): readonly string[] => {
  const validate = validatorOf(name);
  return validate(document) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
};

const text = (...path: readonly string[]): string => readFileSync(join(repository, ...path), 'utf8');
const json = (...path: readonly string[]): unknown => {
  const read = parseStrictJson(text(...path), { comments: true, maxBytes: 1_000_000, maxDepth: 64 });
  return E.isRight(read) ? read.right.value : read.left;
};
const plain = (x: unknown): Json => JSON.parse(JSON.stringify(x)) as Json;

describe('the files', () => {
  test.for(Object.entries(whole))('%s.json is the schema of the codec, and one that ajv takes', ([name, schema]) => {
    expect(JSON.parse(text('packages/core/schemas', `${name}.json`))).toEqual(schema);
    expect(validatorOf(name as SchemaName)).toBeTypeOf('function');
  });

  test('there is no other', () => {
    expect(readdirSync(join(repository, 'packages/core/schemas')).sort()).toEqual(
      Object.keys(whole)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });
});

test('the gate refuses a file that is stale, missing or of no document', () => {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  try {
    cpSync(join(repository, 'packages/core/schemas'), join(folder, 'packages/core/schemas'), { recursive: true });
    const gate = () =>
      spawnSync(
        process.execPath,
        [
          '--import',
          pathToFileURL(join(repository, 'node_modules/tsx/dist/loader.mjs')).href,
          '--conditions',
          '@tai-autonomics/source',
          join(repository, 'tools/schemas.ts'),
        ],
        { cwd: folder, encoding: 'utf8' },
      );
    const place = (file: string) => join(folder, 'packages/core/schemas', file);
    expect(gate().status).toBe(0);
    writeFileSync(place('pack.json'), '{}\n');
    writeFileSync(place('other.json'), '{}\n');
    rmSync(place('receipt.json'));
    const { status, stderr } = gate();
    expect(status).toBe(1);
    for (const file of ['pack.json', 'other.json', 'receipt.json']) expect(stderr).toContain(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('what ships is valid', () => {
  test('the catalog, its packs and their invariants', () => {
    expect(faults('catalog', plain(library))).toEqual([]);
    for (const pack of library.packs) expect(faults('pack', plain(pack))).toEqual([]);
    expect(faults('invariants', plain({ invariants }))).toEqual([]);
    for (const recipe of recipes) expect(faults('recipe', plain(recipe))).toEqual([]);
  });

  test('every table of cases of a pack', () => {
    const folder = join(repository, 'packages/packs/src');
    const tables = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('cases.json'));
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) expect(faults('case-table', json('packages/packs/src', table)), table).toEqual([]);
  });

  test('the example policies, observations and events', () => {
    const examples = [
      ['catalog', 'policy/freezer.jsonc'],
      ['catalog', 'policy/release.jsonc'],
      ['policy-document', 'policy/change-control.jsonc'],
      ['invariants', 'policy/freezer.invariants.jsonc'],
      ['case-table', 'policy/freezer.cases.jsonc'],
      ['observation', 'policy/thaw.jsonc'],
      ['entitlement-event', 'events/entitlement-activated.json'],
      ['entitlement-event', 'events/entitlement-upgraded.json'],
    ] as const;
    for (const [name, file] of examples) expect(faults(name, json('examples', file)), file).toEqual([]);
    for (const observation of Object.values(lawful)) expect(faults('observation', plain(observation))).toEqual([]);
  });

  test('every receipt, disclosure and statement of a bundle', () => {
    const bundle = 'test/vectors/bundle-v1/whole';
    const lines = text(bundle, 'receipts.jsonl').trim().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    for (const [seq, line] of lines.entries()) expect(faults('receipt', JSON.parse(line)), String(seq)).toEqual([]);
    const disclosed = readdirSync(join(repository, bundle, 'disclosures')).flatMap(
      (file) => JSON.parse(text(bundle, 'disclosures', file)) as readonly string[],
    );
    expect(disclosed.length).toBeGreaterThan(10);
    for (const one of disclosed)
      expect(faults('disclosure', JSON.parse(Buffer.from(one, 'base64url').toString()))).toEqual([]);
    const { payload } = JSON.parse(text(bundle, 'manifest.dsse.json')) as { readonly payload: string };
    expect(faults('manifest-statement', JSON.parse(Buffer.from(payload, 'base64').toString()))).toEqual([]);
  });

  test('every decision, of any catalog about any observation', () => {
    const verdicts = new Set<string>();
    holds(12, (d) => {
      const catalog = compiled(catalogOf(d));
      for (let i = 0; i < 20; i++) {
        const decision = decide(catalog, observationOf(d, catalog));
        verdicts.add(decision.verdict);
        expect(faults('decision', plain(decision))).toEqual([]);
      }
    });
    expect([...verdicts].sort()).toEqual(['approve', 'refuse']);
  });
});

/** One fault in a document: a member too many or too few, or a value of another kind. Says whether a shape was broken. */
const mutated = (d: Dice, x: Json): Json => {
  const deeper = typeof x === 'object' && x !== null && Object.keys(x).length > 0 && d.chance(80);
  if (Array.isArray(x)) {
    if (!deeper) return d.pick<Json>([null, 'x', {}, [...x, null], [...x, ...x]]);
    const i = d.below(x.length);
    return x.map((item: Json, k) => (k === i ? mutated(d, item) : item));
  }
  if (typeof x === 'object' && x !== null) {
    const object = x as { readonly [member: string]: Json };
    if (!deeper) return d.pick<Json>([null, [], 'x', { ...object, surplus: 1 }]);
    const key = d.pick(Object.keys(object));
    if (d.chance(20)) return Object.fromEntries(Object.entries(object).filter(([k]) => k !== key));
    return { ...object, [key]: mutated(d, object[key] as Json) };
  }
  return d.pick<Json>([null, true, -1, 0.5, '', 'x', 'A b', '\n', [], {}, 1e21]);
};

describe('what a schema refuses, the codec refuses', () => {
  const reads = (read: (x: unknown) => E.Either<unknown, unknown>) => (x: unknown) => E.isRight(read(x));
  const readReceipt = (x: unknown) => parseReceipt(new TextEncoder().encode(JSON.stringify(x)));
  const [receipt = ''] = text('test/vectors/bundle-v1/whole/receipts.jsonl').split('\n');
  const observations = Object.values(lawful);
  const documents: readonly {
    readonly name: SchemaName;
    readonly from: Json;
    readonly accepts: (x: unknown) => boolean;
  }[] = [
    { name: 'catalog', from: plain(library), accepts: reads(compileCatalog) },
    {
      name: 'observation',
      from: plain(observations[0]),
      accepts: reads((x) => parseObservation(withPublishing as Catalog, x)),
    },
    { name: 'receipt', from: JSON.parse(receipt) as Json, accepts: reads(readReceipt) },
  ];
  test.for(documents)('a mutant of a $name', ({ name, from, accepts }) => {
    const seen = { refused: 0, valid: 0 };
    expect(accepts(from)).toBe(true);
    holds(name === 'catalog' ? 150 : 600, (d) => {
      const mutant = mutated(d, from);
      const said = faults(name, mutant);
      if (said.length > 0) {
        seen.refused += 1;
        expect(accepts(mutant), `${JSON.stringify(said)} ${JSON.stringify(mutant).slice(0, 400)}`).toBe(false);
      } else seen.valid += 1;
    });
    // Of what was broken, the schema sees most; among few, luck weighs more.
    expect(seen.refused).toBeGreaterThan((isLongRun ? 4 : 2) * seen.valid);
  });

  test('a member `$schema` says which schema a document follows, and nothing else', () => {
    const marked = { $schema: './node_modules/@tai-autonomics/core/schemas/catalog.json', ...library };
    expect(faults('catalog', plain(marked))).toEqual([]);
    const [a, b] = [compileCatalog(plain(marked)), compileCatalog(plain(library))];
    expect(E.isRight(a) && E.isRight(b) && plain(a.right.source)).toEqual(E.isRight(b) && plain(b.right.source));
  });
});

test('a mutant schema would be seen: a receipt without its origin is refused', () => {
  const [line = ''] = text('test/vectors/bundle-v1/whole/receipts.jsonl').split('\n');
  const { origin: _, ...without } = JSON.parse(line) as SchemaPart;
  expect(faults('receipt', without)).not.toEqual([]);
});

/** What the page of the format repeats of the code is what the code says: forms, events, disclosures, limits. */
import { readFileSync } from 'node:fs';
import { schemas } from '@tai-autonomics/core/schemas';
import { expect, test } from 'vitest';
import { shipped } from '../governor/kit.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/receipt-v1.md');

/** The rows of a marked table, without its heading, cell by cell. */
const rowsOf = (mark: string): readonly (readonly string[])[] => {
  const [, table = ''] = page.split(`<!-- ${mark} -->`);
  const lines = table.split(`<!-- /${mark} -->`)[0]?.split('\n') ?? [];
  return lines
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) =>
      line
        .slice(2, -2)
        .split(/(?<!\\) \| /)
        .map((cell) => cell.trim()),
    );
};

const ticked = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one);

/** Every pattern of a JSON Schema, without its anchors. */
const patternsOf = (schema: unknown): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, value]) =>
    name === 'pattern' && typeof value === 'string' ? [value.replace(/^\^|\$$/g, '')] : patternsOf(value),
  );
};

test('its forms are the patterns by which receipts and disclosures are read, all of them', () => {
  const said = rowsOf('forms').map(([, cell = '']) => ticked(cell)[0] ?? '');
  const { receipt, disclosure } = schemas();
  const plain = (pattern: string): string => pattern.replaceAll('\\/', '/');
  expect(new Set(said.map(plain))).toEqual(new Set([...patternsOf(receipt), ...patternsOf(disclosure)].map(plain)));
});

test('its events are the core’s own and those of the shipped packs', () => {
  const core = /const CORE_EVENTS[^[]*\[\] = \[([^\]]+)\]/.exec(read('packages/core/src/compile/check.ts'))?.[1] ?? '';
  const own = [...core.matchAll(/'([a-z_]+)'/g)].map(([, event = '']) => event);
  expect(own.length).toBeGreaterThan(5);
  expect(
    rowsOf('events')
      .flatMap(([cell = '']) => ticked(cell))
      .sort(),
  ).toEqual([...own, ...(core.includes('TOOL_SURFACE_CHANGED') ? ['tool_surface_changed'] : [])].sort());
  const packs = shipped.catalog.source.packs.filter(({ receipt_events }) => receipt_events.length > 0);
  expect(
    rowsOf('pack events').map(([pack = '', events = '']) => [...ticked(pack), ...[...ticked(events)].sort()]),
  ).toEqual(packs.map(({ pack_id, receipt_events }) => [pack_id, ...[...receipt_events].sort()]));
});

test('its disclosures are those that a verifier takes for a receipt’s own', () => {
  const source = read('packages/core/src/receipt/verify/disclosed-names.ts');
  const known = [...source.matchAll(/'([a-z]+\/[a-z]+)'/g)].map(([, name = '']) => name);
  const said = rowsOf('disclosures').map(([name = '']) => ticked(name)[0] ?? '');
  expect(said.filter((name) => !name.startsWith('evidence/')).sort()).toEqual([...known].sort());
  expect(said).toContain('evidence/<fact>/<source>');
});

const MIB = 1_048_576;
/** Where each number of the page stands in the code, by what it says it is of. */
const IN_CODE: readonly (readonly [of: string, at: number, file: string, constant: string])[] = [
  ['a receipt', 0, 'core/src/receipt/encoding/canonical.ts', 'MAX_RECEIPT_BYTES'],
  ['`keys`', 1, 'governor/src/bundle/bundle-files.ts', 'LINES_MAX'],
  ['a disclosure;', 0, 'core/src/receipt/disclosure.ts', 'MAX_DISCLOSURE_LENGTH'],
  ['zeros behind', 0, 'governor/src/bundle/archive/tar-source.ts', 'FILLING_BYTES_MAX'],
  ['a note,', 0, 'core/src/receipt/signing/note.ts', 'MAX_NOTE_LENGTH'],
  ['a note,', 0, 'core/src/receipt/bundle/manifest.ts', 'MAX_LENGTH'],
  ['a note,', 0, 'core/src/receipt/bundle/policy-lines.ts', 'MAX_LENGTH'],
  ['a proof file', 0, 'core/src/receipt/tree/proof-file.ts', 'MAX_FILE_LENGTH'],
  ['a proof file', 1, 'core/src/receipt/tree/proof.ts', 'MAX_PROOF_HASHES'],
  ['an envelope', 1, 'core/src/receipt/signing/dsse.ts', 'MAX_SIGNATURES'],
  ['hand-overs', 0, 'governor/src/bundle/bundle-files.ts', 'KEPT_MAX'],
  ['lines of signatures', 0, 'core/src/receipt/signing/note.ts', 'MAX_NOTE_SIGNATURES'],
  ['lines of a trust', 0, 'core/src/receipt/bundle/policy-lines.ts', 'MAX_LINES'],
  ['files of a bundle', 0, 'governor/src/bundle/archive/bundle-source.ts', 'BUNDLE_FILES_MAX'],
  ['files of a bundle', 1, 'governor/src/bundle/bundle.ts', 'OTHERS_MAX'],
  ['steps of a ledger', 0, 'core/src/ledger/steps.ts', 'first'],
  ['steps of a ledger', 1, 'core/src/ledger/steps.ts', 'aReceipt'],
  ['a catalog that is', 0, 'governor/src/bundle/bundle-files.ts', 'COMPILED_BYTES_MAX'],
  ['catalogs that are', 0, 'governor/src/bundle/bundle-files.ts', 'COMPILED_BYTES_ALL'],
  ['parts into which', 0, 'core/src/compile/scope.ts', 'Math.max\\('],
  ['readings of one raw', 0, 'governor/src/bundle/verify/detected-facts.ts', 'READS_MAX'],
  ['steps of detectors', 0, 'governor/src/bundle/verify/detected-facts.ts', 'STEPS_MAX'],
  ['actions open', 0, 'core/src/ledger/rederive.ts', 'OPEN_MAX'],
  ['of them, compared', 0, 'core/src/ledger/rederive.ts', 'STANDING_MAX'],
  ['refusals that', 0, 'core/src/ledger/named-refusals.ts', 'REFUSALS_MAX'],
  ['names of subjects', 0, 'core/src/ledger/one-name.ts', 'NAMES_MAX'],
  ['ids of decisions', 0, 'core/src/receipt/verify/decision-ids.ts', 'IDS_MAX'],
  ['approvers and keys', 0, 'core/src/receipt/verify/verify.ts', 'MAX_APPROVERS'],
  ['newest receipts', 0, 'core/src/receipt/verify/chain.ts', 'REFERENCE_WINDOW'],
];

/** Limits of files, as the reader of bundles has them; what has no constant of its own. */
const OF_FILES: Readonly<Record<string, readonly [pattern: RegExp, times: number]>> = {
  'a catalog; a raw input that a detector reads': [/case 'catalog':\s*return (\d+) \* MIB/, MIB],
  'a file of disclosures': [/case 'disclosures':\s*return (\d+) \* MIB/, MIB],
  'a raw input': [/case 'evidence':\s*return (\d+) \* MIB/, MIB],
  '`keys`, of which 1,024 lines are read': [/case 'keys':\s*return ([\d_]+);/, 1],
  'any file that is not named here; `receipts.jsonl` may have any length': [/default:\s*return (\d+) \* MIB/, MIB],
};

const numbersOf = (cells: readonly string[]): readonly number[] =>
  [
    ...cells
      .slice(0, 2)
      .join(' ')
      .matchAll(/\d[\d,]*/g),
  ].map(([text]) => Number(text.replaceAll(',', '')));

test('its limits are those of the code, and none stands there that no constant gives', () => {
  const rows = [...rowsOf('caps'), ...rowsOf('budgets')];
  const unsaid = new Set(rows.map(([, of = '']) => of));
  for (const [of, at, file, constant] of IN_CODE) {
    const row = rows.find(([, what = '']) => what.startsWith(of));
    const value = new RegExp(`\\b${constant}(?:(?::? ?[a-zA-Z]*)? ?[=:] )?([\\d_]+)`).exec(
      read(`packages/${file}`),
    )?.[1];
    expect(numbersOf(row ?? [])[at], `${of} of the page and ${constant}`).toBe(Number(value?.replaceAll('_', '')));
    unsaid.delete(row?.[1] ?? '');
  }
  const sizes = read('packages/governor/src/bundle/archive/bundle-source.ts');
  for (const [of, [pattern, times]] of Object.entries(OF_FILES)) {
    const row = rows.find(([, what]) => what === of);
    expect(numbersOf(row ?? [])[0], of).toBe(Number(pattern.exec(sizes)?.[1]?.replaceAll('_', '')) * times);
    unsaid.delete(of);
  }
  expect(numbersOf(rows.find(([, of]) => of === 'a path') ?? [])[0]).toBe(
    Number(/path\.length > (\d+)/.exec(read('packages/core/src/receipt/bundle/layout.ts'))?.[1]),
  );
  unsaid.delete('a path');
  expect([...unsaid]).toEqual([]);
});

const places = JSON.parse(read('test/vectors/field/page-ambiguities/places.json')) as readonly {
  readonly place: string;
  /** What somebody who had the page alone had to guess once. */
  readonly asked: string;
  /** Where the page answers it. */
  readonly says: string;
}[];

test.for(places)('it leaves nothing to guess about $place: $asked', ({ says }) => {
  expect(page.replace(/\s+/g, ' ')).toContain(says);
});

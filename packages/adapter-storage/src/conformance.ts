/**
 * The conformance suites of the LedgerStore, CatalogStore, SnapshotStore and ObjectStore ports: every store runs its own, and one that passes it can
 * stand behind the governor. It needs no test framework; hand it the `describe` and `test` of yours.
 */
import type { CatalogStore, LedgerStore, SnapshotStore } from '@tai-autonomics/governor';
import { appendCases } from './conformance/append-cases.ts';
import type { ConformanceCase } from './conformance/case.ts';
import { catalogCases } from './conformance/catalog-cases.ts';
import { clockCases, longCases } from './conformance/long-cases.ts';
import { objectCases } from './conformance/object-cases.ts';
import { recordCases } from './conformance/record-cases.ts';
import { snapshotCases } from './conformance/snapshot-cases.ts';
import { type Trouble, type WireCase, type Wired, wireCases } from './conformance/wire-cases.ts';
import type { ObjectStore } from './objects/object-store.ts';

export type { ConformanceCase } from './conformance/case.ts';
export type { Trouble, Wired } from './conformance/wire-cases.ts';

/** All cases, each with a sentence that no other has. */
export const ledgerStoreCases: readonly ConformanceCase[] = [
  ...recordCases,
  ...appendCases,
  ...clockCases,
  ...longCases,
];

/** The two functions of a test framework that the suite calls. */
export interface TestApi {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: ((name: string, body: () => Promise<void>) => unknown) & {
    readonly skip: (name: string, body: () => Promise<void>) => unknown;
  };
}

/** A case that a store cannot keep, and why; the reason is shown beside the skipped test. */
export interface Skip {
  readonly note: string;
  readonly reason: string;
}

/** What became of one case: it runs as a test, or it is skipped for a reason. */
export interface ConformanceRow {
  readonly store: string;
  readonly note: string;
  /** Absent: it runs. */
  readonly skipped?: string;
}

/** What a store can be put through beyond the cases that every store runs. */
export interface ConformanceOptions {
  readonly skips?: readonly Skip[];
  /** The store over a way that can be cut; or why there is none: then the cases about it are no tests. */
  readonly wire?: ((how: Trouble['how']) => Promise<Wired>) | { readonly none: string };
  /** Whether the cases run that take minutes; or why not, and then they are no tests. */
  readonly long?: true | { readonly none: string };
  /** Told of each case, in order: `conformanceTable` prints them. */
  readonly tell?: (row: ConformanceRow) => void;
}

/**
 * Registers every case as a test. `open` answers a new, empty store each time; the suite closes what it opened. A skip that
 * names no case, or gives no reason, is itself a failing test.
 */
export const ledgerStoreConformance = (
  name: string,
  open: () => Promise<LedgerStore>,
  { describe, test }: TestApi,
  {
    skips = [],
    wire = { none: 'no way to the store was given that can be cut' },
    long = { none: 'it takes minutes, and nobody asked for it' },
    tell,
  }: ConformanceOptions = {},
): void => {
  const register = (note: string, run: () => Promise<void>): void => {
    const skipped = skips.find((each) => each.note === note)?.reason;
    tell?.({ store: name, note, ...(skipped === undefined ? {} : { skipped }) });
    if (skipped === undefined) test(note, run);
    else test.skip(`${note} (skipped: ${skipped})`, run);
  };
  describe(`ledger store: ${name}`, () => {
    for (const { note, reason } of skips) {
      const isSound = reason.trim() !== '' && [...ledgerStoreCases, ...wireCases].some((each) => each.note === note);
      if (!isSound) test(`skips "${note}"`, () => Promise.reject(new Error('no such case, or no reason given')));
    }
    for (const one of ledgerStoreCases)
      if (long === true || !longCases.includes(one)) register(one.note, () => closingAfter(open, one.run));
      else tell?.({ store: name, note: one.note, skipped: long.none });
    for (const { note, how, run } of wireCases)
      if (typeof wire === 'function') register(note, () => closingWire(() => wire(how), run));
      else tell?.({ store: name, note, skipped: wire.none });
  });
};

/** What ran and what did not, by case and store, for a person; each reason once below. */
export const conformanceTable = (rows: readonly ConformanceRow[]): string => {
  const stores = [...new Set(rows.map(({ store }) => store))];
  const notes = [...new Set(rows.map(({ note }) => note))];
  const reasons = [...new Set(rows.flatMap(({ skipped }) => (skipped === undefined ? [] : [skipped])))];
  const mark = (note: string, store: string): string => {
    const row = rows.find((each) => each.note === note && each.store === store);
    return row === undefined ? '' : row.skipped === undefined ? 'ran' : `skipped ${reasons.indexOf(row.skipped) + 1}`;
  };
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['case', ...stores]),
    line(['---', ...stores.map(() => '---')]),
    ...notes.map((note) => line([note, ...stores.map((store) => mark(note, store))])),
    ...reasons.map((reason, n) => `skipped ${n + 1}: ${reason}`),
  ].join('\n');
};

/** The same for the CatalogStore port: `open` answers a new, empty store each time. */
export const catalogStoreConformance = (
  name: string,
  open: () => Promise<CatalogStore>,
  { describe, test }: TestApi,
): void => {
  describe(`catalog store: ${name}`, () => {
    for (const { note, run } of catalogCases) test(note, () => run(open));
  });
};

/** The same for the SnapshotStore port: `open` answers a new, empty store each time. */
export const snapshotStoreConformance = (
  name: string,
  open: () => Promise<SnapshotStore>,
  { describe, test }: TestApi,
): void => {
  describe(`snapshot store: ${name}`, () => {
    for (const { note, run } of snapshotCases) test(note, () => run(open));
  });
};

/** The same for the ObjectStore port: `open` answers a new, empty store each time. */
export const objectStoreConformance = (
  name: string,
  open: () => Promise<ObjectStore>,
  { describe, test }: TestApi,
): void => {
  describe(`object store: ${name}`, () => {
    for (const { note, run } of objectCases) test(note, () => run(open));
  });
};

const closingWire = async (wire: () => Promise<Wired>, run: WireCase['run']): Promise<void> => {
  const wired = await wire();
  try {
    await run(wired);
  } finally {
    wired.order(undefined);
    await wired.store.close();
  }
};

const closingAfter = async (open: () => Promise<LedgerStore>, run: ConformanceCase['run']): Promise<void> => {
  const opened: LedgerStore[] = [];
  try {
    await run(async () => {
      const store = await open();
      opened.push(store);
      return store;
    });
  } finally {
    for (const store of opened) await store.close();
  }
};

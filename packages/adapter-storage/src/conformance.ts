/**
 * The conformance suites of the LedgerStore and CatalogStore ports: every store runs its own, and one that passes it can
 * stand behind the governor. It needs no test framework; hand it the `describe` and `test` of yours.
 */
import type { CatalogStore, LedgerStore } from '@tai-autonomics/governor';
import { appendCases } from './conformance/append-cases.ts';
import type { ConformanceCase } from './conformance/case.ts';
import { catalogCases } from './conformance/catalog-cases.ts';
import { recordCases } from './conformance/record-cases.ts';

export type { ConformanceCase } from './conformance/case.ts';

/** All cases, each with a sentence that no other has. */
export const ledgerStoreCases: readonly ConformanceCase[] = [...recordCases, ...appendCases];

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

/**
 * Registers every case as a test. `open` answers a new, empty store each time; the suite closes what it opened. A skip that
 * names no case, or gives no reason, is itself a failing test.
 */
export const ledgerStoreConformance = (
  name: string,
  open: () => Promise<LedgerStore>,
  { describe, test }: TestApi,
  skips: readonly Skip[] = [],
): void => {
  describe(`ledger store: ${name}`, () => {
    for (const { note, reason } of skips) {
      const isSound = reason.trim() !== '' && ledgerStoreCases.some((each) => each.note === note);
      if (!isSound) test(`skips "${note}"`, () => Promise.reject(new Error('no such case, or no reason given')));
    }
    for (const { note, run } of ledgerStoreCases) {
      const skip = skips.find((each) => each.note === note);
      const register = skip === undefined ? test : test.skip;
      register(skip === undefined ? note : `${note} (skipped: ${skip.reason})`, () => closingAfter(open, run));
    }
  });
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

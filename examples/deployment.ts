/** A deployment in memory. Its clock, its randomness and its key are given, so that it says the same every time. */
import { memoryCatalogs, memoryStore } from '@tai-autonomics/adapter-storage';
import {
  anyResource,
  anySubject,
  createGovernor,
  type Governor,
  loadCatalog,
  type NotDecided,
  type Observer,
} from '@tai-autonomics/governor';
import type { LedgerSource } from '@tai-autonomics/governor/bundle';
import { createIdentity } from '@tai-autonomics/governor/keys';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { evidence } from './checkout.ts';
import { random, signer } from './key.ts';

/** The value, or an end with what is wrong. */
export const orThrow = E.getOrElseW((why: unknown): never => {
  throw new Error(JSON.stringify(why));
});

const now = Date.UTC(2026, 10, 21, 8);

/** Sees what git would say about the checkout service. */
const git: Observer = {
  source: 'git',
  facts: Object.keys(evidence),
  timeoutMs: 1000,
  observe: async () => Object.entries(evidence).map(([fact, value]) => ({ fact, value, observedAt: now })),
};

const catalogs = [orThrow(loadCatalog(library))] as const;
const store = memoryStore();
const where = { domain: 'tai.example', secret: random(32) } as const;

/** Decides, records and runs; in `eval` mode nothing contractual. */
export const governor: Governor = orThrow(
  await createGovernor({
    ...where,
    standing: { mode: 'eval', session: 'examples' },
    catalogs,
    catalogStore: memoryCatalogs(),
    store,
    signer,
    random,
    clock: () => now,
    resources: anyResource('sandbox'),
    subjects: anySubject,
    observers: [git],
    handlers: [],
    ownerOf: () => ({ type: 'user', id: 'olivia' }),
  }),
);

const { ledger, origin } = createIdentity({ ...where, mode: 'eval', session: 'examples' });
/** What an export of the ledger of `acme` is made from. */
export const acme: LedgerSource = {
  store,
  catalogs,
  ledger: ledger('acme'),
  origin: origin('acme'),
  publicKey: signer.publicKey,
  seal: async () => E.mapLeft(({ detail }: NotDecided) => detail)(await governor.seal('acme')),
};

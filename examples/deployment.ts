/** A deployment in memory. Its clock, its randomness and its key are given, so that it says the same every time. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { publicKeyOf, signEd25519 } from '@tai-autonomics/core';
import {
  createGovernor,
  type Governor,
  loadCatalog,
  nodeSha256,
  type Observer,
  type Signer,
} from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { evidence } from './checkout.ts';

const orThrow = E.getOrElseW((why: unknown): never => {
  throw new Error(JSON.stringify(why));
});

const now = Date.UTC(2026, 10, 21, 8);
let drawn = 0;
/** At most 32 bytes, which anybody can guess: never outside of an example. */
export const random = (count: number): Uint8Array => nodeSha256(Buffer.from(`draw ${drawn++}`)).slice(0, count);

const seed = random(32);
export const signer: Signer = {
  publicKey: publicKeyOf(seed) ?? seed,
  sign: async (message) => E.fromNullable('no signature')(signEd25519(seed, message)),
  // Nothing outlives this process, so no mark of it has to.
  highWaterMark: async () => E.right(undefined),
  marks: async () => E.right([]),
  raise: async () => E.right(undefined),
};

/** Sees what git would say about the checkout service. */
const git: Observer = {
  source: 'git',
  facts: Object.keys(evidence),
  timeoutMs: 1000,
  observe: async () => Object.entries(evidence).map(([fact, value]) => ({ fact, value, observedAt: now })),
};

export const store = memoryStore();
export const governor: Governor = orThrow(
  await createGovernor({
    standing: { mode: 'eval', session: 'examples' },
    domain: 'tai.example',
    catalogs: [orThrow(loadCatalog(library))],
    store,
    signer,
    secret: random(32),
    clock: () => now,
    random,
    observers: [git],
    handlers: [],
    ownerOf: () => ({ type: 'user', id: 'olivia' }),
  }),
);

/**
 * Which catalog decides in a tenant’s ledger. Until the first activation it is the deployment’s own; each activation
 * takes effect at the next receipt. Whether a catalog is there and sound is observed by the governor, in its store.
 */
import type { Action, LedgerFact, ObservedFact, Requirement } from '@tai-autonomics/core/author';
import { internal } from './action.ts';

/** A look at the store that is older than this is made again. */
const LOOK_MAX_AGE_MS = 60_000;

const unpinned: Requirement = {
  code: 'catalog_pinned',
  means: 'no owner pinned the present catalog',
  when: { fact: 'catalog_pinned', is: false },
  remedy: {
    by: 'authority',
    who: { type: 'user', relation: 'owner' },
    submit: { action: 'unpin_catalog', resource: '*', arguments: {} },
  },
};

export const catalogFacts: Readonly<Record<string, LedgerFact | ObservedFact>> = {
  catalog_standing: {
    means: 'whether the catalog that the resource names by its digest is in the store, compiles and can be left again',
    type: { type: 'enum', values: ['ready', 'unknown', 'unsound'] },
    origin: 'observed',
    sources: ['catalog_store'],
    maxAgeMs: LOOK_MAX_AGE_MS,
  },
  catalog_pinned: {
    means: 'whether an owner pinned the present catalog',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'catalog_pinned',
    key: [],
    otherwise: false,
  },
  previous_catalog: {
    means: 'the digest of the catalog that was active before the present one',
    type: { type: 'string' },
    origin: 'ledger',
    cell: 'previous_catalog',
    key: [],
    otherwise: '',
  },
};

export const catalogActions: Readonly<Record<string, Action>> = {
  activate_catalog: internal({
    means: 'lets the catalog that the resource names by its digest decide, from the next receipt on',
    who: ['system'],
    arguments: {},
    requires: [
      unpinned,
      {
        code: 'catalog_active',
        means: 'it is another catalog than the one that decides now',
        when: { not: { fact: 'resource', is: { fact: 'catalog' } } },
        remedy: { by: 'nobody', why: 'the catalog decides already' },
      },
      {
        code: 'catalog_unknown',
        means: 'the catalog is in the deployment’s store',
        when: { not: { fact: 'catalog_standing', is: 'unknown' } },
        remedy: { by: 'world' },
      },
      {
        code: 'catalog_unsound',
        means: 'the catalog compiles, refuses what must be refused, and can be left again',
        when: { not: { fact: 'catalog_standing', is: 'unsound' } },
        remedy: { by: 'world' },
      },
    ],
    emits: { approve: 'catalog_activated', refuse: 'action_refused' },
    writes: [
      { cell: 'previous_catalog', key: [], change: { set: { fact: 'catalog' } } },
      { cell: 'active_catalog', key: [], change: { set: { fact: 'resource' } } },
    ],
  }),
  roll_back_catalog: internal({
    means: 'lets the catalog that was active before the present one decide again, from the next receipt on',
    who: ['system'],
    arguments: {},
    requires: [
      unpinned,
      {
        code: 'no_previous_catalog',
        means: 'another catalog was active before',
        when: { not: { fact: 'previous_catalog', is: '' } },
        remedy: { by: 'world', action: 'activate_catalog' },
      },
    ],
    emits: { approve: 'catalog_rolled_back', refuse: 'action_refused' },
    writes: [
      { cell: 'active_catalog', key: [], change: { set: { fact: 'previous_catalog' } } },
      { cell: 'previous_catalog', key: [], change: { set: { fact: 'catalog' } } },
    ],
  }),
  pin_catalog: internal({
    means: 'keeps the present catalog until it is unpinned, whatever the operator activates',
    who: ['user'],
    relation: 'owner',
    arguments: {},
    requires: [],
    emits: { approve: 'catalog_pinned', refuse: 'action_refused' },
    writes: [
      { cell: 'active_catalog', key: [], change: { set: { fact: 'catalog' } } },
      { cell: 'catalog_pinned', key: [], change: { set: true } },
    ],
  }),
  unpin_catalog: internal({
    means: 'lets another catalog be activated again; the present one decides until then',
    who: ['user'],
    relation: 'owner',
    arguments: {},
    requires: [],
    emits: { approve: 'catalog_unpinned', refuse: 'action_refused' },
    writes: [{ cell: 'catalog_pinned', key: [], change: { clear: true } }],
  }),
};

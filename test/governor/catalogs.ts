/** The shipped catalog with one thing changed, for what the shipped one has no case of. */

import type { CatalogSource, Pack } from '@tai-autonomics/core';
import type { Action } from '@tai-autonomics/core/author';
import { canonicalize } from '@tai-autonomics/core/receipt';
import { catalogDigest, type LoadedCatalog } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { loaded, right } from './kit.ts';

/** The note that a ledger drafted a candidate, as the governor keeps it beside the candidate: its digest and its text. */
export const draftNote = (draftedIn: string, { digest: candidate }: LoadedCatalog): readonly [string, string] => {
  const text = right(canonicalize({ candidate, draftedIn }));
  return [right(catalogDigest(text)), text];
};

const changedPack = (id: string, change: (pack: Pack) => Pack): CatalogSource => ({
  ...library,
  packs: library.packs.map((pack) => (pack.pack_id === id ? change(pack) : pack)),
});

const changedRollback = (
  change: (does: Extract<Action['does'], { begins: string }>) => Action['does'],
): LoadedCatalog =>
  loaded(
    changedPack('rollback_guard', (pack) => {
      const action = pack.actions['trigger_rollback'];
      if (action === undefined || !('begins' in action.does)) throw new Error('no such action');
      return { ...pack, actions: { ...pack.actions, trigger_rollback: { ...action, does: change(action.does) } } };
    }),
  );

/** A rollback that does harm when it is done twice. */
export const oneShot: LoadedCatalog = changedRollback((does) => ({ ...does, idempotent: false }));

/** A rollback that may have 64 MB. */
export const small: LoadedCatalog = changedRollback((does) => ({
  ...does,
  limits: { timeoutMs: 60_000, memoryBytes: 67_108_864, cpuPercent: 25 },
}));

/** A rollback that may take a second and a half. */
export const hasty: LoadedCatalog = changedRollback((does) => ({
  ...does,
  limits: { timeoutMs: 1_500, memoryBytes: 268_435_456, cpuPercent: 25 },
}));

/** A later version of the catalog: a successful rollback records another event. */
export const successor: LoadedCatalog = changedRollback((does) => ({
  ...does,
  after: { ...does.after, success: { ...does.after.success, emits: 'action_executed' } },
}));

/** The shipped catalog with an action that anybody may do to the world, at any time. */
const carelessSource = (): CatalogSource => {
  const rollbackAction = library.packs.find(({ pack_id }) => pack_id === 'rollback_guard')?.actions['trigger_rollback'];
  if (rollbackAction === undefined || !('after' in rollbackAction.does)) throw new Error('no such action');
  const ended = { emits: 'action_executed', writes: [] };
  const action: Action = {
    ...rollbackAction,
    entitlement: 'none',
    roles: [],
    requires: [
      { code: 'checked', means: 'it is now', when: { fact: 'at', notBefore: { fact: 'at' } }, remedy: { by: 'world' } },
    ],
    emits: { approve: 'action_approved', refuse: 'action_refused' },
    writes: [],
    does: {
      ...rollbackAction.does,
      with: {},
      verify: { fact: 'at', notBefore: { fact: 'at' } },
      begins: 'action_begun',
      after: { success: ended, failed: ended, timeout: ended, memory_exceeded: ended, unknown: ended },
    },
  };
  const pack: Pack = {
    pack_id: 'careless',
    version: '1.0.0',
    description: 'Lets anybody do it.',
    always: true,
    tools: [],
    signals: [],
    facts: {},
    cells: {},
    actions: { do_it: action },
    codes: { checked: 'it is not now' },
    required_iam_roles: [],
    incompatible_with: [],
    requires: [],
    receipt_events: [],
    storage: 'durable_append',
    compute_limits: { timeoutMs: 1_000, memoryBytes: 67_108_864, cpuPercent: 25 },
  };
  return { ...library, packs: [...library.packs, pack] };
};

/** In an evaluation nothing refuses its action; a contractual deployment asks for insurance. */
export const careless: LoadedCatalog = loaded(carelessSource());

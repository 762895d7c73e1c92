/** What happens to a ledger itself: its keys, its end, its silence, what is erased from beside it, which engine decides in it. */
import type { Action } from '@tai-autonomics/core/author';
import { ids, internal, opaqueId, ownerOrSystem, setTo, words } from './action.ts';

const keyId = opaqueId('the key’s id: 8 hex digits of its vkey');
const size = (means: string) => ({ means, type: { type: 'integer', min: 0 } }) as const;

export const ledgerActions: Readonly<Record<string, Action>> = {
  rotate_key: internal({
    means: 'names the key that seals the ledger from the next checkpoint on',
    who: ['system'],
    arguments: {
      key: {
        means: 'the new key’s vkey, named after the ledger',
        type: { type: 'string', maxLength: 512, form: 'id' },
      },
    },
    requires: [],
    emits: { approve: 'key_rotated', refuse: 'action_refused' },
    writes: [setTo('ledger_key', 'key')],
    evenWhenClosed: true,
  }),
  revoke_key: internal({
    means: 'says up to which size an old key of the ledger vouches for it',
    who: ['system'],
    arguments: { key_id: keyId, last_good_size: size('the largest size for which the key vouches') },
    requires: [],
    emits: { approve: 'key_revoked', refuse: 'action_refused' },
    writes: [
      {
        cell: 'revoked_keys',
        key: [{ fact: 'argument.key_id' }],
        change: { set: { fact: 'argument.last_good_size' } },
      },
    ],
    evenWhenClosed: true,
  }),
  purge_disclosures: internal({
    means: 'erases what an earlier receipt discloses; the receipt itself stays, and stays proved',
    who: ['user'],
    relation: 'owner',
    arguments: { seq: size('the place of the receipt'), names: ids('the names of its disclosures') },
    requires: [],
    emits: { approve: 'disclosures_purged', refuse: 'action_refused' },
    writes: [
      { cell: 'purged_disclosures', key: [{ fact: 'argument.seq' }], change: { add: { fact: 'argument.names' } } },
    ],
    evenWhenClosed: true,
  }),
  close_ledger: internal({
    means: 'ends the ledger: nothing more is approved in it',
    who: ['user', 'system'],
    arguments: { why: words('why it ends', 'session_ended', 'contract_ended', 'moved') },
    requires: [ownerOrSystem],
    emits: { approve: 'ledger_closed', refuse: 'action_refused' },
    writes: [{ cell: 'ledger_status', key: [], change: { set: 'closed' } }],
    evenWhenSuspended: true,
  }),
  heartbeat: internal({
    means: 'says that nothing was asked for some time, so that silence is sealed too',
    who: ['system'],
    arguments: {},
    requires: [],
    emits: { approve: 'heartbeat', refuse: 'action_refused' },
    writes: [],
    evenWhenSuspended: true,
  }),
  upgrade_engine: internal({
    means: 'moves the ledger to another meaning of deciding and folding, from the next receipt on',
    who: ['system'],
    arguments: { semantics: { means: 'the number of that meaning', type: { type: 'integer', min: 1 } } },
    requires: [],
    emits: { approve: 'engine_upgraded', refuse: 'action_refused' },
    writes: [setTo('engine_semantics', 'semantics')],
    evenWhenClosed: true,
  }),
};

/** A tenant’s standing with the operator: suspended and resumed; reads and what the marketplace says go on meanwhile. */
import type { Action, Cell, LedgerFact } from '@tai-autonomics/core/author';
import { internal, opaqueId, pseudonym, string, words } from './action.ts';

/** What an operator can do through its own door. */
const OPERATIONS = [
  'tenant_action',
  'activate_catalog',
  'make_credential',
  'disable_credential',
  'rotate_credential',
  'make_key',
  'rotate_keys',
  'revoke_key',
  'bind_account',
  'dismiss_message',
  'tell_learned',
] as const;

export const tenantCells: Readonly<Record<string, Cell>> = {
  ledger_opened: { means: 'whether the ledger was opened', key: [], type: { type: 'boolean' } },
};

export const tenantFacts: Readonly<Record<string, LedgerFact>> = {
  ledger_opened: {
    means: 'whether the ledger was opened',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'ledger_opened',
    key: [],
    otherwise: false,
  },
};

export const tenantActions: Readonly<Record<string, Action>> = {
  suspend_tenant: internal({
    means: 'suspends the tenant: nothing but reads is approved until it is resumed',
    who: ['system'],
    arguments: {
      why: words('why it is suspended', 'payment', 'security', 'abuse', 'request'),
      finding: string('what was found'),
    },
    requires: [],
    emits: { approve: 'tenant_suspended', refuse: 'action_refused' },
    writes: [{ cell: 'tenant_suspended', key: [], change: { set: true } }],
  }),
  resume_tenant: internal({
    means: 'ends the suspension of the tenant',
    who: ['system'],
    arguments: {},
    requires: [],
    emits: { approve: 'tenant_resumed', refuse: 'action_refused' },
    writes: [{ cell: 'tenant_suspended', key: [], change: { clear: true } }],
    evenWhenSuspended: true,
  }),
  record_operation: internal({
    means: 'says what an operator is about to do through its own door, in the operator’s ledger',
    who: ['system'],
    arguments: {
      operation: words('what it is', ...OPERATIONS),
      digest: opaqueId('SHA-256 of the request, base64url'),
      request: { means: 'the request, without secrets', type: { type: 'string', maxLength: 65_536 } },
    },
    requires: [],
    emits: { approve: 'operation_recorded', refuse: 'action_refused' },
    writes: [],
  }),
  record_evaluation: internal({
    means: 'says what an enforcement point was answered about a subject; nothing was done then',
    who: ['system'],
    arguments: {
      asker: pseudonym('who asked'),
      about: pseudonym('about whom'),
      answer: words('what was answered', 'approve', 'refuse'),
      digest: opaqueId('SHA-256 of question and answer, base64url'),
      text: { means: 'question and answer', type: { type: 'string', maxLength: 65_536 } },
    },
    requires: [],
    emits: { approve: 'evaluation_recorded', refuse: 'action_refused' },
    writes: [],
    // Who was told what is worth knowing of a suspended tenant, too.
    evenWhenSuspended: true,
  }),
};

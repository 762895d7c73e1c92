/**
 * Approvals that their approver signs with a key of its own: whoever holds the ledger's key alone can't make one. A subject that
 * registered a key signs each of its approvals; an owner can ask that of everybody.
 */
import type { Action, Argument, Cell, LedgerFact, Requirement, Write } from '@tai-autonomics/core/author';
import { internal, opaqueId, pseudonym } from './action.ts';

const OWN = [{ fact: 'subject' }] as const;
const NONCE = [{ fact: 'subject' }, { fact: 'argument.nonce' }] as const;
const isSigned = { not: { fact: 'argument.signature', is: 'none' } } as const;

export const signatureFacts: Readonly<Record<string, LedgerFact>> = {
  own_key: {
    means: 'the key of its own that the subject registered',
    type: { type: 'string' },
    origin: 'ledger',
    cell: 'approver_keys',
    key: OWN,
    otherwise: 'none',
  },
  nonce_used: {
    means: 'whether the subject signed another approval with this nonce',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'approval_nonces',
    key: NONCE,
    otherwise: false,
  },
  signatures_required: {
    means: 'whether only signed approvals count',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'signatures_required',
    key: [],
    otherwise: false,
  },
};

export const signatureCells: Readonly<Record<string, Cell>> = {
  approver_keys: { means: 'the key by which a subject signs', key: ['subject'], type: { type: 'string' } },
  approval_nonces: { means: 'whether a nonce was used', key: ['subject', 'nonce'], type: { type: 'boolean' } },
  signatures_required: { means: 'whether only signed approvals count', key: [], type: { type: 'boolean' } },
};

/** An Ed25519 signature, base64url, or the assertion of a passkey; neither stands in clear in a receipt. */
const signature = (means: string): Argument => ({ means, type: { type: 'string' } });

/** What an approval that may be signed takes beside the receipt. */
export const signatureArguments: Readonly<Record<'nonce' | 'signature', Argument>> = {
  nonce: { ...opaqueId('a text that the approver used for no other approval'), otherwise: 'none' },
  signature: { ...signature('the signature of the approver’s own key over what it was shown'), otherwise: 'none' },
};

const hasKey = { not: { fact: 'own_key', is: 'none' } } as const;

/** An approval is signed rightly, or nobody asks for a signature. */
export const signedWhereAsked: readonly Requirement[] = [
  {
    code: 'approval_unsigned',
    means: 'the approver registered a key of its own, or gives no signature to a tenant that asks for none',
    when: {
      any: [
        hasKey,
        {
          all: [
            { fact: 'argument.signature', is: 'none' },
            { fact: 'signatures_required', is: false },
          ],
        },
      ],
    },
    remedy: { by: 'world', action: 'register_approver_key' },
  },
  {
    code: 'approval_unsigned',
    means: 'an approver with a registered key signs with it, and with a nonce of its own',
    when: {
      any: [
        { not: hasKey },
        { all: [isSigned, { fact: 'signed_by', is: { fact: 'own_key' } }, { fact: 'nonce_used', is: false }] },
      ],
    },
    remedy: { by: 'request', argument: 'signature' },
  },
];

/** A signed approval counts once. */
export const nonceUsed: Write = { cell: 'approval_nonces', key: NONCE, change: { set: true }, when: isSigned };

export const signatureActions: Readonly<Record<string, Action>> = {
  register_approver_key: internal({
    means: 'registers a key of who asks: from then on each of its approvals is signed by it',
    who: ['user'],
    arguments: {
      key: opaqueId('the public key: Ed25519 as base64url, or a passkey as webauthn:<alg>:<key>:<origin>'),
      signature: signature('the key’s signature over ledger, subject and key'),
    },
    requires: [
      {
        code: 'approver_key_registered',
        means: 'who asks has no registered key yet',
        when: { fact: 'own_key', is: 'none' },
        remedy: {
          by: 'authority',
          who: { type: 'user', relation: 'owner' },
          submit: { action: 'retire_approver_key', arguments: { subject: { fact: 'subject' } } },
        },
      },
      {
        code: 'approver_key_unproved',
        means: 'the signature is made by the key, for this ledger and this subject',
        when: { fact: 'signed_by', is: { fact: 'argument.key' } },
        remedy: { by: 'request', argument: 'signature' },
      },
    ],
    emits: { approve: 'approver_key_registered', refuse: 'action_refused' },
    writes: [{ cell: 'approver_keys', key: OWN, change: { set: { fact: 'argument.key' } } }],
  }),
  retire_approver_key: internal({
    means: 'ends the key of an approver: it may register another one',
    who: ['user'],
    relation: 'owner',
    arguments: { subject: pseudonym('the pseudonym of the approver') },
    requires: [],
    emits: { approve: 'approver_key_retired', refuse: 'action_refused' },
    writes: [{ cell: 'approver_keys', key: [{ fact: 'argument.subject' }], change: { clear: true } }],
  }),
  require_signatures: internal({
    means: 'says whether approvals without a signature count',
    who: ['user'],
    relation: 'owner',
    arguments: { required: { means: 'whether only signed approvals count', type: { type: 'boolean' } } },
    requires: [],
    emits: { approve: 'signatures_required_set', refuse: 'action_refused' },
    writes: [{ cell: 'signatures_required', key: [], change: { set: { fact: 'argument.required' } } }],
  }),
};

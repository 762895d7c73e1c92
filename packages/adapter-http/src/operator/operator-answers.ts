/** What the operator's door answers with, as JSON Schema 2020-12: answers may gain members. */
import { NOTICE } from '@tai-autonomics/core/engine';
import { ANSWER_SCHEMAS } from '../interface/answers.ts';
import { listOf, withMembers as members, name, ref, type Schema, text } from '../schema/schema.ts';

const notice: Schema = { const: NOTICE, description: 'in every answer of an evaluation' };
const count: Schema = { type: 'integer', minimum: 0 };
const ledgerKeys: Schema = {
  named: {
    ...listOf(members(['seq', 'vkey'], { seq: count, vkey: text('the key') })),
    description: 'the keys that the ledger names, each with the place of its receipt; the last one seals',
  },
  revoked: {
    ...listOf(members(['key', 'size'], { key: text('the id of an old key'), size: count })),
    description: 'up to which size an old key vouches',
  },
};
const tenant: Schema = members(
  ['tenant', 'origin', 'size', 'sealed', 'catalog', 'semantics', 'keys', 'closed', 'held'],
  {
    notice,
    tenant: name,
    owner: { ...name, description: 'whom the configuration names' },
    origin: text('the ledger'),
    size: count,
    sealed: count,
    catalog: text('the digest of the catalog that decides'),
    semantics: count,
    keys: members(['named', 'revoked'], ledgerKeys),
    closed: { type: 'boolean' },
    held: { ...count, description: 'events and messages of marketplaces that it keeps and that were not taken yet' },
  },
);
const changed: Schema = {
  notice,
  receipt: { ...ref('ReceiptPlace'), description: 'what was about to be done, in the operator’s ledger' },
  repeated: { type: 'boolean' },
};
const credential: Schema = {
  keyId: name,
  subject: members(['type', 'id'], { type: name, id: name }),
  tenant: name,
  tenants: listOf(name),
  scope: listOf(name),
  relations: listOf(name),
  person: name,
  expiresAt: { type: 'string', format: 'date-time' },
  state: { enum: ['live', 'disabled', 'expired'] },
};
const vkeys = listOf(members(['tenant', 'vkey'], { tenant: name, vkey: text('for auditors') }));

/** The schemas of answers, by the names under which the routes refer to them. */
export const OPERATOR_SCHEMAS: Readonly<Record<string, Schema>> = {
  ...ANSWER_SCHEMAS,
  Tenant: tenant,
  Tenants: members(['open', 'notOpen', 'unnamed'], {
    notice,
    open: listOf(ref('Tenant')),
    notOpen: { ...listOf(name), description: 'names without a ledger' },
    unnamed: { ...count, description: 'ledgers whose tenant nobody names here' },
  }),
  Operated: {
    ...ref('Decided'),
    properties: { operation: { ...ref('ReceiptPlace'), description: 'that it was asked, in the operator’s ledger' } },
    required: ['operation'],
  },
  Credentials: members(['credentials'], { notice, credentials: listOf(members(['keyId', 'state'], credential)) }),
  CredentialChanged: members(['keyId', 'state', 'receipt', 'repeated'], {
    ...changed,
    ...credential,
    key: text('the key itself, shown once; absent where the same request made it before'),
  }),
  SealingKeys: members(['active', 'older', 'tenants'], {
    notice,
    active: text('a public key, base64url'),
    next: text('the one that waits'),
    older: listOf(text('a public key, base64url')),
    tenants: listOf(
      members(['tenant', 'vkey', 'named', 'revoked'], { tenant: name, vkey: text('for auditors'), ...ledgerKeys }),
    ),
  }),
  NextKey: members(['next', 'receipt', 'repeated'], { ...changed, next: text('a public key, base64url') }),
  KeysRotated: members(['moved', 'left', 'vkeys', 'receipt', 'repeated'], {
    ...changed,
    moved: { ...count, description: 'ledgers that are sealed with it now' },
    left: { ...count, description: 'ledgers of tenants without a name here, which move when they are next used' },
    vkeys,
  }),
  KeyRevoked: members(['revoked', 'lastGoodSize', 'origin', 'seq', 'line', 'receipt', 'repeated'], {
    ...changed,
    revoked: name,
    lastGoodSize: count,
    origin: text('the ledger'),
    seq: count,
    line: text('for the trust files of auditors'),
  }),
  BuyerBound: members(['account'], {
    ...changed,
    account: name,
    purchase: name,
    product: name,
    bound: { ...name, description: 'what was bound: the purchase where there is one' },
    tenant: name,
  }),
  KeptMessages: members(['messages'], {
    notice,
    messages: listOf(members(['digest', 'marketplace'], { digest: name, marketplace: name })),
  }),
  MessageDismissed: members(['digest', 'released', 'receipt', 'repeated'], {
    ...changed,
    digest: name,
    released: { ...ref('ReceiptPlace'), description: 'that it is worked on no more, in the operator’s ledger' },
  }),
  OperatorWhoami: members(['operator', 'may', 'mode'], {
    notice,
    operator: name,
    may: listOf(name),
    mode: { enum: ['eval', 'contractual'] },
  }),
};

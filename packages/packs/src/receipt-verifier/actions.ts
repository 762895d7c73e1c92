/** What can be asked of receipt_verifier: looks at receipts, the caller's own or somebody else's, and changes nothing. */
import type { Action, Argument, Requirement, ResultSchema, Term } from '@tai-autonomics/core/author';
import { domainTerms } from '../commerce/support/terms.ts';
import { byName, count, flag, listOf, members, previewed, text, word } from '../result.ts';

type Arguments = Action['arguments'];

/** A read of everybody's: needs nothing bought, no role and no insurance. */
const read = (means: string, step: string, args: Arguments, returns: ResultSchema): Action => ({
  means,
  who: ['agent', 'user', 'service'],
  entitlement: 'none',
  roles: [],
  arguments: args,
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step,
    with: Object.fromEntries(Object.keys(args).map((name) => [name, { fact: `argument.${name}` }])),
  },
  returns,
});

/** Whose eyes a read serves. What the ledger says of them is recorded with the decision, so nobody can say later who was shown what. */
const viewer: Readonly<Record<string, Term>> = {
  viewer: { fact: 'subject' },
  scope: { fact: 'scope' },
  granted: { fact: 'granted_roles' },
  ceiling: { fact: 'plan_ceiling' },
  relations: { fact: 'subject_relations' },
};

/** A read that shows whoever asks its own receipts, and an auditor or an owner all of them. */
const viewed = (means: string, step: string, args: Arguments, returns: ResultSchema): Action => {
  const action = read(means, step, args, returns);
  if (action.does.effect !== 'read') return action;
  return { ...action, does: { ...action.does, with: { ...action.does.with, ...viewer } } };
};

const ownerOrAuditor: Requirement = {
  code: 'insufficient_privilege',
  means:
    'it is asked by an owner of the tenant, or with `read_audit_trail` allowed by the plan, granted and in the credential',
  when: {
    any: [
      { fact: 'subject_relations', contains: 'owner' },
      {
        all: [
          { fact: 'plan_ceiling', contains: 'read_audit_trail' },
          { fact: 'granted_roles', contains: 'read_audit_trail' },
          { fact: 'scope', contains: 'read_audit_trail' },
        ],
      },
    ],
  },
  remedy: { by: 'request', argument: 'credential' },
};

const document = (means: string, maxLength: number, otherwise?: string): Argument => ({
  means,
  type: { type: 'string', maxLength },
  ...(otherwise === undefined ? {} : { otherwise }),
});
const words = (means: string): Argument => ({ means, type: { type: 'set' }, otherwise: [] });
const place = (means: string, otherwise?: number): Argument => ({
  means,
  type: { type: 'integer', min: 0 },
  ...(otherwise === undefined ? {} : { otherwise }),
});
const since: Argument = {
  means: 'the first instant that is in',
  type: { type: 'instant' },
  otherwise: '1970-01-01T00:00:00.000Z',
};
const until: Argument = {
  means: 'the first instant that is no longer in',
  type: { type: 'instant' },
  otherwise: '9999-12-31T23:59:59.999Z',
};
const incident: Argument = {
  means: 'only what names this incident; `*` for any',
  type: { type: 'string', maxLength: 128 },
  otherwise: '*',
};
const keys = words('vkeys of the ledgers that you trust; this deployment’s own keys where there are none');

const rederived = members(
  { status: word('whether deciding again gave the same', 'ok', 'falsified', 'withheld', 'not_available', 'not_run') },
  'what deciding again from the recorded readings came to',
);
const report = {
  overall: word('the verdict', 'verified', 'falsified', 'incomplete', 'unreadable'),
  headline: text('the verdict in a sentence'),
  labels: byName(word('a label', 'yes', 'no', 'unknown'), 'linked, signed, trusted: three separate claims'),
  steps: listOf(members({ step: text('a step'), status: text('its result'), sentence: text('in words') })),
  findings: listOf(members({ step: text('where'), 'seq?': count('which receipt'), why: text('what is wrong') })),
  receipts: count('how many were looked at'),
  rederived: byName(count('receipts'), 'how many were decided again, to which level'),
  'firstBad?': members({ seq: count('its place'), why: text('what is wrong with it') }),
};
const sealedKeys = listOf(text('a vkey'), 'the deployment’s own keys, to be trusted on another way than this answer');

/** The actions of receipt_verifier. */
export const receiptVerifierActions: Readonly<Record<string, Action>> = {
  check_health: read(
    'says how the deployment is',
    'health',
    {},
    members({
      status: word('degraded: contractual, and not insured now', 'ok', 'degraded'),
      mode: word('whether anything binds', 'eval', 'contractual'),
      at: text('when'),
      ledger: members({ origin: text('its name'), size: count('receipts') }),
      catalog: members({ id: text('which'), version: text('of it') }),
      packs: listOf(text('a pack'), 'what is active for you'),
      insurance: word('the operator’s, now', 'none', 'valid', 'lapsed', 'expired', 'stale'),
      agreement: word('with you, now', 'none', 'signed', 'terminated', 'not_yet_in_force', 'expired'),
      openActions: count('approved actions without an outcome'),
      'ownerRestoredAt?': text('when the operator last made a user an owner of the tenant'),
    }),
  ),
  preview_decision: read(
    'previews a decision without acting',
    'preview',
    {
      action: { means: 'the action to preview', type: { type: 'string', maxLength: 64 } },
      arguments: document('its arguments: a JSON object, as text', 16_384, '{}'),
    },
    previewed,
  ),
  verify_receipts: read('verifies the tenant’s ledger', 'verify_ledger', {}, members(report)),
  describe_support: read(
    'describes how support works, and what the account is promised',
    'support_model',
    {
      domain: {
        means: 'your field',
        type: { type: 'enum', values: ['any', ...Object.keys(domainTerms)] },
        otherwise: 'any',
      },
    },
    members({
      sla: members({
        promised: flag('whether the account is promised the terms of its plan'),
        'because?': word(
          'why it is promised nothing',
          'evaluation',
          'no_entitlement',
          'suspended',
          'expired',
          'plan_without_terms',
        ),
        'decisionMinutes?': byName(count('minutes'), 'by severity: an incident is decided within, from its alert on'),
        'plan?': text('the plan'),
        'responseMinutes?': count('somebody is at work on an alert within'),
        'uptime?': text('the share of a month in which the service answers'),
        'hours?': word('when somebody answers', 'business_hours', 'always'),
        'reports?': listOf(text('a report that the account gets')),
      }),
      'domain?': members({
        domain: text('the domain that was asked about'),
        title: text('what it is called'),
        terms: listOf(text('what support means there')),
      }),
      model: text('in short'),
      channel: text('where'),
      answers: listOf(text('an answer')),
      guarantees: listOf(text('a guarantee')),
      not: listOf(text('what is not promised')),
      stops: listOf(text('who stops the line, and who starts it again')),
    }),
  ),
  verify_chain: read(
    'verifies a part of the tenant’s ledger',
    'verify_range',
    {
      from: place('the first receipt', 0),
      to: place('the first receipt that is no longer in', Number.MAX_SAFE_INTEGER),
    },
    members({
      from: count('the first one'),
      to: count('the first one that is no longer in'),
      linkedToBefore: flag('the first one links to the one before it'),
      ...report,
    }),
  ),
  verify_receipt: read(
    'checks one receipt that you hold',
    'verify_receipt',
    {
      receipt: document('the receipt, byte for byte', 65_535),
      disclosures: document('its disclosures: a JSON list of texts', 65_536, '[]'),
    },
    members({
      holds: flag('nothing is wrong with it'),
      findings: listOf(text('what is wrong')),
      'origin?': text('its ledger'),
      'seq?': count('its place'),
      'leaf?': text('its leaf hash'),
      'event?': text('what it records'),
      'at?': text('when'),
      'inLedger?': word('whether your ledger has it; unknown for another ledger', 'yes', 'no', 'unknown'),
      'rederived?': rederived,
    }),
  ),
  verify_bundle: read(
    'checks an evidence bundle that you hold',
    'verify_bundle',
    {
      bundle: document('base64 of a tar file, gzipped or not', 122_880),
      keys,
    },
    members({
      ...report,
      coverage: word('every receipt, or some with a proof each', 'whole', 'partial'),
      'origin?': text('the ledger that it claims to be of'),
      completeness: members({ complete: word('what says how long the ledger was', 'integrity_only', 'to_size') }),
    }),
  ),
  verify_proof: read(
    'checks a proof that you hold',
    'verify_proof',
    {
      proof: document('the text of a .tlog-proof or .consistency file', 16_384),
      about: document('what it proves: the receipt byte for byte, or the older checkpoint', 65_535),
      keys,
    },
    members({
      kind: word('that something is in a tree, or that one tree continues another', 'inclusion', 'consistency'),
      holds: flag('the proof leads to the root of its checkpoint'),
      'why?': text('why it does not'),
      'origin?': text('the ledger'),
      'size?': count('receipts under the checkpoint'),
      'signedBy?': word('whose signature the checkpoint has', 'your_key', 'this_deployment', 'nobody_known'),
    }),
  ),
  list_receipts: viewed(
    'lists receipts',
    'list_receipts',
    {
      actions: words('only decisions about these actions'),
      codes: words('only refusals with one of these codes'),
      events: words('only these events'),
      since,
      until,
      incident,
      cursor: place('where to go on: `next` of the answer before', 0),
      limit: { means: 'at most so many', type: { type: 'integer', min: 1, max: 100 }, otherwise: 20 },
    },
    members({
      receipts: listOf(
        members({
          seq: count('its place'),
          leaf: text('its leaf hash'),
          at: text('when'),
          kind: word('of which kind', 'decision', 'outcome', 'consequence'),
          event: text('what it records'),
          subject: text('pseudonym of who asked'),
          'verdict?': word('of a decision', 'approve', 'refuse'),
          'codes?': listOf(text('why it was refused')),
          'of?': count('the decision that it follows'),
          'status?': text('how it ended'),
          'action?': text('unless erased'),
          'resource?': text('unless erased'),
          'incident?': text('the incident'),
        }),
      ),
      shown: word('whose receipts you are shown', 'own', 'all'),
      size: count('receipts before this call'),
      'next?': count('the cursor for what comes after; absent at the end'),
    }),
  ),
  show_receipt: viewed(
    'shows one receipt',
    'show_receipt',
    { seq: place('its place in your ledger') },
    members({
      seq: count('its place'),
      leaf: text('its leaf hash'),
      receipt: text('byte for byte'),
      disclosed: byName({}, 'what it discloses to you, by name'),
      disclosures: listOf(text('a disclosure, for a verifier')),
      withheld: count('disclosures that were erased or are not yours to see'),
    }),
  ),
  prove_receipt: viewed(
    'proves that a receipt is in your ledger',
    'prove_receipt',
    {
      seq: place('its place in your ledger'),
    },
    members({
      seq: count('its place'),
      leaf: text('its leaf hash'),
      size: count('receipts under the checkpoint'),
      proof: text('a .tlog-proof file'),
      keys: sealedKeys,
    }),
  ),
  export_receipts: {
    ...read(
      'exports receipts as an evidence bundle',
      'export_receipts',
      {
        since,
        until,
        incident,
        withhold: words('disclosures to keep back: names, beginnings of names, or `subject`'),
        form: {
          means: 'how it is answered; `stream` is for the HTTP door, which makes it while it is read',
          type: { type: 'enum', values: ['text', 'stream'] },
          otherwise: 'text',
        },
      },
      members({
        origin: text('the ledger'),
        'streamed?': flag('whether the door streams it: then nothing else is here'),
        'coverage?': word('every receipt, or some with a proof each', 'whole', 'partial'),
        'size?': count('receipts under the checkpoint'),
        'receipts?': count('exported'),
        'disclosures?': count('exported'),
        'withheld?': count('kept back'),
        'missingCatalogs?': listOf(text('a digest'), 'catalogs that are not kept here'),
        'missingEvidence?': count('raw inputs that are not kept here'),
        'vkey?': text('the ledger’s key'),
        'encoding?': text('of the bundle'),
        'bundle?': text('the bundle'),
      }),
    ),
    requires: [ownerOrAuditor],
  },
};

/** What a verdict does not rest on: said first, so that nobody reads more into "verified" than was checked. */
import type { TrustPolicy } from '../bundle/trust.ts';
import { receiptInstantMs } from '../receipt-instant.ts';
import { publicHalf } from '../signing/approver-key.ts';
import { erasedOf } from './erasures.ts';
import type { Completeness, StepStatus, Unchecked, VerifyStep } from './report.ts';
import type { RederivedApproval, Verification } from './session.ts';

/** How late an outcome may be, by the newest receipt, before it is said to be missing. */
const GRACE_MS = 300_000;

/** Everything that was not checked, or is the issuer's word, in the order of how much rests on it. */
export const uncheckedOf = (
  v: Verification,
  statuses: ReadonlyMap<VerifyStep, StepStatus>,
  completeness: Completeness,
  policy: TrustPolicy | undefined,
): readonly Unchecked[] => {
  const { withheld, notAvailable, level1, notRun } = v.rederived;
  const whole = v.options.coverage === 'whole';
  const decides = v.options.rederiver !== undefined;
  const readings = whole ? level1 : 0;
  const found: readonly (Unchecked | false)[] = [
    statuses.get('trust') === 'not_run' && open('keys', 'Whose ledger this is: no trust file was given.'),
    statuses.get('tree') === 'not_run' && open('checkpoint', 'What was sealed: there is no readable checkpoint.'),
    completeness.complete === 'integrity_only' &&
      open('end', 'Whether receipts were left out at the end: nothing from outside says how long the ledger was.'),
    !whole && open('neighbours', 'The receipts that are not in the bundle, and the state that they lead to.'),
    !decides && notRun > 0 && open('decisions', 'Whether the decisions follow: nothing was decided again.'),
    decides && notRun > 0 && open('decisions', `Whether ${count(notRun, 'receipt')} that cannot be read would follow.`),
    withheld > 0 &&
      open('withheld', `Whether ${count(withheld, 'receipt')} would follow from what is withheld.${saidErased(v)}`),
    notAvailable > 0 &&
      open(
        'not_available',
        `Whether ${count(notAvailable, 'receipt')} would follow: the catalog or the engine is not here, or it would take too many steps.`,
      ),
    readings > 0 && open('readings', `Whether the readings of ${count(readings, 'receipt')} follow from the ledger.`),
    v.missing.size > 0 &&
      open('files', `${count(v.missing.size, 'file')} that receipts name and the bundle does not carry.`),
    ...termsUnchecked(v),
    v.stray !== undefined &&
      open(
        'disclosures',
        `What ${count(v.stray.count, 'disclosure')} of no known name say, from receipt ${v.stray.seq} on: nothing that was decided rests on them.`,
      ),
    v.unread !== undefined &&
      open(
        'evidence',
        `What ${v.unread.count === 1 ? 'one entry' : `${v.unread.count} entries`} of evidence say, from receipt ${v.unread.seq} on: of facts at which nothing looked, or about another resource.`,
      ),
    v.again !== undefined &&
      open(
        'ids',
        `Whether an intent was answered more than once: ${count(v.again.count, 'decision')} from receipt ${v.again.seq} on, with the id of an earlier one.`,
      ),
    v.idsBeyond > 0 &&
      open('ids', `Whether ${count(v.idsBeyond, 'decision')} have ids of their own: there are more than are compared.`),
    ...restoresUnchecked(v),
    ...outcomesUnchecked(v),
    ...approvalsUnchecked(v, policy),
    v.decidedBy.length > 0 &&
      word(
        'catalogs',
        "The issuer's word: that the catalogs which decided are those that you agreed to; compare their digests.",
      ),
    statuses.get('freshness') === 'not_run' && word('age', 'How old it is: no time was given to compare with.'),
    word('times', "The issuer's word, of each receipt: its time, its incident and trace, and who asked what."),
  ];
  return found.filter((one) => one !== false);
};

/** What became of approvals, as far as that is not shown. */
const outcomesUnchecked = (v: Verification): readonly (Unchecked | false)[] => {
  const overdue = overdueOf(v);
  return [
    overdue.length > 0 &&
      word(
        'outcomes',
        `What became of ${count(overdue.length, 'approval')} whose outcome was due: receipt ${overdue.slice(0, 5).join(', ')}${overdue.length > 5 ? ' …' : ''}.`,
      ),
    v.unsuccessful > 0 &&
      word('outcomes', `The issuer's word: that ${count(v.unsuccessful, 'action')} did not succeed, and why.`),
    v.seenBefore > 0 &&
      open(
        'outcomes',
        `Whether ${count(v.seenBefore, 'action')} succeeded: what shows it was seen before the action began.`,
      ),
  ];
};

/** What was sealed once and is not here: it was lost in a restore, as the ledger says. */
const restoresUnchecked = ({ restores }: Verification): readonly Unchecked[] =>
  restores.map(({ seq, size, lostSize }) =>
    word(
      'restores',
      `The issuer's word, by receipt ${seq}: that receipts ${size} to ${lostSize - 1} and what came after them were lost, when the ledger was restored from an older copy.`,
    ),
  );

/** What receipts cite, and whose word it is. */
const termsUnchecked = ({ terms }: Verification): readonly (Unchecked | false)[] => [
  ...[...terms.pending.entries()].map(([kind, { cited, seq }]) =>
    open(
      'terms',
      `The ${kind} ${cited.id}, cited from receipt ${seq} on: the ledger recorded another one, and not this one yet.`,
    ),
  ),
  terms.unrecorded > 0 &&
    word(
      'terms',
      `The issuer's word: the terms that ${count(terms.unrecorded, 'receipt')} cite and the ledger had not recorded.`,
    ),
  terms.agreed > 0 &&
    word(
      'terms',
      `The owner's word: the agreement that ${count(terms.agreed, 'receipt')} cite; nobody else signed it.`,
    ),
];

/** Approvers who sign with a key that another one signed with before them: two names, and perhaps one person. */
const sharedKeys = (approvals: readonly RederivedApproval[]): number => {
  const first = new Map<string, string>();
  const later = new Set<string>();
  for (const { approver, key } of approvals) {
    if (key === undefined) continue;
    const half = publicHalf(key);
    if ((first.get(half) ?? approver) !== approver) later.add(approver);
    else first.set(half, approver);
  }
  return later.size;
};

/** Which approvals rest on the issuer's word, and which are without a signature though the trust file names a key. */
const approvalsUnchecked = (v: Verification, policy: TrustPolicy | undefined): readonly (Unchecked | false)[] => {
  const approvals = [...v.approvals.values()];
  const sum = (some: typeof approvals): number => some.reduce((n, one) => n + one.count, 0);
  const unsigned = sum(approvals.filter(({ key }) => key === undefined));
  const missed = approvals.filter(({ approver, key }) => key === undefined && policy?.approvers.has(approver));
  const introduced = sum(
    approvals.filter(({ approver, key }) => key !== undefined && !policy?.approvers.has(approver)),
  );
  const shared = sharedKeys(approvals);
  return [
    shared > 0 &&
      open(
        'approvals',
        `Whether approvers are different people: ${count(shared, 'approver')} with the key of another one.`,
      ),
    v.approvalsBeyond > 0 &&
      open(
        'approvals',
        `Who gave ${count(v.approvalsBeyond, 'approval')}: there are more approvers and keys than are counted.`,
      ),
    missed.length > 0 &&
      open(
        'approvals',
        `Whether approvers that the trust file names gave ${count(sum(missed), 'approval')}: they did not sign, from receipt ${missed[0]?.seq} on.`,
      ),
    unsigned > 0 &&
      word('approvals', `The issuer's word: ${count(unsigned, 'approval')} without a signature of the approver.`),
    introduced > 0 &&
      word(
        'approvals',
        `The issuer's word: whose the keys are that signed ${count(introduced, 'approval')}; the trust file names none for their approvers.`,
      ),
  ];
};

const open = (what: Unchecked['what'], sentence: string): Unchecked => ({ what, sentence, open: true });
const word = (what: Unchecked['what'], sentence: string): Unchecked => ({ what, sentence, open: false });

const count = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

/** Of what is not here, what the ledger itself says that it erased. */
const saidErased = ({ erasures }: Verification): string => {
  const erased = erasedOf(erasures);
  if (erased.length === 0) return '';
  const few = erased.slice(0, 5).map(({ seq, order }) => `of receipt ${seq} by receipt ${order}`);
  return ` Erased by order: ${few.join(', ')}${erased.length > 5 ? ` and ${erased.length - 5} more` : ''}.`;
};

/** Approvals of something that runs, without an outcome long after it was due by the ledger's own time. */
const overdueOf = ({ due, chain }: Verification): readonly number[] => {
  const now = receiptInstantMs(chain.lastAt) ?? 0;
  return [...due].filter(([, deadline]) => (receiptInstantMs(deadline) ?? now) + GRACE_MS < now).map(([seq]) => seq);
};

/**
 * Re-derivation: deciding again from what a receipt recorded. Two levels: the decision follows from the readings (one
 * receipt is enough), and the readings follow from the ledger before it (the whole prefix is needed).
 */

import type { P256 } from '../approval/passkey.ts';
import type { Catalog } from '../catalog.ts';
import { parseInstant } from '../data/instant.ts';
import { sameJson } from '../data/same-json.ts';
import { type SurfaceChange, surfaceChange } from '../entitlement/tool-surface.ts';
import type { Observation } from '../observation.ts';
import { TOOL_SURFACE_CHANGED } from '../policy/action.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';
import { own, owns } from '../receipt/encoding/own.ts';
import { encodeBase64url, type Receipt, type ReceiptOf, type Rederived, type Rederiver } from '../receipt/index.ts';
import type { State } from '../state.ts';
import { activeCatalog, movesCatalog } from './active-catalog.ts';
import {
  codesOf,
  decisionBody,
  eventOf,
  evidenceOf,
  readingsRecord,
  stateOfReadings,
  unreadIn,
} from './decision-disclosures.ts';
import { createVersionedFold, ENGINES, type Engine, type Engines, type VersionedFold } from './engines.ts';
import { entryOf, wireWrite } from './entry.ts';
import { createNamedRefusals, type NamedRefusals } from './named-refusals.ts';
import { createOneName, type OneName } from './one-name.ts';
import { approvalOf, mayBeginAgain, type Named, NEVER_BEGUN, type Opened, otherThan, type Withheld } from './opened.ts';
import { deadlineOf, isSeenBefore, outcomeOf, verifyOutcome } from './outcome.ts';
import { ALWAYS, type Disclosed, recordedObservation, withheldOf } from './receipted-decision.ts';
import { type Costly, costOf, createSteps, STEP_BUDGET, type StepBudget, type Steps } from './steps.ts';
import { createWithdrawalCheck, type WithdrawalCheck } from './withdrawal-check.ts';

/** What is needed to re-derive a ledger. Which catalog and which meaning decide at a place is judged by the verifier, in clear. */
export interface RederiveOptions {
  /** Catalogs by digest, as receipts name them. */
  readonly catalogs: Pick<ReadonlyMap<string, Catalog>, 'get'>;
  /** What each released meaning is; all that this library knows, where absent. */
  readonly engines?: Engines;
  /** What may be spent; what is left open beyond it is "not available", and never falsified. `STEP_BUDGET` where absent. */
  readonly budget?: StepBudget;
  /** Checks passkeys on P-256, `nobleP256` for one; where absent, an approval that is signed by one is open. */
  readonly p256?: P256;
}

/** A re-deriver that says how many steps it took. */
export interface CountingRederiver extends Rederiver {
  readonly steps: number;
}

/** What re-derivation remembers between receipts. */
interface Progress {
  readonly catalogs: RederiveOptions['catalogs'];
  readonly engines: Engines;
  readonly fold: VersionedFold;
  /** The leaf of the receipt at hand. */
  leaf: Uint8Array;
  /** Approved actions whose outcome was not met yet. */
  readonly open: Map<number, Opened | Withheld>;
  /** Of these, where it is followed whether they still may begin. */
  readonly standing: Map<number, WithdrawalCheck>;
  readonly refusals: NamedRefusals;
  readonly names: OneName;
  readonly steps: Steps;
  /** More were open at once than are remembered: of those beyond, nothing can be said. */
  crowded: boolean;
  /** How the tool surface changed at the newest receipt that could change it. */
  change: (Named & { readonly change: SurfaceChange | 'not_known' | undefined }) | undefined;
}

/** Approved actions that are remembered at once. More are only what somebody seals who wants an auditor to wait. */
const OPEN_MAX = 10_000;
/** Those of them that have not begun, and are compared with everything that is recorded until then. */
const STANDING_MAX = 256;

/**
 * The re-deriver of one ledger: give it the receipts in order. It folds the clear members, decides every disclosed
 * decision again, and checks outcomes and consequences against the decision that they belong to.
 */
export const createRederiver = ({
  catalogs,
  engines = ENGINES,
  budget = STEP_BUDGET,
  p256,
}: RederiveOptions): CountingRederiver => {
  const progress: Progress = {
    catalogs,
    engines,
    fold: createVersionedFold(engines),
    leaf: new Uint8Array(0),
    open: new Map(),
    standing: new Map(),
    refusals: createNamedRefusals(p256),
    names: createOneName(),
    steps: createSteps(budget),
    crowded: false,
    change: undefined,
  };
  return {
    step: (receipt, leaf, disclosed, prefixWhole) => {
      progress.leaf = leaf;
      if (!progress.steps.take(costOf(costlyOf(progress, receipt, disclosed)))) return SPENT;
      // Behind a receipt of an unknown version the state is not known, so only what one receipt shows can be checked.
      const wholePrefix = prefixWhole && progress.fold.known;
      const rederived = rederive(progress, receipt, disclosed, wholePrefix);
      const isRefusal = receipt.kind === 'decision' && receipt.verdict === 'refuse';
      if (isRefusal && rederived.status !== 'ok') progress.refusals.missed();
      advance(progress, receipt, wholePrefix);
      return rederived;
    },
    get steps() {
      return progress.steps.taken;
    },
  };
};

const SPENT: Rederived = {
  status: 'not_available',
  why: 'it, or what came before it, takes more steps than a verification may take',
};

const costlyOf = (p: Progress, receipt: Receipt, disclosed: Disclosed): Costly => {
  const catalog = p.catalogs.get(receipt.catalog.digest);
  const opened = receipt.kind === 'decision' ? undefined : p.open.get(receipt.of.seq);
  const intent = receipt.kind === 'decision' ? disclosed.get('request/intent') : undefined;
  const asked = isPlainObject(intent) ? own(intent, 'action') : undefined;
  const id = opened?.decided?.intent.action.id ?? (isPlainObject(asked) ? own(asked, 'id') : undefined);
  return {
    receipt,
    disclosed,
    catalog,
    action:
      typeof id === 'string' ? (opened?.decided === undefined ? catalog : opened.catalog)?.actions.get(id) : undefined,
    state: p.fold.state,
    standing: p.standing.size,
    watches: watches(receipt),
  };
};

const rederive = (p: Progress, receipt: Receipt, disclosed: Disclosed, wholePrefix: boolean): Rederived => {
  const { semantics } = receipt.engine;
  const engine = p.engines.get(semantics);
  if (engine === undefined)
    return { status: 'not_available', why: `semantics ${semantics} is not part of this verifier` };
  const unsaid = wholePrefix ? unsaidChange(p, receipt) : undefined;
  if (unsaid !== undefined) return falsified(unsaid);
  const catalog = p.catalogs.get(receipt.catalog.digest);
  if (catalog === undefined)
    return {
      status: 'not_available',
      why: `the catalog ${receipt.catalog.digest} is not here, or cannot be used here`,
    };
  const { id, version } = catalog.source.catalog;
  if (receipt.catalog.id !== id || receipt.catalog.version !== version)
    return falsified(`the catalog of this digest is ${id} ${version}`);
  switch (receipt.kind) {
    case 'decision':
      return rederiveDecision(p, engine, receipt, disclosed, catalog, wholePrefix);
    case 'outcome':
      return rederiveOutcome(p, receipt, disclosed, wholePrefix);
    case 'consequence':
      return rederiveConsequence(p, receipt, disclosed, wholePrefix);
  }
};

/** Who watches a ledger is told when its tools change, by the receipt after the decision that changes them. */
const unsaidChange = ({ change }: Progress, receipt: Receipt): string | undefined => {
  const seq = change?.receipt.seq;
  if (seq !== receipt.seq - 1 || typeof change?.change !== 'object') return undefined;
  return receipt.kind === 'consequence' && receipt.event === TOOL_SURFACE_CHANGED && receipt.of.seq === seq
    ? undefined
    : `the tool surface changed in receipt ${seq}, and this is not the receipt that says so`;
};

const falsified = (why: string): Rederived => ({ status: 'falsified', why });

const rederiveDecision = (
  p: Progress,
  engine: Engine,
  receipt: ReceiptOf<'decision'>,
  disclosed: Disclosed,
  catalog: Catalog,
  wholePrefix: boolean,
): Rederived => {
  const hidden = withheldOf(receipt, disclosed, ALWAYS);
  const o = hidden.length === 0 ? observationOf(receipt, disclosed, catalog) : undefined;
  if (receipt.deadline !== undefined) remember(p, engine, receipt, catalog, o, wholePrefix);
  if (hidden.length > 0) return { status: 'withheld', names: hidden };
  if (o === undefined) return falsified('the recorded intent or readings are not of their form');
  const first = decideAgain(engine, receipt, disclosed, catalog, o);
  if (first.status !== 'ok') return first;
  const named = p.refusals.check({ receipt, leaf: p.leaf, disclosed, catalog, observation: o }, wholePrefix);
  if (typeof named === 'object') return falsified(named.falsified);
  const one = p.names.check(o.intent, receipt.seq, p.refusals.requesterOf(o.intent));
  if (typeof one === 'object') return falsified(one.falsified);
  // Of a refusal that is not here nobody can say what was signed.
  const approval = named === 'not_known' ? undefined : approvalOf(receipt, o);
  const unread = unreadIn(o, catalog.actions.get(o.intent.action.id)?.observes, o.evidence);
  const more = { ...unread, ...(approval === undefined ? {} : { approval }) };
  if (!wholePrefix || named === 'not_known' || one === 'not_known') return { ...first, ...more };
  const now = readingsRecord(catalog, { ...o, state: p.fold.state });
  return sameJson(now, disclosed.get('state/readings'))
    ? { status: 'ok', level: 2, ...more }
    : falsified('the readings are not what the ledger before this receipt says');
};

const observationOf = (receipt: Receipt, disclosed: Disclosed, catalog: Catalog): Observation | undefined => {
  const recorded = recordedObservation(receipt, disclosed);
  if (recorded === undefined) return undefined;
  const { observation, readings } = recorded;
  return { ...observation, state: stateOfReadings(catalog, readings, observation) };
};

/** Remembers an approved action, as far as there is room. */
const remember = (
  p: Progress,
  engine: Engine,
  receipt: Receipt,
  catalog: Catalog,
  o: Observation | undefined,
  wholePrefix: boolean,
): void => {
  const { seq } = receipt;
  const named = { leaf: encodeBase64url(p.leaf), receipt };
  if (p.open.size >= OPEN_MAX) p.crowded = true;
  else if (o === undefined) p.open.set(seq, named);
  else if (!wholePrefix || p.standing.size >= STANDING_MAX) p.open.set(seq, { ...named, catalog, decided: o });
  else {
    const standing = createWithdrawalCheck(engine, catalog, o);
    p.open.set(seq, { ...named, catalog, decided: o, standing });
    p.standing.set(seq, standing);
  }
};

/** Level 1: the same intent, readings and evidence give the same verdict, codes, writes, event, body and deadline. */
const decideAgain = (
  { decide }: Engine,
  receipt: ReceiptOf<'decision'>,
  disclosed: Disclosed,
  catalog: Catalog,
  o: Observation,
): Rederived => {
  if (receipt.subject !== o.intent.subject.ref) return falsified('the subject is not the one of the recorded intent');
  const decision = decide(catalog, o);
  if (decision.verdict !== receipt.verdict)
    return falsified(`deciding again gives ${decision.verdict}, the receipt says ${receipt.verdict}`);
  if (!sameJson(codesOf(decision), receipt.codes))
    return falsified(`deciding again gives the codes ${codesOf(decision).join(', ')}`);
  const writes = decision.verdict === 'approve' ? decision.writes.map(wireWrite) : [];
  if (!sameJson(writes, receipt.writes)) return falsified('deciding again gives other writes');
  if (eventOf(catalog.actions.get(o.intent.action.id), decision) !== receipt.event)
    return falsified('the event is not the one that the decision emits');
  if (!sameJson(decisionBody(decision), disclosed.get('decision/body')))
    return falsified('deciding again gives other reasons, another plan or another trace');
  const deadline = decision.verdict === 'approve' ? deadlineOf(catalog, o) : undefined;
  if (deadline !== receipt.deadline) return falsified('the deadline is not the one that the limits give');
  return { status: 'ok', level: 1 };
};

const rederiveOutcome = (
  p: Progress,
  receipt: ReceiptOf<'outcome'>,
  disclosed: Disclosed,
  wholePrefix: boolean,
): Rederived => {
  const opened = p.open.get(receipt.of.seq);
  if (opened === undefined) return unopened(p, wholePrefix, 'an outcome of something that is not open');
  p.open.delete(receipt.of.seq);
  p.standing.delete(receipt.of.seq);
  const other = otherThan(opened, receipt, opened.decided !== undefined);
  if (other !== undefined) return falsified(other);
  if (opened.decided === undefined) return { status: 'withheld', names: [`the decision ${receipt.of.seq}`] };
  if (wholePrefix && opened.begun !== true && !NEVER_BEGUN.has(receipt.status))
    return falsified('it ended, and nothing says that it began');
  const hidden = withheldOf(receipt, disclosed, ['outcome/body']);
  if (hidden.length > 0) return { status: 'withheld', names: hidden };
  const checked = checkOutcome(receipt, opened, disclosed);
  const isFollowed = receipt.status !== 'withdrawn' || opened.standing !== undefined;
  return checked.status === 'ok' && wholePrefix && isFollowed ? { ...checked, level: 2 } : checked;
};

/** What is said of a receipt whose decision is not among those that are followed. */
const unopened = (p: Progress, wholePrefix: boolean, why: string): Rederived => {
  if (!wholePrefix) return { status: 'not_available', why: 'its decision is not here' };
  return p.crowded ? { status: 'not_available', why: 'too many actions were open at once' } : falsified(why);
};

const checkOutcome = (receipt: ReceiptOf<'outcome'>, opened: Opened, disclosed: Disclosed): Rederived => {
  const expected = outcomeOf(opened.catalog, opened.decided, receipt.status);
  if (expected === undefined) return falsified('an outcome of an action that runs nothing');
  if (expected.event !== receipt.event) return falsified('the event is not the one that this outcome emits');
  if (!sameJson(expected.writes.map(wireWrite), receipt.writes)) return falsified('the outcome gives other writes');
  const at = parseInstant(receipt.at) ?? 0;
  if (receipt.status === 'success') {
    const seen: Observation = { ...opened.decided, at, evidence: evidenceOf(disclosed) };
    if (verifyOutcome(opened.catalog, opened.decided, seen) !== 'held')
      return falsified('success is claimed, but the recorded evidence does not show it');
  }
  const withdrawn = receipt.status === 'withdrawn' ? checkWithdrawal(opened, disclosed) : undefined;
  if (withdrawn !== undefined) return withdrawn;
  const body = disclosed.get('outcome/body');
  if (!isPlainObject(body) || own(body, 'status') !== receipt.status)
    return falsified('what is disclosed of the outcome is of another status');
  const { catalog, decided, begunAt } = opened;
  const evidence = evidenceOf(disclosed);
  const isEarly = receipt.status === 'success' && isSeenBefore(catalog, decided, evidence, begunAt);
  const unread = unreadIn(decided, catalog.actions.get(decided.intent.action.id)?.verifies, evidence);
  return { status: 'ok', level: 1, ...(isEarly && { seenBefore: true }), ...unread };
};

/** An approval is withdrawn for what the ledger says, and for nothing else. */
const checkWithdrawal = ({ begun, standing }: Opened, disclosed: Disclosed): Rederived | undefined => {
  if (begun === true) return falsified('it is said to be withdrawn, and it had begun');
  if (standing === undefined) return undefined;
  const codes = standing.withdrawnBy();
  if (codes.length === 0) return falsified('nothing that was recorded since its approval takes it back');
  const body = disclosed.get('outcome/body');
  const result = isPlainObject(body) ? own(body, 'result') : undefined;
  return isPlainObject(result) && sameJson(own(result, 'codes'), codes)
    ? undefined
    : falsified(`it is withdrawn by ${codes.join(', ')}`);
};

const rederiveConsequence = (
  p: Progress,
  receipt: ReceiptOf<'consequence'>,
  disclosed: Disclosed,
  wholePrefix: boolean,
): Rederived => {
  if (receipt.writes.length > 0) return falsified('a consequence that changes the state');
  if (receipt.event === TOOL_SURFACE_CHANGED) return rederiveSurface(p, receipt, disclosed, wholePrefix);
  const opened = p.open.get(receipt.of.seq);
  const other = opened === undefined ? undefined : otherThan(opened, receipt, opened.decided !== undefined);
  if (other !== undefined) return falsified(other);
  if (opened !== undefined && opened.decided === undefined)
    return { status: 'withheld', names: [`the decision ${receipt.of.seq}`] };
  const does = opened?.catalog.actions.get(opened.decided.intent.action.id)?.action.does;
  if (opened !== undefined && does !== undefined && owns(does, 'begins') && does.begins === receipt.event) {
    if (opened.begun === true && !mayBeginAgain(opened, does.idempotent, receipt))
      return falsified('it began once, and may not begin again');
    const codes = opened.begun === true ? [] : (opened.standing?.withdrawnBy() ?? []);
    opened.begun = true;
    opened.begunAt ??= receipt.at;
    p.standing.delete(receipt.of.seq);
    if (codes.length > 0) return falsified(`it began, though it was withdrawn by ${codes.join(', ')}`);
    return { status: 'ok', level: wholePrefix && opened.standing !== undefined ? 2 : 1 };
  }
  return opened === undefined
    ? unopened(p, wholePrefix, 'nothing that the catalog knows has this consequence')
    : falsified('nothing that the catalog knows has this consequence');
};

const rederiveSurface = (
  p: Progress,
  receipt: ReceiptOf<'consequence'>,
  disclosed: Disclosed,
  wholePrefix: boolean,
): Rederived => {
  if (!wholePrefix) return { status: 'not_available', why: 'what it follows from is the ledger before it' };
  if (p.change?.receipt.seq !== receipt.of.seq || p.change.change === undefined)
    return falsified('the tool surface did not change there');
  const other = otherThan(p.change, receipt, true);
  if (other !== undefined) return falsified(other);
  if (p.change.change === 'not_known')
    return { status: 'not_available', why: 'the catalog that became active there is not here' };
  if (!disclosed.has('consequence/body')) return { status: 'withheld', names: ['consequence/body'] };
  return sameJson(p.change.change, disclosed.get('consequence/body'))
    ? { status: 'ok', level: 2 }
    : falsified('another change of the tool surface follows');
};

/** Applies a receipt to the fold, and notes how the tool surface changed where that is possible. */
const advance = (p: Progress, receipt: Receipt, wholePrefix: boolean): void => {
  const { digest } = receipt.catalog;
  const catalog = wholePrefix ? p.catalogs.get(digest) : undefined;
  const before = catalog !== undefined && watches(receipt) ? copyOf(p.fold.state) : undefined;
  const entry = entryOf(receipt);
  p.fold.apply(receipt.engine.semantics, entry);
  for (const [seq, standing] of p.standing) if (seq !== receipt.seq) standing.apply(entry);
  if (before === undefined || catalog === undefined) return;
  const after = p.fold.state;
  const next = p.catalogs.get(activeCatalog(after) ?? digest);
  const change = next === undefined ? 'not_known' : surfaceChange(catalog, before, after, next);
  p.change = { receipt, leaf: encodeBase64url(p.leaf), change };
};

/** What a decision may change of the tool surface: what the tenant bought, and which catalog says what that is. */
const watches = (receipt: Receipt): boolean =>
  movesCatalog(receipt.writes) || receipt.writes.some(({ cell }) => cell.startsWith('entitlement_'));

const copyOf = (state: State): State => ({
  cells: new Map([...state.cells].map(([id, values]) => [id, new Map(values)])),
  open: state.open,
});

/**
 * The governor: the policy enforcement point. One queue a tenant, nothing answered or done before its receipt is
 * durable, one way from an intent to a handler. Everything that it needs of the world comes through a port.
 */

import { audienceOf, outward, SEMANTICS, withReceipt } from '@tai-autonomics/core/engine';
import { encodeBase64url, isDisclosureName, owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type AfterDecision, createAfterDecision, type Waits } from './after-decision.ts';
import type { Asked, Caller, Governor, NotDecided, ReceiptPlace, Submitted, TenantId } from './api.ts';
import { NO_CERTIFICATE } from './assurance/insurance-lookout.ts';
import { createInsuranceWatch, type InsuranceWatch, isMonitor, noInsuranceWatch } from './assurance/insurance-watch.ts';
import { catalogObserver } from './catalogs/catalog-observer.ts';
import { tellVolatile, unstored } from './catalogs/stored-packs.ts';
import { type Context, contextOf } from './context.ts';
import { createExecutor } from './executor/executor.ts';
import { sandboxed } from './executor/sandboxed.ts';
import { admit } from './intent/admit.ts';
import { createDispatcher, type Dispatcher } from './intent/dispatch.ts';
import { createIntake, type Intake } from './intent/intake.ts';
import { notesOf } from './intent/notes.ts';
import { createPreview } from './intent/preview.ts';
import type { Ruling } from './intent/record-decision.ts';
import { reportOutcome } from './intent/report-outcome.ts';
import { ledgerStatus } from './ledger/ledger-status.ts';
import { OPERATOR } from './ledger/operator.ts';
import { onPartChanged } from './node/supervised.ts';
import type { GovernorOptions } from './options.ts';
import { policyBench } from './policy/policy-bench.ts';
import { createShadow, type Shadow } from './policy/shadow.ts';
import { readiness } from './readiness.ts';
import { createReads } from './reads/reads.ts';
import { createSurfaces } from './reads/surfaces.ts';
import { acceptsRestores } from './seal/accept-restore.ts';
import { compareOthers } from './seal/compare-others.ts';
import { notRemoved } from './seal/removed.ts';
import { cutLedgers, cutLine, forbidsStart, otherRole } from './seal/truncation.ts';
import { selfTest } from './self-test.ts';
import { callAll, tellingOfAppends } from './signals/append-listeners.ts';
import { createSubscriber } from './signals/subscriber.ts';
import { createLedgerSnapshots } from './snapshots/ledger-snapshots.ts';
import { telling } from './telemetry/answered.ts';
import { traced } from './telemetry/tracing.ts';
import { createTenants, type Tenant, type Tenants } from './tenant.ts';
import { createReconciler, type Reconciler } from './upkeep/reconcile-schedule.ts';
import { createRegister, type Register } from './upkeep/registration.ts';
import { createScrub, type Scrub } from './upkeep/scrub.ts';
import { createUpkeep, type Upkeep } from './upkeep/upkeep.ts';
import { createWalk } from './walk/walk.ts';
import { wiringFaults } from './wiring.ts';

/**
 * Starts a governor. It refuses to start, and says why, when something is wired wrongly (a port that is missing, a short
 * secret, a misspelt fact, source or step, a handler's file that is not there; all of it at once), when its self-test fails, when a contractual deployment has no
 * valid insurance certificate, when an observer's source can't be named in a receipt, when a catalog can't be kept, or when a ledger is shorter than what was signed.
 */
export const createGovernor = async (options: GovernorOptions): Promise<E.Either<readonly string[], Governor>> => {
  const wrong = obstacles(options);
  if (wrong.length > 0) return E.left(wrong);
  const lost = await unkept(options);
  if (lost.length > 0) return E.left(lost);
  tellVolatile(options);
  const parts = wire(options);
  const { context, tenants, preview } = parts;
  // Whoever accepts restores wants to know of all of them.
  const first = options.acceptsRestores === true ? ([0, Number.MAX_SAFE_INTEGER] as const) : undefined;
  const cut = await cutLedgers(context.identity, options.store, options.signer, first);
  if (E.isLeft(cut)) return E.left([cut.left]);
  const missing = cut.right.filter((one) => forbidsStart(context.mode, one));
  const forbidden = await notRemoved(context.identity, tenants, missing);
  if (forbidden.length > 0 && options.acceptsRestores !== true) return E.left(forbidden.map(cutLine));
  const shares = await otherRole(context.mode, options.domain, options.signer);
  if (shares.length > 0) return E.left(shares);
  if (first === undefined) void compareOthers({ ...context, tenants }, parts.cut, parts.closing.signal);
  const bare = await uninsured(parts);
  if (bare.length > 0) {
    await stop(parts);
    return E.left(bare);
  }
  return E.right({
    mode: context.mode,
    submit: submitWith(parts),
    report: reportOutcome(context, tenants, parts.dispatcher),
    preview,
    onToolsChanged: tenants.listen,
    onRecorded: parts.onRecorded,
    refOf: (tenant, { type, id }) => context.identity.subject(tenant, type, id),
    ...lookAround(parts),
    ...(options.acceptsRestores === true
      ? { acceptRestore: acceptsRestores(parts, submitWith(parts), cut.right) }
      : {}),
    close: closeWith(parts),
  });
};

/** What forbids to start, in one sentence each. */
const obstacles = (options: GovernorOptions): readonly string[] => {
  const faults = wiringFaults(options);
  if (faults.length > 0) return faults;
  const { standing, catalogs, clock, observers, engines, store } = options;
  const nameless = observers.filter(({ source }) => source.includes('/') || !isDisclosureName(`evidence/x/${source}`));
  const approved = selfTest(catalogs[0].catalog, standing.mode);
  const ended =
    standing.mode === 'contractual' && !isMonitor(standing.insurance) && standing.insurance.validUntil <= clock();
  return [
    ...approved.map((action) => `the self-test failed: ${action} was approved on an empty ledger`),
    ...(ended
      ? ['the operator’s insurance certificate is not valid now; a contractual deployment does not start without one']
      : []),
    ...(engines?.has(SEMANTICS) === false
      ? [`the engine of semantics ${SEMANTICS}, with which a new ledger begins, is not among those of the deployment`]
      : []),
    ...unstored(store, catalogs[0].catalog),
    ...nameless.map(({ source }) => `the observer’s source ${JSON.stringify(source)} cannot be named in a receipt`),
  ];
};

/** The parts of one governor, wired. */
interface Parts {
  readonly context: Context;
  readonly tenants: Tenants;
  readonly intake: Intake;
  readonly dispatcher: Dispatcher;
  readonly reconciler: Reconciler;
  readonly upkeep: Upkeep;
  readonly insurance: InsuranceWatch;
  readonly register: Register;
  readonly scrub: Scrub;
  /** Ledgers that were found to be cut after the start. */
  readonly cut: string[];
  readonly preview: Governor['preview'];
  readonly afterDecision: AfterDecision;
  readonly shadow: Shadow | undefined;
  readonly onRecorded: Governor['onRecorded'];
  readonly closing: AbortController;
  readonly mintId: () => string;
  /** Intents that nobody was answered yet. */
  readonly submitting: Set<Promise<unknown>>;
  /** What aborts when nobody waits for one of them any more. */
  readonly waited: Set<AbortController>;
}

const watchOf = (context: Context, tenants: Tenants): InsuranceWatch => {
  const { standing } = context;
  if (standing.mode === 'eval') return noInsuranceWatch();
  const { insurance } = standing;
  return isMonitor(insurance) ? createInsuranceWatch(context, insurance, tenants) : noInsuranceWatch(insurance);
};

const wire = (options: GovernorOptions): Parts => {
  const own = contextOf(options, () => insurance.certificate ?? NO_CERTIFICATE);
  const tenants = createTenants({ ...own, ledgerSnapshots: createLedgerSnapshots(own) });
  const walk = createWalk(own, tenants);
  const context: Context = {
    ...own,
    observers: [...options.observers, catalogObserver(own), policyBench(own, tenants, walk)],
  };
  const closing = new AbortController();
  closing.signal.addEventListener('abort', onPartChanged(own.onFault), { once: true });
  const executor = sandboxed(createExecutor(options.handlers, options.executor), options.resources);
  const dispatcher = createDispatcher(context, executor, closing.signal);
  const reconciler = createReconciler(context, dispatcher);
  const upkeep = createUpkeep(context);
  const insurance = watchOf(context, tenants);
  const register = createRegister(context, tenants);
  const scrub = createScrub(context, tenants);
  const shadow =
    options.shadow === undefined
      ? undefined
      : createShadow(options.shadow, context.catalogs, context.sealing.engines, context.onFault);
  tenants.onOpened(reconciler.watch);
  tenants.onOpened(upkeep.opened);
  tenants.onOpened(register);
  tenants.onOpened(scrub.opened);
  tenants.onAppended(reconciler.noticed);
  tenants.onAppended(upkeep.noticed);
  if (options.onSignal !== undefined) tenants.onAppended(createSubscriber(context, options.onSignal));
  if (shadow !== undefined) tenants.onAppended(({ id, ledger }, rows) => void shadow.noticed(id, ledger.origin, rows));
  const mintId = (): string => encodeBase64url(options.random(16));
  const preview = createPreview(context, tenants, mintId);
  return {
    context,
    tenants,
    intake: createIntake(context, tenants, insurance),
    dispatcher,
    reconciler,
    upkeep,
    insurance,
    register,
    scrub,
    cut: [],
    preview,
    afterDecision: createAfterDecision(context, dispatcher, createReads(context, preview, walk), upkeep),
    shadow,
    onRecorded: tellingOfAppends(tenants, context.onFault),
    closing,
    mintId,
    submitting: new Set(),
    waited: new Set(),
  };
};

const announce = ({ onFault }: Pick<Context, 'onFault'>, { listeners }: Tenant): void => {
  callAll(listeners, onFault);
};

const decideWith =
  ({ context, intake, afterDecision, register, mintId }: Parts) =>
  async (caller: Caller, asked: Asked, waits: Waits): Promise<Submitted> => {
    const admitted = admit(caller, asked, context.resources, mintId);
    if (E.isLeft(admitted)) return admitted.left;
    const taken = await intake.take(caller, admitted.right, asked.id !== undefined);
    if (!owns(taken, 'tenant')) return taken;
    const { tenant } = taken;
    await register(tenant);
    if (owns(taken, 'repeated'))
      return afterDecision.answerAgain(tenant, caller, admitted.right, taken.repeated, waits);
    const { ruling } = taken;
    if (ruling.changesTools) announce(context, tenant);
    const outcome = await afterDecision.carryOn(tenant, caller, ruling, waits);
    const notes = notesOf(context.resources, caller.tenant, ruling);
    const { origin } = tenant.ledger;
    const place = ({ seq, leaf, event }: Ruling['receipt']): ReceiptPlace => ({ origin, seq, leaf, event });
    return {
      decided: true,
      decision: withReceipt(
        outward(ruling.decision, audienceOf(ruling.catalog.catalog, ruling.observation)),
        ruling.receipt,
      ),
      receipt: place(ruling.receipt),
      consequences: ruling.consequences.map(place),
      repeated: false,
      ...(ruling.receipt.receipt.incident === undefined ? {} : { incident: ruling.receipt.receipt.incident }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(notes.length === 0 ? {} : { notes }),
    };
  };

const submitWith = (parts: Parts): Governor['submit'] => {
  const { closing, submitting, waited, context } = parts;
  const { identity, onFault, onAnswered } = context;
  const refOf: Governor['refOf'] = (tenant, { type, id }) => identity.subject(tenant, type, id);
  const decided = decideWith(parts);
  const submit = traced(telling(decided, refOf, onFault, onAnswered));
  return (caller, asked, signal) => {
    if (closing.signal.aborted)
      return Promise.resolve({ decided: false, why: 'not_ready', detail: 'the governor is closing' });
    const waits = new AbortController();
    const leave = (): void => waits.abort();
    if (signal?.aborted === true) leave();
    signal?.addEventListener('abort', leave, { once: true });
    waited.add(waits);
    const submitted = submit(caller, asked, waits).finally(() => {
      submitting.delete(submitted);
      waited.delete(waits);
      signal?.removeEventListener('abort', leave);
    });
    submitting.add(submitted);
    return submitted;
  };
};

/** Ends everything but the store, which is the host's until there is a governor. */
const stop = async (parts: Parts): Promise<void> => {
  const { tenants, reconciler, upkeep, insurance, shadow, scrub, closing, submitting, waited } = parts;
  closing.abort();
  for (const waits of waited) waits.abort();
  reconciler.stop();
  upkeep.stop();
  scrub.stop();
  insurance.stop();
  await Promise.allSettled([...submitting]);
  for (const tenant of tenants.all()) {
    await Promise.allSettled([...tenant.running.values()]);
    await tenant.ledger.idle();
    if (tenant.ledger.head.size > 0) await tenant.checkpoints.seal();
    tenant.checkpoints.stop();
    await tenant.keeper.rest();
  }
  await shadow?.idle();
};

const closeWith =
  (parts: Parts): Governor['close'] =>
  async () => {
    await stop(parts);
    await parts.context.store.close();
  };

/** Looks at the insurance before anything is decided, and writes into the operator's ledger what was found (M-06). */
const uninsured = async ({ context, tenants, insurance }: Parts): Promise<readonly string[]> => {
  const { standing } = context;
  if (standing.mode === 'eval' || !isMonitor(standing.insurance)) return [];
  const why = await insurance.begin();
  const operator = await tenants.open(OPERATOR);
  if (E.isLeft(operator)) return [`the operator’s ledger cannot be opened: ${operator.left.detail}`];
  await insurance.bring(operator.right);
  return why === undefined
    ? []
    : [
        `${why}; a contractual deployment does not start without insurance, and the operator’s ledger says that it did not`,
      ];
};

const lookAround = ({
  context,
  tenants,
  scrub,
  cut,
}: Parts): Pick<Governor, 'tools' | 'head' | 'status' | 'knows' | 'seal' | 'ready'> => {
  const { store, clock, identity, catalogs, place } = context;
  const statusOf = (tenant: Tenant, id: TenantId): ReturnType<Governor['status']> => {
    const checked = scrub.found(id);
    return ledgerStatus(tenant, store, clock(), { place, ...(checked === undefined ? {} : { checked }) });
  };
  // Another process may have written since.
  const asStored = async ({ refresh }: Tenant['ledger']): Promise<E.Either<NotDecided, void>> =>
    store.capabilities?.shared === true ? refresh() : E.right(undefined);
  const surfaces = createSurfaces();
  return {
    tools: async (caller) => {
      const opened = await tenants.open(caller.tenant);
      if (E.isLeft(opened)) return opened;
      const { ledger } = opened.right;
      if (ledger.head.size === 0) return E.right([]);
      const { state } = ledger;
      const active = await catalogs.loadIn(state);
      if (E.isLeft(active)) return active;
      const { catalog } = active.right;
      return E.right(surfaces(catalog, state, caller));
    },
    head: async (id) => {
      const opened = await tenants.open(id);
      if (E.isLeft(opened)) return opened;
      const { ledger } = opened.right;
      const current = await asStored(ledger);
      if (E.isLeft(current)) return current;
      const { origin, head } = ledger;
      return E.right(head.size === 0 ? undefined : { origin, size: head.size, leaf: encodeBase64url(head.prev) });
    },
    status: async (id) => {
      const opened = await tenants.open(id);
      if (E.isLeft(opened)) return opened;
      const current = await asStored(opened.right.ledger);
      return E.isLeft(current) ? current : statusOf(opened.right, id);
    },
    knows: async (id) => E.map((head) => head !== undefined)(await store.head(identity.ledger(id))),
    seal: async (id) => {
      const opened = await tenants.open(id);
      if (E.isLeft(opened)) return opened;
      const refreshed = await opened.right.ledger.refresh();
      if (E.isLeft(refreshed)) return refreshed;
      if (opened.right.ledger.head.size === 0)
        return E.left({ decided: false, why: 'unknown_tenant', detail: 'no valid activation has opened this tenant' });
      const note = await opened.right.checkpoints.seal();
      return E.mapLeft((detail: string): NotDecided => ({ decided: false, why: 'not_ready', detail }))(note);
    },
    ready: async () => [...(await readiness(context, tenants)), ...cut],
  };
};

/** Keeps what was given, so that receipts can be re-derived after the deployment moved on. */
const unkept = async ({ catalogs, catalogStore }: GovernorOptions): Promise<readonly string[]> => {
  if (catalogStore === undefined) return [];
  const written = await Promise.all(catalogs.map(({ text }) => catalogStore.write(text)));
  return written.flatMap((answer) => (E.isLeft(answer) ? [`a catalog cannot be kept: ${answer.left.detail}`] : []));
};

/**
 * The governor: the policy enforcement point. One queue a tenant, nothing answered or done before its receipt is
 * durable, one way from an intent to a handler. Everything that it needs of the world comes through a port.
 */
import {
  type Audience,
  type Decision,
  decide,
  encodeBase64url,
  type Mode,
  needsEvidence,
  outward,
  type ReceiptBinding,
  type ReceiptTerms,
  visibleTools,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { actionOf, admit } from './admission.ts';
import { CHECKPOINT_DEFAULTS, type CheckpointOptions } from './checkpointer.ts';
import { createDispatcher } from './dispatch.ts';
import type { Sealing } from './draft.ts';
import { createExecutor, type ExecutorOptions } from './executor.ts';
import { gather } from './gather.ts';
import type {
  Asked,
  Caller,
  Decided,
  Governor,
  NotDecided,
  Outcome,
  ReadStep,
  Submitted,
  TenantId,
  VisibleTool,
} from './governed.ts';
import { createIdentity, type Identity } from './identity.ts';
import { createIntake } from './intake.ts';
import type { LoadedCatalog } from './loaded-catalog.ts';
import { nodeSha256 } from './node-crypto.ts';
import { OPERATOR } from './operator.ts';
import type { Clock, Handler, LedgerStore, Observer, Random, Signer } from './ports.ts';
import { health, show, supportModel } from './reads.ts';
import { createReconciler } from './reconciler.ts';
import { observationFor, type RecorderContext, type Ruling } from './recorder.ts';
import { selfTest } from './self-test.ts';
import { createTenants, type Tenant, type TenantsOptions } from './tenant.ts';
import { verifyOwnLedger } from './verify-own.ts';

/** What an operator's insurance certificate says, verified by the host before the governor starts (M-06). */
export interface VerifiedCertificate {
  readonly id: string;
  /** base64url of SHA-256. */
  readonly digest: string;
  /** Milliseconds since the Unix epoch; at this very instant it is no longer valid. */
  readonly validUntil: number;
}

/** Eval binds nobody and names its pilot; contractual rests on insurance, and on what else `terms` names. */
export type Standing =
  | { readonly mode: 'eval'; readonly session: string }
  | {
      readonly mode: 'contractual';
      readonly insurance: VerifiedCertificate;
      readonly terms?: Omit<ReceiptTerms, 'insurance'>;
    };

export interface GovernorOptions {
  readonly standing: Standing;
  /** The host part of every origin, `[a-z0-9.-]+`. */
  readonly domain: string;
  /** The active catalog first; then those that decided earlier receipts. */
  readonly catalogs: readonly [LoadedCatalog, ...LoadedCatalog[]];
  readonly store: LedgerStore;
  readonly signer: Signer;
  /** 32 bytes that key pseudonyms and digests. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
  readonly executor?: ExecutorOptions;
  /** Read steps beyond the built-in ones, by step name. */
  readonly reads?: Readonly<Record<string, ReadStep>>;
  /** Who owns a tenant that a marketplace event opens. Without an answer the tenant is not opened. */
  readonly ownerOf: (tenant: TenantId) => { readonly type: 'user'; readonly id: string } | undefined;
  readonly checkpoints?: Partial<CheckpointOptions>;
  /** Intents that may wait for one tenant; more are answered `overloaded`. */
  readonly waitingMax?: number;
}

const bindingOf = (standing: Standing): ReceiptBinding =>
  standing.mode === 'eval'
    ? { mode: 'eval', session: { id: standing.session, notice: 'non-contractual' } }
    : {
        mode: 'contractual',
        terms: { ...standing.terms, insurance: { id: standing.insurance.id, digest: standing.insurance.digest } },
      };

/** What forbids to start, in one sentence each. */
const obstacles = (options: GovernorOptions): readonly string[] => {
  const { standing, catalogs, clock } = options;
  const approved = selfTest(catalogs[0].catalog, standing.mode);
  const uninsured = standing.mode === 'contractual' && standing.insurance.validUntil <= clock();
  return [
    ...approved.map((action) => `the self-test failed: ${action} was approved on an empty ledger`),
    ...(uninsured
      ? ['the operator’s insurance certificate is not valid now; a contractual deployment does not start without one']
      : []),
  ];
};

/** Everything that the parts of one governor share. */
export interface Shared {
  readonly options: GovernorOptions;
  readonly mode: Mode;
  readonly identity: Identity;
  readonly recorder: RecorderContext;
  readonly sealing: Sealing;
}

const share = (options: GovernorOptions): Shared => {
  const { standing, catalogs, secret, domain, random } = options;
  const { mode } = standing;
  const identity = createIdentity({
    secret,
    domain,
    mode,
    ...(standing.mode === 'eval' ? { session: standing.session } : {}),
  });
  const [catalog] = catalogs;
  return {
    options,
    mode,
    identity,
    recorder: { mode, catalog, identity },
    sealing: { sha256: nodeSha256, random, catalog, binding: bindingOf(standing) },
  };
};

const toolOf = (catalog: LoadedCatalog, placed: ReturnType<typeof visibleTools>[number]): VisibleTool => ({
  tool: placed.tool,
  title: placed.title,
  description: placed.description,
  pack: placed.pack,
  actions: placed.actions.flatMap((id) => {
    const action = catalog.catalog.actions.get(id)?.action;
    if (action === undefined) return [];
    const { effect } = action.does;
    const idempotent = effect === 'read' || ('idempotent' in action.does && action.does.idempotent);
    return [{ action: id, means: action.means, arguments: action.arguments, effect, idempotent }];
  }),
});

/**
 * Starts a governor. It refuses to start, and says why, when its self-test fails, when a contractual deployment has no
 * valid insurance certificate, or when a ledger in the store is shorter than what was signed of it.
 */
export const createGovernor = async (options: GovernorOptions): Promise<E.Either<readonly string[], Governor>> => {
  const wrong = obstacles(options);
  if (wrong.length > 0) return E.left(wrong);
  const shared = share(options);
  const { identity, recorder, mode, sealing } = shared;
  const { store, clock, signer, observers, random } = options;
  const { catalog } = recorder.catalog;
  const closing = new AbortController();
  const dispatcher = createDispatcher({
    catalog: recorder.catalog,
    executor: createExecutor(options.handlers, options.executor),
    observers,
    clock,
    closing: closing.signal,
  });
  const reconciler = createReconciler(shared, dispatcher);
  const checkpoints = { ...CHECKPOINT_DEFAULTS, ...options.checkpoints };
  const tenantsOptions: TenantsOptions = {
    store,
    clock,
    signer,
    sha256: nodeSha256,
    sealing,
    identity,
    checkpoints,
    opened: (tenant) => reconciler.watch(tenant),
  };
  const tenants = createTenants(tenantsOptions);
  const intake = createIntake(shared, tenants);
  const cut = await intake.cutLedgers();
  if (cut.length > 0) return E.left(cut);
  const mintId = (): string => encodeBase64url(random(16));

  const look = async (
    caller: Caller,
    asked: Asked,
  ): Promise<E.Either<NotDecided, { readonly tenant: Tenant; readonly decision: Decision }>> => {
    const admitted = admit(catalog, asked, mintId);
    if (E.isLeft(admitted)) return admitted;
    const opened = await tenants.open(caller.tenant);
    if (E.isLeft(opened)) return opened;
    const { state, head } = opened.right.ledger;
    const at = Math.max(clock(), head.lastAt);
    const blind = observationFor(recorder, { caller, asked: admitted.right, evidence: [] }, at, state);
    const evidence = await gather(observers, asked.resource, needsEvidence(catalog, blind));
    const seen = observationFor(
      recorder,
      { caller, asked: admitted.right, evidence },
      Math.max(clock(), head.lastAt),
      state,
    );
    return E.right({ tenant: opened.right, decision: decide(catalog, seen) });
  };

  const preview = async (caller: Caller, asked: Asked, audience?: Audience): Promise<E.Either<NotDecided, Decision>> =>
    E.map(({ decision }: { readonly decision: Decision }) => outward(decision, audience))(await look(caller, asked));

  const reads: Readonly<Record<string, ReadStep>> = {
    ...options.reads,
    show,
    health,
    support_model: supportModel,
    verify_ledger: verifyOwnLedger(options, identity),
    preview: async (step, view) => {
      const action = actionOf(catalog, String(step.with['action'] ?? ''));
      const answer = await preview(view.caller, { action, resource: view.resource });
      return E.isLeft(answer)
        ? { preview: true, action, notDecided: answer.left.why }
        : { preview: true, action, decision: answer.right };
    },
  };

  const answerRead = async (tenant: Tenant, caller: Caller, ruling: Ruling): Promise<unknown> => {
    if (ruling.decision.verdict === 'refuse') return null;
    const [step] = ruling.decision.actionPlan;
    const read = step !== undefined && Object.hasOwn(reads, step.step) ? reads[step.step] : undefined;
    if (step === undefined || read === undefined) return { error: 'this deployment has no reader for it' };
    try {
      return await read(step, {
        caller,
        resource: ruling.observation.intent.resource.id,
        mode,
        state: tenant.ledger.state,
        catalog,
        at: clock(),
      });
    } catch {
      return { error: 'the reader failed' };
    }
  };

  const follow = async (tenant: Tenant, caller: Caller, ruling: Ruling): Promise<Outcome | undefined> => {
    const { decision, observation, receipt } = ruling;
    const action = catalog.actions.get(observation.intent.action.id);
    if (decision.verdict === 'refuse' || action === undefined || action.action.does.effect === 'internal')
      return undefined;
    const place = { origin: tenant.ledger.origin, seq: receipt.seq, leaf: receipt.leaf, event: receipt.event };
    if (action.action.does.effect === 'read')
      return { status: 'success', result: await answerRead(tenant, caller, ruling), receipt: place };
    const [step] = decision.actionPlan;
    if (step === undefined) return undefined;
    const { incident, trace } = receipt.receipt;
    return dispatcher.dispatch({
      tenant,
      action,
      observation,
      step,
      of: { seq: receipt.seq, leaf: receipt.leaf },
      id: receipt.receipt.id,
      ...(incident === undefined ? {} : { incident }),
      ...(trace === undefined ? {} : { trace }),
    });
  };

  const submit = async (caller: Caller, asked: Asked): Promise<Submitted> => {
    if (closing.signal.aborted) return { decided: false, why: 'not_ready', detail: 'the governor is closing' };
    const admitted = admit(catalog, asked, mintId);
    if (E.isLeft(admitted)) return admitted.left;
    const taken = await intake.take(caller, admitted.right, asked.id !== undefined);
    if (!('ruling' in taken)) return taken;
    const { tenant, ruling } = taken;
    if (ruling.consequences.length > 0) for (const changed of tenant.listeners) changed();
    const outcome = await follow(tenant, caller, ruling);
    const { origin } = tenant.ledger;
    const decided: Decided = {
      decided: true,
      decision: outward(ruling.decision),
      receipt: { origin, seq: ruling.receipt.seq, leaf: ruling.receipt.leaf, event: ruling.receipt.event },
      consequences: ruling.consequences.map(({ seq, leaf, event }) => ({ origin, seq, leaf, event })),
      repeated: false,
      ...(outcome === undefined ? {} : { outcome }),
    };
    return decided;
  };

  const withTenant = async <A>(id: TenantId, use: (tenant: Tenant) => A): Promise<E.Either<NotDecided, A>> =>
    E.map(use)(await tenants.open(id));

  return E.right({
    mode,
    submit,
    preview,
    tools: (caller) =>
      withTenant(caller.tenant, ({ ledger }) =>
        ledger.head.size === 0
          ? []
          : visibleTools(catalog, ledger.state, caller.subject.type).map((placed) => toolOf(recorder.catalog, placed)),
      ),
    onToolsChanged: tenants.listen,
    head: (id) =>
      withTenant(id, ({ ledger: { origin, head } }) =>
        head.size === 0 ? undefined : { origin, size: head.size, leaf: encodeBase64url(head.prev) },
      ),
    refOf: (tenant, { type, id }) => identity.subject(tenant, type, id),
    knows: async (id) => E.map((head) => head !== undefined)(await store.head(identity.ledger(id))),
    seal: async (id) => {
      const opened = await tenants.open(id);
      if (E.isLeft(opened)) return opened;
      await opened.right.ledger.idle();
      const note = await opened.right.checkpoints.seal();
      return E.mapLeft((detail: string): NotDecided => ({ decided: false, why: 'not_ready', detail }))(note);
    },
    ready: async () => {
      const opened = await tenants.open(OPERATOR);
      const known = await store.ledgers();
      return [...(E.isLeft(opened) ? [opened.left.detail] : []), ...(E.isLeft(known) ? [known.left.detail] : [])];
    },
    close: async () => {
      closing.abort();
      reconciler.stop();
      for (const tenant of tenants.all()) {
        await Promise.allSettled([...tenant.running.values()]);
        await tenant.ledger.idle();
        if (tenant.ledger.head.size > 0) await tenant.checkpoints.seal();
        tenant.checkpoints.stop();
      }
      await store.close();
    },
  });
};

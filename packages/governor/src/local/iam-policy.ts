/**
 * Allow policies: what is declared in a git repository, what is in force in an IAM service, and putting the former in
 * place of the latter. The service here is a file with an etag; a real one is another `IamService`, and nothing else.
 */
import { createHash, randomBytes } from 'node:crypto';
import { canonicalize, isPlainObject, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Handler, HandlerCall, Ms, Observer, Seen, TenantResource } from '../ports.ts';
import { openGit } from './git.ts';
import { changeJsonFile, parseJsonText, readJsonFile } from './json-file.ts';
import { type Places, registeredFor } from './places.ts';
import { type DetectorOptions, observerOf, seenIn } from './raw-evidence.ts';

/** A policy as `getIamPolicy` answers it. */
export type Policy = Readonly<Record<string, unknown>>;

/** Who can read the policy in force. */
export interface IamReader {
  readonly read: (signal: AbortSignal) => Promise<E.Either<string, Policy>>;
}

/** The two calls of an IAM service. */
export interface IamService extends IamReader {
  /**
   * Replaces the policy if its etag is still this one, and gives it a new etag (`setIamPolicy`). Left: it was not, or
   * something else was wrong, or the signal is aborted; nothing was written. Rejects with `uncertainEnding` where it may have
   * been written all the same.
   */
  readonly compareAndSet: (
    etag: string,
    replace: (policy: Policy) => Policy,
    signal: AbortSignal,
  ) => Promise<E.Either<string, Policy>>;
}

/** Where the declared policy of a resource stands, and the file that is its policy in force. */
export interface IamPolicyPlace {
  readonly repository: string;
  /** The path of the declared policy inside of the repository; as it is committed at HEAD. */
  readonly declared: string;
  readonly policy: string;
}

/** The policy that is declared: what is committed, not what somebody edits. */
export const declaredPolicy = async (
  { repository, declared }: Pick<IamPolicyPlace, 'repository' | 'declared'>,
  timeoutMs: Ms,
  signal: AbortSignal,
): Promise<E.Either<string, Policy>> => {
  const git = await openGit(repository, { timeoutMs, signal });
  if (E.isLeft(git)) return git;
  const text = await git.right('cat-file', 'blob', `HEAD:${declared}`);
  if (E.isLeft(text)) return text;
  const json = parseJsonText(text.right);
  return E.mapLeft((why: string) => `the declared policy: ${why}`)(E.isLeft(json) ? json : asPolicy(json.right));
};

/** A policy file that plays an IAM service: every write that goes through here has to name the etag that it read. */
export const fileIamService = (file: string, staleMs: Ms): IamService => ({
  read: async (signal) => {
    const json = await readJsonFile(file, signal);
    return E.isLeft(json) ? json : asPolicy(json.right);
  },
  compareAndSet: (etag, replace, signal) =>
    changeJsonFile(
      file,
      staleMs,
      (json) => {
        const before = asPolicy(json);
        if (E.isLeft(before)) return before;
        if (before.right['etag'] !== etag) return E.left('the policy changed since it was looked at: its etag moved');
        const answer = { ...replace(before.right), etag: randomBytes(9).toString('base64') };
        return E.right({ answer, json: answer });
      },
      signal,
    ),
});

/**
 * Puts the declared bindings in force, if the policy still has the etag of the approved step and the declaration its
 * digest. Idempotent: where exactly the declared bindings are in force already, it succeeds without writing.
 */
export const restoreIamPolicy = async (
  call: HandlerCall,
  declared: Policy,
  service: IamService,
): Promise<E.Either<string, IamRestored>> => {
  const { etag, declared: digest } = call.step.with;
  if (typeof etag !== 'string' || typeof digest !== 'string')
    return E.left('the step names no etag and no declaration');
  if (digestOf(declared) !== digest) return E.left('the declared policy changed since it was looked at');
  const before = await service.read(call.signal);
  if (E.isLeft(before)) return before;
  if (grantsOf(before.right) === grantsOf(declared))
    return E.right({ from: etag, to: String(before.right['etag'] ?? '') });
  return E.map((policy: Policy): IamRestored => ({ from: etag, to: String(policy['etag'] ?? '') }))(
    await service.compareAndSet(etag, restored(declared), call.signal),
  );
};

/** The handler over policy files. What is thrown is the detail of a step that wrote nothing, or of which nobody knows. */
export const iamPolicyFile = async (call: HandlerCall): Promise<IamRestored> => {
  const place = placeOf(call);
  if (place === undefined) throw new Error('no policy is registered for this resource');
  const { timeoutMs } = call.step.limits;
  const declared = await declaredPolicy(place, timeoutMs, call.signal);
  if (E.isLeft(declared)) throw new Error(declared.left);
  const done = await restoreIamPolicy(call, declared.right, fileIamService(place.policy, timeoutMs));
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

/** The registration of `iamPolicyFile` for a step, over these places (tenant → resource → place). */
export const iamPolicyHandler = (step: string, policies: Places<IamPolicyPlace>): Handler => ({
  step,
  module: import.meta.url,
  export: 'iamPolicyFile',
  options: { policies },
});

/**
 * Sees whether the policy in force can be read (`iam_reachable`, dated: a service that doesn't answer is evidence too),
 * and what the detector sees in `{ declared, observed }`.
 */
export const iamObserver = (options: IamObserverOptions): Observer =>
  observerOf(options, ['iam_reachable', ...options.detector.facts], async (of, signal) => {
    const observedAt = options.clock();
    const service = options.service(of);
    if (service === undefined) return E.left('no policy is registered for this resource');
    const observed = await service.read(signal).catch((thrown: unknown) => E.left(messageOf(thrown)));
    const reachable: Seen = { fact: 'iam_reachable', value: E.isRight(observed), observedAt };
    const report = (why: string): E.Either<string, readonly Seen[]> => {
      options.onFault?.(of, why);
      return E.right([reachable]);
    };
    if (E.isLeft(observed)) return report(observed.left);
    const declared = await options.declared(of, signal).catch((thrown: unknown) => E.left(messageOf(thrown)));
    if (E.isLeft(declared)) return report(declared.left);
    const seen = await seenIn({ declared: declared.right, observed: observed.right }, observedAt, options);
    return E.isLeft(seen) ? report(seen.left) : E.right([reachable, ...seen.right]);
  });

const asPolicy = (json: unknown): E.Either<string, Policy> =>
  isPlainObject(json) ? E.right(json) : E.left(json === undefined ? 'there is no policy' : 'it is no policy');

/** base64url of SHA-256 over the canonical JSON; what the step's `declared` names. */
const digestOf = (policy: Policy): string | undefined => {
  const text = canonicalize(policy as Json);
  return E.isRight(text) ? createHash('sha256').update(text.right, 'utf8').digest('base64url') : undefined;
};

/** What was restored: the etags before and after. */
export interface IamRestored {
  readonly from: string;
  readonly to: string;
}

const versionOf = (policy: Policy): number => (typeof policy['version'] === 'number' ? policy['version'] : 1);

const listOf = (json: unknown): readonly unknown[] => (Array.isArray(json) ? json : []);
const bindingsOf = (policy: Policy): readonly Policy[] => listOf(policy['bindings']).filter(isPlainObject);
const isConditional = ({ condition }: Policy): boolean => condition !== undefined && condition !== null;

/** As IAM keeps it: addresses and domains in lower case. */
const memberOf = (name: unknown): string =>
  String(name).replace(
    /^((?:deleted:)?(?:user|group|serviceAccount|domain):)(.*)$/su,
    (_, kind: string, address: string) => kind + address.replace(/[A-Z]+/g, (some) => some.toLowerCase()),
  );

/** Who has what under which condition, a line each: the same exactly if two policies grant the same. */
const grantsOf = (policy: Policy): string =>
  [
    ...new Set(
      bindingsOf(policy).flatMap(({ role, members, condition }) =>
        listOf(members).map((name) => {
          const text = canonicalize([role, memberOf(name), condition ?? null] as Json);
          return E.isRight(text) ? text.right : '';
        }),
      ),
    ),
  ]
    .sort()
    .join('\n');

/** The declared bindings in place of the others; audit configuration and the like stay as they are. */
const restored =
  (declared: Policy) =>
  (policy: Policy): Policy => ({
    ...policy,
    // "Any operation that affects conditional role bindings must specify version 3", what was there before included.
    version: [...bindingsOf(policy), ...bindingsOf(declared)].some(isConditional)
      ? 3
      : Math.max(versionOf(policy), versionOf(declared)),
    bindings: declared['bindings'] ?? [],
  });

const placeOf = (call: HandlerCall): IamPolicyPlace | undefined => {
  const place = registeredFor(call.options['policies'], call);
  if (!isPlainObject(place)) return undefined;
  const { repository, declared, policy } = place;
  return typeof repository === 'string' && typeof declared === 'string' && typeof policy === 'string'
    ? { repository, declared, policy }
    : undefined;
};

/** What an observer of IAM policies is made from. */
export interface IamObserverOptions extends DetectorOptions {
  readonly declared: (of: TenantResource, signal: AbortSignal) => Promise<E.Either<string, Policy>>;
  /** `undefined`: this observer doesn't know the resource. */
  readonly service: (of: TenantResource) => IamReader | undefined;
}

/** API keys of tenants and marketplaces: list, make, disable, rotate. */
import { formatInstant, noticeOf, parseInstant } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { type Credential, type CredentialParts, hasExpired, mintCredential } from '@tai-autonomics/governor';
import { checkCredential } from '@tai-autonomics/governor/keys';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { jsonResponse } from '../../answer/answer.ts';
import { problemResponse } from '../../answer/problem.ts';
import { BODIED, KEYED, type Route, TRANSIENT } from '../../interface/route.ts';
import { IDEMPOTENCY_KEY } from '../../request/idempotency.ts';
import { listShape, nameShape, openShape, optional, type Shapes, textShape } from '../../schema/shape.ts';
import type { OperatorDoor } from '../operator-options.ts';
import { doneResponse, notDone, operatorRoute, type Recorded, recordOperation } from '../operator-route.ts';

/** `GET /operator/v1/credentials`: every key, without what is kept of its secret. */
export const listCredentials: Route<OperatorDoor> = operatorRoute(
  'read',
  {
    operationId: 'listCredentials',
    means: 'lists the API keys',
    summary: 'Lists the API keys, without their secrets',
    success: { status: 200, means: 'in the order of the file', body: { json: ['Credentials'] } },
    problems: [...KEYED, 'not_done'],
  },
  async ({ deployment, governor, clock }) => {
    const read = await deployment.credentials.read();
    if (E.isLeft(read)) return notDone(read.left);
    const at = clock();
    return jsonResponse({ ...noticeOf(governor.mode), credentials: read.right.map((one) => shownOf(one, at)) });
  },
);

const SUBJECT = openShape({ type: nameShape('agent, user, service or marketplace'), id: nameShape('') }, 'an object');
const NEW: Shapes = {
  subject: SUBJECT,
  tenant: optional(nameShape('the tenant whose key it is; a marketplace’s names none')),
  tenants: optional(listShape('which tenants a marketplace may name')),
  scope: optional(listShape('the roles that the key carries at most')),
  relations: optional(listShape('what its user is meant to be; only a grant decides')),
  person: optional(nameShape('the id of the user who stands behind it')),
  expiresAt: optional(nameShape('when it ends (RFC 3339)')),
};

const CHANGE = {
  success: { status: 200, means: 'what was done', body: { json: ['CredentialChanged'] } },
  stepUp: 'Decided',
  headers: [IDEMPOTENCY_KEY],
  problems: [...KEYED, ...TRANSIENT, ...BODIED, 'intent_conflict', 'purged', 'not_done'],
} as const;

/** `POST /operator/v1/credentials`: a new key, whose secret is shown once. Asked again with the same id it is not shown again. */
export const makeCredential: Route<OperatorDoor> = operatorRoute(
  'credentials',
  {
    operationId: 'makeCredential',
    means: 'makes an API key',
    summary: 'Makes an API key; its secret is in this answer, and nowhere else',
    body: { name: 'NewCredential', most: 'bodyBytes', holds: { members: NEW } },
    ...CHANGE,
  },
  async (door, operator, taken) => {
    const { scope = [], ...rest } = taken.members as unknown as Omit<CredentialParts, 'scope'> & {
      scope?: CredentialParts['scope'];
    };
    const parts = { ...rest, scope } as CredentialParts;
    const [fault] = checkCredential({ ...parts, keyId: '0000', hash: EMPTY_HASH }, []);
    if (fault !== undefined)
      return problemResponse({
        problem: 'malformed',
        detail: `at $.${fault.path.join('.')}: expected ${fault.expected}`,
      });
    const end = parts.expiresAt === undefined ? undefined : parseInstant(parts.expiresAt);
    if (end !== undefined && end <= door.clock())
      return problemResponse({ problem: 'malformed', detail: 'at $.expiresAt: expected an instant to come' });
    const recorded = await recordOperation(door, operator, taken, 'make_credential', { ...parts });
    return recorded instanceof Response ? recorded : addCredential(door, recorded, parts, (all) => E.right(all));
  },
);

const PATH: Shapes = { key: textShape('4 to 32 characters of a-z0-9', /^[a-z0-9]{4,32}$/, 'the id of the key') };

/** `POST /operator/v1/credentials/{key}/disable`: it counts no more, from the next request on. */
export const disableCredential: Route<OperatorDoor> = operatorRoute(
  'credentials',
  {
    operationId: 'disableCredential',
    means: 'ends an API key at once',
    summary: 'Ends an API key at once',
    path: PATH,
    ...CHANGE,
    problems: [...CHANGE.problems, 'no_key'],
  },
  async (door, operator, taken) => {
    const keyId = taken.path['key'] ?? '';
    const there = await door.deployment.credentials.read();
    if (E.isLeft(there)) return notDone(there.left);
    if (!there.right.some((one) => one.keyId === keyId)) return noKey();
    const recorded = await recordOperation(door, operator, taken, 'disable_credential', { keyId });
    if (recorded instanceof Response) return recorded;
    const changed = await door.deployment.credentials.change((all) =>
      E.right(all.map((one) => (one.keyId === keyId ? { ...one, disabled: true } : one))),
    );
    return E.isLeft(changed)
      ? notDone(changed.left, recorded)
      : doneResponse(door, recorded, { keyId, state: 'disabled' });
  },
);

const ROTATE: Shapes = {
  overlapUntil: optional(nameShape('the old key ends at this instant (RFC 3339); at once where absent')),
};

/** `POST /operator/v1/credentials/{key}/rotate`: a new key for the same holder; the old one ends. */
export const rotateCredential: Route<OperatorDoor> = operatorRoute(
  'credentials',
  {
    operationId: 'rotateCredential',
    means: 'makes a new API key for the same holder',
    summary: 'Makes a new API key for the same holder, and ends the old one',
    path: PATH,
    body: { name: 'RotateCredential', most: 'bodyBytes', holds: { members: ROTATE } },
    ...CHANGE,
    problems: [...CHANGE.problems, 'no_key'],
  },
  async (door, operator, taken) => {
    const keyId = taken.path['key'] ?? '';
    const { overlapUntil } = taken.members as { readonly overlapUntil?: string };
    const end = overlapUntil === undefined ? undefined : parseInstant(overlapUntil);
    if (overlapUntil !== undefined && (end === undefined || end <= door.clock()))
      return problemResponse({
        problem: 'malformed',
        detail: 'at $.overlapUntil: expected an instant to come (RFC 3339)',
      });
    const there = await door.deployment.credentials.read();
    if (E.isLeft(there)) return notDone(there.left);
    const found = there.right.find((one) => one.keyId === keyId);
    if (found === undefined) return noKey();
    const recorded = await recordOperation(door, operator, taken, 'rotate_credential', { keyId, ...taken.members });
    if (recorded instanceof Response) return recorded;
    const { keyId: _, hash: __, disabled: ___, ...parts } = found;
    return addCredential(door, recorded, parts as CredentialParts, (all) => {
      const now = all.find((one) => one.keyId === keyId);
      // Whoever lost a key must not get another one by the way.
      if (now === undefined || stateOf(now, door.clock()) !== 'live') return E.left('the key does not count any more');
      return E.right(all.map((one) => (one === now ? ended(one, end) : one)));
    });
  },
);

const ended = (one: Credential, end: number | undefined): Credential => {
  if (end === undefined) return { ...one, disabled: true };
  const before = one.expiresAt === undefined ? undefined : parseInstant(one.expiresAt);
  return { ...one, expiresAt: formatInstant(before === undefined ? end : Math.min(before, end)) };
};

/**
 * Adds a key, whose id follows from the receipt: asked again after a crash it is made, and asked again after it was made it is not made
 * twice, and its secret is not shown.
 */
const addCredential = async (
  door: OperatorDoor,
  recorded: Recorded,
  parts: CredentialParts,
  change: (all: readonly Credential[]) => E.Either<string, readonly Credential[]>,
): Promise<Response> => {
  const { credential, secretText } = mintCredential(door.random, parts);
  const keyId = idFrom(recorded);
  const named: Credential = { ...credential, keyId };
  const key = secretText.replace(credential.keyId, keyId);
  let made = false;
  const changed = await door.deployment.credentials.change((all) => {
    if (all.some((one) => one.keyId === keyId)) return E.right(all);
    made = true;
    return E.map((others: readonly Credential[]) => [...others, named])(change(all));
  });
  if (E.isLeft(changed)) return notDone(changed.left, recorded);
  const one = changed.right.find((other) => other.keyId === keyId) ?? named;
  return doneResponse(door, recorded, { ...shownOf(one, door.clock()), ...(made ? { key } : {}) });
};

const idFrom = ({ receipt: { origin, seq, leaf } }: Recorded): string =>
  Buffer.from(nodeSha256(Buffer.from(`${origin} ${seq} ${leaf}`)).subarray(0, KEY_ID_BYTES)).toString('hex');

const KEY_ID_BYTES = 8;
const EMPTY_HASH = encodeBase64url(nodeSha256(new Uint8Array(0)));

/** Everything but the hash: nobody needs to see it, and a list may end in a ticket. */
const shownOf = ({ hash: _, ...rest }: Credential, at: number) => ({ ...rest, state: stateOf(rest, at) });

const stateOf = (credential: Pick<Credential, 'disabled' | 'expiresAt'>, at: number): string => {
  if (credential.disabled === true) return 'disabled';
  return hasExpired(credential, at) ? 'expired' : 'live';
};

const noKey = (): Response => problemResponse({ problem: 'no_key', detail: 'no key of this id is known here' });

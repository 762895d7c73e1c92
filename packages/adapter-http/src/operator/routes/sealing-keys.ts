/** The keys that seal ledgers: list, make the next one, let it take over, revoke an old one. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { jsonResponse } from '../../answer/answer.ts';
import { BODIED, KEYED, type Route, TRANSIENT } from '../../interface/route.ts';
import { IDEMPOTENCY_KEY } from '../../request/idempotency.ts';
import { nameShape, optional, type Shape, type Shapes, textShape } from '../../schema/shape.ts';
import type { OperatorDoor } from '../operator-options.ts';
import { doneResponse, notDone, operatorRoute, recordOperation } from '../operator-route.ts';

/** `GET /operator/v1/keys`: public parts, and what each ledger says of its own. */
export const listSealingKeys: Route<OperatorDoor> = operatorRoute(
  'read',
  {
    operationId: 'listSealingKeys',
    means: 'lists the keys that seal ledgers',
    summary: 'Lists the keys that seal ledgers, and what each ledger says of its own',
    success: { status: 200, means: 'their public parts', body: { json: ['SealingKeys'] } },
    problems: [...KEYED, 'not_done'],
  },
  async ({ deployment, governor }, _operator, { signal }) => {
    const listed = await deployment.sealing.list(signal);
    return E.isLeft(listed) ? notDone(listed.left) : jsonResponse({ ...noticeOf(governor.mode), ...listed.right });
  },
);

const CHANGE = {
  stepUp: 'Decided',
  headers: [IDEMPOTENCY_KEY],
  problems: [...KEYED, ...TRANSIENT, 'intent_conflict', 'purged', 'not_done'],
} as const;

/** `POST /operator/v1/keys/next`: makes the key that will take over; one that waits already is not made anew. */
export const makeSealingKey: Route<OperatorDoor> = operatorRoute(
  'keys',
  {
    operationId: 'makeSealingKey',
    means: 'makes the next key that seals ledgers',
    summary: 'Makes the key that will take over; tell auditors of it before it does',
    success: { status: 200, means: 'the public part', body: { json: ['NextKey'] } },
    ...CHANGE,
  },
  async (door, operator, taken) => {
    const held = await door.deployment.sealing.held();
    if (E.isLeft(held)) return notDone(held.left);
    // Asked again after a rotation it is another request: nothing is made that nobody asked for.
    const { active, next: waiting } = held.right;
    const recorded = await recordOperation(door, operator, taken, 'make_key', { after: active });
    if (recorded instanceof Response) return recorded;
    if (recorded.repeated && waiting !== undefined) return doneResponse(door, recorded, { next: waiting });
    const next = await door.deployment.sealing.next();
    return E.isLeft(next) ? notDone(next.left, recorded) : doneResponse(door, recorded, { next: next.right });
  },
);

/** `POST /operator/v1/keys/rotate`: the key that waits takes over in every ledger. */
export const rotateSealingKeys: Route<OperatorDoor> = operatorRoute(
  'keys',
  {
    operationId: 'rotateSealingKeys',
    means: 'lets the next key take over in every ledger',
    summary: 'Lets the key that waits take over in every ledger, each by a receipt of its own',
    success: { status: 200, means: 'how many ledgers moved', body: { json: ['KeysRotated'] } },
    ...CHANGE,
  },
  async (door, operator, taken) => {
    const held = await door.deployment.sealing.held();
    if (E.isLeft(held)) return notDone(held.left);
    // The key that waits, or the one that took over when this was asked before: asked again, no other key ever takes over.
    const key = held.right.next ?? held.right.active;
    const recorded = await recordOperation(door, operator, taken, 'rotate_keys', { key });
    if (recorded instanceof Response) return recorded;
    const rotated = await door.deployment.sealing.rotate(key, recorded.repeated);
    return E.isLeft(rotated) ? notDone(rotated.left, recorded) : doneResponse(door, recorded, rotated.right);
  },
);

const COUNT: Shape = {
  schema: {
    type: 'integer',
    minimum: 0,
    description: 'the last good size; the largest that the key signed where absent',
  },
  expected: 'a number of receipts',
  holds: (x) => Number.isSafeInteger(x) && (x as number) >= 0,
};
const REVOKED: Shapes = { tenant: nameShape('whose ledger'), lastGoodSize: optional(COUNT) };

/** `POST /operator/v1/keys/{key}/revoke`: says up to which size an old key vouches for a ledger. */
export const revokeSealingKey: Route<OperatorDoor> = operatorRoute(
  'keys',
  {
    operationId: 'revokeSealingKey',
    means: 'says up to which size an old key vouches',
    summary: 'Says by a receipt up to which size an old key vouches for a tenant’s ledger',
    path: { key: textShape('8 hex digits', /^[0-9a-f]{8}$/, 'the id of the key') },
    body: { name: 'RevokeKey', most: 'bodyBytes', holds: { members: REVOKED } },
    success: { status: 200, means: 'what it vouches for now', body: { json: ['KeyRevoked'] } },
    ...CHANGE,
    problems: [...CHANGE.problems, ...BODIED],
  },
  async (door, operator, taken) => {
    const keyId = taken.path['key'] ?? '';
    const { tenant, lastGoodSize } = taken.members as { readonly tenant: string; readonly lastGoodSize?: number };
    const recorded = await recordOperation(door, operator, taken, 'revoke_key', { keyId, ...taken.members });
    if (recorded instanceof Response) return recorded;
    const revoked = await door.deployment.sealing.revoke({
      operator: operator.operator,
      keyId,
      tenant,
      ...(lastGoodSize === undefined ? {} : { lastGood: lastGoodSize }),
      ...(recorded.id === undefined ? {} : { id: recorded.id }),
    });
    return E.isLeft(revoked) ? notDone(revoked.left, recorded) : doneResponse(door, recorded, revoked.right);
  },
);

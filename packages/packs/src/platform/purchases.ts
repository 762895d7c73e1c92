/**
 * Several purchases of one tenant. An event changes only the entitlement that it names; what its events say is kept by its
 * id. The tenant has the entitlement that was bought last, which is the one with the latest `activated`. Events come in any
 * order, so each of these is kept as the greatest or the least of all that came:
 *
 * | kept | is |
 * | --- | --- |
 * | `purchase_*`, by the entitlement's id | the newest event of that entitlement |
 * | `entitlement_purchased_at`, `_rank` | the newest `activated` of all; its entitlement is the one in force |
 * | `entitlement_began_at`, `_rank` | while nothing was activated: the oldest event of all; its entitlement is in force |
 * | `entitlement_occurred_at`, `_rank` | the newest event of all |
 * | `entitlement_id`, `_status`, `_plan`, `_sku`, `_packs`, `_roles`, `_expires_at` | what is kept of the one in force |
 *
 * Order is by `occurred_at`, then by the rank of the event's id. So the state is a function of the set of the events.
 * A state that an older catalog left has the last two rows alone: its entitlement stays in force until the next purchase.
 * So does one that was submitted by hand, without saying what changed.
 */
import type { Cell, Condition, Fact, LedgerFact, Write } from '@tai-autonomics/core/author';
import { ROLES } from '@tai-autonomics/core/author';
import { EPOCH } from './action.ts';

const STRING: Fact['type'] = { type: 'string' };
const INSTANT: Fact['type'] = { type: 'instant' };
const RANK: Fact['type'] = { type: 'integer', min: 0 };
const STATUS: Fact['type'] = { type: 'enum', values: ['none', 'active', 'suspended', 'cancelled'] };
const NAMES: Fact['type'] = { type: 'set' };
const ROLE_SET: Fact['type'] = { type: 'set', of: ROLES };

const NAMED = [{ fact: 'argument.entitlement_id' }] as const;

/** A member of the record: the argument that brings it, and how it is kept. */
interface Part {
  readonly part: string;
  readonly argument: string;
  readonly type: Fact['type'];
  readonly otherwise: LedgerFact['otherwise'];
  readonly means: string;
}

const PARTS: readonly Part[] = [
  { part: 'status', argument: 'status', type: STATUS, otherwise: 'none', means: 'the status of an entitlement' },
  { part: 'plan', argument: 'plan_id', type: STRING, otherwise: '', means: 'the plan of an entitlement' },
  { part: 'sku', argument: 'sku_id', type: STRING, otherwise: '', means: 'the SKU of an entitlement' },
  { part: 'packs', argument: 'enabled_packs', type: NAMES, otherwise: [], means: 'the packs of an entitlement' },
  { part: 'roles', argument: 'iam_roles', type: ROLE_SET, otherwise: [], means: 'the roles of an entitlement' },
  { part: 'expires_at', argument: 'expiry', type: INSTANT, otherwise: EPOCH, means: 'when an entitlement expires' },
];
const ORDER: readonly Part[] = [
  {
    part: 'occurred_at',
    argument: 'occurred_at',
    type: INSTANT,
    otherwise: EPOCH,
    means: 'when the newest event of an entitlement occurred',
  },
  { part: 'rank', argument: 'rank', type: RANK, otherwise: 0, means: 'the rank of the newest event of an entitlement' },
];

const single = (means: string, type: Fact['type'], cell: string, otherwise: LedgerFact['otherwise']): LedgerFact => ({
  means,
  type,
  origin: 'ledger',
  cell,
  key: [],
  otherwise,
});

/** A cell without a key, and the fact that reads it. */
const SINGLES: Readonly<Record<string, readonly [means: string, type: Fact['type'], otherwise: string | number]>> = {
  entitlement_id: ['the entitlement that is in force', STRING, ''],
  entitlement_purchased_at: ['when the entitlement in force was bought', INSTANT, EPOCH],
  entitlement_purchased_rank: ['orders purchases of one instant', RANK, 0],
  entitlement_began_at: ['while nothing was bought: when the oldest event occurred', INSTANT, EPOCH],
  entitlement_began_rank: ['orders oldest events of one instant', RANK, 0],
};

/** What is kept of an entitlement is kept by its id. */
export const purchaseCells: Readonly<Record<string, Cell>> = {
  ...Object.fromEntries(Object.entries(SINGLES).map(([cell, [means, type]]) => [cell, { means, key: [], type }])),
  ...Object.fromEntries(
    [...PARTS, ...ORDER].map(({ part, means, type }) => [`purchase_${part}`, { means, key: ['entitlement'], type }]),
  ),
};

export const purchaseFacts: Readonly<Record<string, LedgerFact>> = {
  ...Object.fromEntries(
    Object.entries(SINGLES).map(([cell, [means, type, otherwise]]) => [cell, single(means, type, cell, otherwise)]),
  ),
  ...Object.fromEntries(
    [...PARTS, ...ORDER].map(({ part, means, type, otherwise }) => [
      `purchase_${part}`,
      {
        means: `${means}, of the one that is named`,
        type,
        origin: 'ledger',
        cell: `purchase_${part}`,
        key: NAMED,
        otherwise,
      },
    ]),
  ),
};

type Moment = readonly [at: string, rank: string];
const EVER: Moment = ['entitlement_occurred_at', 'entitlement_rank'];
const OF_NAMED: Moment = ['purchase_occurred_at', 'purchase_rank'];
const BOUGHT: Moment = ['entitlement_purchased_at', 'entitlement_purchased_rank'];
const BEGAN: Moment = ['entitlement_began_at', 'entitlement_began_rank'];

/** The event is newer, or older, than what is kept at a place. */
const ordered = (by: 'after' | 'before', [at, rank]: Moment): Condition => ({
  any: [
    { fact: 'argument.occurred_at', [by]: { fact: at } },
    {
      all: [
        { fact: 'argument.occurred_at', is: { fact: at } },
        { fact: 'argument.rank', [by === 'after' ? 'above' : 'below']: { fact: rank } },
      ],
    },
  ],
});
const newerThan = (moment: Moment): Condition => ordered('after', moment);
const olderThan = (moment: Moment): Condition => ordered('before', moment);
const not = (condition: Condition): Condition => ({ not: condition });
const all = (...conditions: readonly Condition[]): Condition => ({ all: conditions });
const any = (...conditions: readonly Condition[]): Condition => ({ any: conditions });

const isActivation: Condition = { fact: 'argument.change', is: 'activated' };
/** Submitted without saying what changed, by hand: no event does that, so no order of events depends on it. */
const isByHand: Condition = { fact: 'argument.change', is: 'updated' };
const nothingInForce: Condition = { fact: 'entitlement_status', is: 'none' };
/** A state that doesn't say which entitlement is in force takes any for it. */
const isInForce = any(
  { fact: 'argument.entitlement_id', is: { fact: 'entitlement_id' } },
  all(not(nothingInForce), { fact: 'entitlement_id', is: '' }),
);
const nothingBought: Condition = { fact: 'entitlement_purchased_at', is: EPOCH };
/** Left by a catalog that kept one entitlement alone, or begun by hand: of its order only its newest event is known. */
const isOfOldCatalog = all(not(nothingInForce), nothingBought, { fact: 'entitlement_began_at', is: EPOCH });

const isNewest = any(newerThan(EVER), all(newerThan(OF_NAMED), not(all(isOfOldCatalog, isInForce))));
const isPurchase = all(isActivation, any(newerThan(EVER), all(newerThan(BOUGHT), not(isOfOldCatalog))));
const isBeginning = all(not(isActivation), nothingBought, any(nothingInForce, olderThan(BEGAN)));
const comesInForce = any(isPurchase, isBeginning);

/** The event changes something of what is kept; one that doesn't came too late. */
export const changesSomething: Condition = any(isNewest, comesInForce);

const write = (cell: string, change: Write['change'], when: Condition, key: Write['key'] = []): Write => ({
  cell,
  key,
  change,
  when,
});
const said = (argument: string): Write['change'] => ({ set: { fact: `argument.${argument}` } });
const kept = (part: string): Write['change'] => ({ set: { fact: `purchase_${part}` } });
/** Always on, whether or not it was named: the receipt's own writes say so. */
const ALWAYS_ON: Write['change'] = { add: 'receipt_verifier' };

const hasChanged = all(isNewest, any(isInForce, comesInForce));
/** What comes in force by an event that is older than another one of the same entitlement. */
const wasKept = all(not(isNewest), comesInForce, not(isInForce));

/** What an event changes. */
export const purchaseWrites: readonly Write[] = [
  ...PARTS.map(({ part, argument }) => write(`entitlement_${part}`, said(argument), hasChanged)),
  write('entitlement_packs', ALWAYS_ON, hasChanged),
  ...PARTS.map(({ part }) => write(`entitlement_${part}`, kept(part), wasKept)),
  write('entitlement_id', said('entitlement_id'), any(hasChanged, wasKept)),
  ...[...PARTS, ...ORDER].map(({ part, argument }) => write(`purchase_${part}`, said(argument), isNewest, NAMED)),
  write('purchase_packs', ALWAYS_ON, isNewest, NAMED),
  write(EVER[0], said('occurred_at'), newerThan(EVER)),
  write(EVER[1], said('rank'), newerThan(EVER)),
  write(BOUGHT[0], said('occurred_at'), isPurchase),
  write(BOUGHT[1], said('rank'), isPurchase),
  write(BEGAN[0], said('occurred_at'), all(isBeginning, not(isByHand))),
  write(BEGAN[1], said('rank'), all(isBeginning, not(isByHand))),
  ...BEGAN.map((cell) => write(cell, { clear: true }, isPurchase)),
];

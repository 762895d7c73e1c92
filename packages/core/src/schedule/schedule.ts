/**
 * Leveled work (D-18, D-19): which of what waits is begun next. No clock and no chance: the same calls begin the same things in the
 * same order.
 *
 * Severities are served in proportion (`SHARES`), whatever of each waits: eight critical ones for one low one. A severity that waits
 * and has room is passed over at most `passedOverAtMost` times, so none starves. Within a severity tenants take turns, and each
 * tenant's own stand in their order. Nothing is begun beyond a limit; while anything may be begun, it is.
 */
import { ALERT_SEVERITIES, type AlertSeverity } from '../alert/alert.ts';

/** One thing to do. */
export interface Work {
  readonly tenant: string;
  readonly severity: AlertSeverity;
}

/**
 * How many may be under way at once: altogether, of a severity, of a tenant; what is less than 1 is read as 1, since it would never
 * be begun. What is left out is bounded by the whole alone.
 */
export interface WorkLimits {
  readonly total: number;
  readonly bySeverity?: Readonly<Partial<Record<AlertSeverity, number>>>;
  readonly byTenant?: number;
}

/** What waits, and what is under way. */
export interface Schedule<W extends Work> {
  /** It waits from now on, behind its tenant's own of its severity. */
  add(work: W): void;
  /** Begins the one whose turn it is; `undefined` where none may be begun. */
  begin(): W | undefined;
  /** One that was begun has ended. */
  end(work: W): void;
  /** Takes one out that waits; whether it did. */
  leave(work: W): boolean;
  /** How many are begun before it at most, if none is added and only the limit of the whole holds; `undefined` if it doesn't wait. */
  ahead(work: W): number | undefined;
  readonly waiting: number;
  readonly underWay: number;
}

/** Of what is begun, how much each severity gets while all four wait. */
export const SHARES: Readonly<Record<AlertSeverity, number>> = { critical: 8, high: 4, medium: 2, low: 1 };

/** What a beginning costs a severity: the one that spent least is next. Divisible by every share. */
const STRIDE = 8;

/** How often others are begun before a severity that waits and has room, at most. */
export const passedOverAtMost = (severity: AlertSeverity): number =>
  ALERT_SEVERITIES.reduce(
    (sum, other) => (other === severity ? sum : sum + Math.floor(strideOf(severity) / strideOf(other)) + 1),
    0,
  );

/** What waits of one severity. */
interface Line<W> {
  /** The tenant whose turn is next stands first. */
  readonly tenants: Map<string, Queue<W>>;
  spent: number;
  waiting: number;
  underWay: number;
}

/** A tenant's own, in their order; those before `head` are begun. */
interface Queue<W> {
  items: W[];
  head: number;
}

/** From the worst one on: of two that spent the same, the worse is begun. */
const WORST_FIRST: readonly AlertSeverity[] = [...ALERT_SEVERITIES].reverse();

/** Nothing waits, and nothing is under way. */
export const createSchedule = <W extends Work>(limits: WorkLimits): Schedule<W> => {
  const lines: Readonly<Record<AlertSeverity, Line<W>>> = {
    low: line(),
    medium: line(),
    high: line(),
    critical: line(),
  };
  const running = new Map<string, number>();
  let underWay = 0;

  const hasRoom = (tenant: string): boolean =>
    (running.get(tenant) ?? 0) < Math.max(1, limits.byTenant ?? limits.total);
  /** The tenant of a severity whose turn it is among those that have room. */
  const turnOf = (severity: AlertSeverity): string | undefined => {
    const { tenants, underWay: now } = lines[severity];
    if (now >= Math.max(1, limits.bySeverity?.[severity] ?? limits.total)) return undefined;
    for (const tenant of tenants.keys()) if (hasRoom(tenant)) return tenant;
    return undefined;
  };

  /** Among severities that may be begun the one that spent least. The others are not paid for a time in which they could not. */
  const next = (): readonly [AlertSeverity, string] | undefined => {
    const able = WORST_FIRST.map((severity) => [severity, turnOf(severity)] as const);
    let best: readonly [AlertSeverity, string] | undefined;
    for (const [severity, tenant] of able)
      if (tenant !== undefined && (best === undefined || lines[severity].spent < lines[best[0]].spent))
        best = [severity, tenant];
    if (best === undefined) return undefined;
    const { spent } = lines[best[0]];
    for (const [severity, tenant] of able)
      if (tenant === undefined) lines[severity].spent = Math.max(lines[severity].spent, spent);
    return best;
  };

  return {
    add: (work) => {
      const of = lines[work.severity];
      of.waiting += 1;
      const queue = of.tenants.get(work.tenant);
      if (queue === undefined) of.tenants.set(work.tenant, { items: [work], head: 0 });
      else queue.items.push(work);
    },
    begin: () => {
      const found = underWay < Math.max(1, limits.total) ? next() : undefined;
      if (found === undefined) return undefined;
      const [severity, tenant] = found;
      const of = lines[severity];
      of.spent += strideOf(severity);
      of.underWay += 1;
      underWay += 1;
      running.set(tenant, (running.get(tenant) ?? 0) + 1);
      return shift(of, tenant);
    },
    end: ({ tenant, severity }) => {
      lines[severity].underWay -= 1;
      underWay -= 1;
      const left = (running.get(tenant) ?? 1) - 1;
      if (left > 0) running.set(tenant, left);
      else running.delete(tenant);
    },
    leave: (work) => remove(lines[work.severity], work),
    ahead: (work) => aheadOf(lines, work),
    get waiting() {
      return WORST_FIRST.reduce((sum, severity) => sum + lines[severity].waiting, 0);
    },
    get underWay() {
      return underWay;
    },
  };
};

const strideOf = (severity: AlertSeverity): number => STRIDE / SHARES[severity];

const line = <W>(): Line<W> => ({ tenants: new Map(), spent: 0, waiting: 0, underWay: 0 });

/** What is begun is let go of in one go, when it is the most of a queue. */
const LET_GO = 1_024;

/** Takes the tenant's first one; the tenant stands last from now on. */
const shift = <W>(of: Line<W>, tenant: string): W | undefined => {
  const queue = of.tenants.get(tenant);
  const work = queue?.items[queue.head];
  if (queue === undefined || work === undefined) return undefined;
  of.waiting -= 1;
  of.tenants.delete(tenant);
  queue.head += 1;
  if (queue.head >= LET_GO && queue.head * 2 > queue.items.length) {
    queue.items = queue.items.slice(queue.head);
    queue.head = 0;
  }
  if (queue.head < queue.items.length) of.tenants.set(tenant, queue);
  return work;
};

/** Its tenant keeps its turn, if more of it waits. */
const remove = <W extends Work>(of: Line<W>, work: W): boolean => {
  const queue = of.tenants.get(work.tenant);
  const at = queue === undefined ? -1 : queue.items.indexOf(work, queue.head);
  if (queue === undefined || at < 0) return false;
  queue.items.splice(at, 1);
  of.waiting -= 1;
  if (queue.head >= queue.items.length) of.tenants.delete(work.tenant);
  return true;
};

/**
 * Of its severity: each tenant has at most one turn more than the ones of its own that stand before it, and these. Of another: at
 * most as many as its share allows while those are begun. Never more than wait.
 */
const aheadOf = <W extends Work>(lines: Readonly<Record<AlertSeverity, Line<W>>>, work: W): number | undefined => {
  const own = lines[work.severity];
  const queue = own.tenants.get(work.tenant);
  const at = queue === undefined ? -1 : queue.items.indexOf(work, queue.head);
  if (queue === undefined || at < 0) return undefined;
  const before = at - queue.head;
  let same = before;
  for (const [tenant, { items, head }] of own.tenants)
    if (tenant !== work.tenant) same += Math.min(items.length - head, before + 1);
  const stride = strideOf(work.severity);
  return ALERT_SEVERITIES.reduce(
    (sum, severity) =>
      severity === work.severity
        ? sum
        : sum + Math.min(lines[severity].waiting, Math.floor(((same + 1) * stride) / strideOf(severity)) + 1),
    same,
  );
};

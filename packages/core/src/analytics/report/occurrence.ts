/** Incidents as they come and go: each occurrence from its alert to its end, by what receipts write of it in clear. */
import { parseInstant } from '../../data/instant.ts';
import { owns } from '../../receipt/encoding/own.ts';
import type { Receipt } from '../../receipt/index.ts';
import { type Written, writtenOf } from '../written.ts';

/** One occurrence of an incident, as far as it has come. */
export interface Occurrence {
  readonly kind: string;
  readonly openedAt: number;
  readonly recurred: boolean;
  /** How bad it is; after an escalation, one worse. */
  severity: string;
  dueAt: number;
  recipe?: string;
  respondedAt?: number;
  /** When it was decided first. */
  decidedAt?: number;
  /** Whether a decision is due: until the first one, and anew once it is seen that what was decided did not help. */
  isWaiting: boolean;
  isRemedied: boolean;
  isVerified: boolean;
  /** Whether the decision that is due, or was last, came too late. */
  isBreached: boolean;
}

/** What a receipt did to an occurrence. `decided` is its first decision; one after a remedy that did not help is `decided_again`. */
export type Turn =
  | 'opened'
  | 'responded'
  | 'decided'
  | 'decided_again'
  | 'breached'
  | 'succeeded'
  | 'failed'
  | 'verified'
  | 'closed';

/** Occurrences that are open. */
export interface Occurrences {
  readonly open: Map<string, Occurrence>;
  notRemembered: number;
}

export const newOccurrences = (): Occurrences => ({ open: new Map(), notRemembered: 0 });

/** Incidents that are followed at once; further ones are counted. */
const OPEN_MAX = 10_000;

/** Follows one receipt, and tells what it did to which occurrence. */
export const followOccurrences = (
  occurrences: Occurrences,
  { event, writes }: Receipt,
  at: number,
  tell: (turn: Turn, one: Occurrence) => void,
): void => {
  for (const [incident, written] of writtenOf(writes)) {
    // Each escalation says that nobody decided in time; the cell says it of the last one only.
    const w = event === 'incident_escalated' ? { ...written, incident_escalated: true } : written;
    if (w['incident_state'] === 'alerted') {
      if (occurrences.open.size >= OPEN_MAX) occurrences.notRemembered += 1;
      else tell('opened', begin(occurrences, incident, w, at));
    }
    const one = occurrences.open.get(incident);
    if (one === undefined) continue;
    for (const turn of turnsOf(one, w, at)) tell(turn, one);
    // What was late was late by the severity of before.
    if (typeof w['incident_severity'] === 'string') one.severity = w['incident_severity'];
    if (w['incident_state'] === 'closed') occurrences.open.delete(incident);
  }
};

/** Until when a write says that an incident has to be decided. */
export const dueIn = (w: Written): number | undefined => {
  const due = w['incident_due_at'];
  return typeof due === 'string' ? parseInstant(due) : undefined;
};

/** What a receipt spent of the budget: minor units where the catalog has costs, else one an approval. */
export const costIn = ({ writes }: Receipt): number => {
  let cost = 0;
  for (const write of writes) {
    if (write.cell !== 'budget_spent') continue;
    if (owns(write, 'plus')) cost += write.plus;
    else if (owns(write, 'set') && typeof write.set === 'number') cost += write.set;
  }
  return cost;
};

const begin = ({ open }: Occurrences, incident: string, w: Written, at: number): Occurrence => {
  const one: Occurrence = {
    kind: String(w['incident_kind']),
    openedAt: at,
    recurred: w['incident_recurred'] === true,
    severity: String(w['incident_severity'] ?? 'none'),
    dueAt: dueIn(w) ?? at,
    isWaiting: true,
    isRemedied: false,
    isVerified: false,
    isBreached: false,
  };
  open.set(incident, one);
  return one;
};

const turnsOf = (one: Occurrence, w: Written, at: number): readonly Turn[] => {
  const turns: Turn[] = [];
  const state = w['incident_state'];
  if (typeof w['incident_recipe'] === 'string') one.recipe = w['incident_recipe'];
  if (state === 'remedying') one.isRemedied = true;
  if ((state === 'checked' || state === 'remedying' || state === 'declined') && one.respondedAt === undefined) {
    one.respondedAt = at;
    turns.push('responded');
  }
  const isDecision = one.isWaiting && (state === 'remedying' || state === 'declined');
  if (isDecision) {
    turns.push(one.decidedAt === undefined ? 'decided' : 'decided_again');
    one.decidedAt ??= at;
    one.isWaiting = false;
  }
  if (!one.isBreached && (w['incident_escalated'] === true || (isDecision && at > one.dueAt))) {
    one.isBreached = true;
    turns.push('breached');
  }
  if (state === 'executed') turns.push('succeeded');
  if (state === 'checked' && one.isRemedied) turns.push('failed');
  if (state === 'executed' || state === 'checked') one.isRemedied = false;
  // What did not help has to be decided on anew, in a time of its own.
  if (state === 'checked' && !one.isWaiting) {
    one.isWaiting = true;
    one.isBreached = false;
  }
  if (state === 'verified' && !one.isVerified) {
    one.isVerified = true;
    turns.push('verified');
  }
  if (state === 'closed') turns.push('closed');
  one.dueAt = dueIn(w) ?? one.dueAt;
  return turns;
};

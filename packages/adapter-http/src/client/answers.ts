/** What the door is asked with, and what it answers, for the client. */
import type { Decision, Mode, Reason } from '@tai-autonomics/core';
import type { Decided, LedgerPlace, ReceiptPlace } from '@tai-autonomics/governor';

/** What every answer about a tenant may say. */
export interface Noticed {
  /** In an evaluation. */
  readonly notice?: string;
}

/** What an action is asked with. */
export interface ActionRequest {
  /** The same id and the same request get the recorded answer. */
  readonly id?: string;
  readonly action: string;
  readonly resource: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly incident?: string;
  /** Decided and not recorded. */
  readonly preview?: boolean;
}

/** A decision as it is answered. */
export type DecisionAnswer =
  | (Pick<Extract<Decision, { verdict: 'approve' }>, 'verdict' | 'actionPlan' | 'trace'> & Noticed)
  | (Pick<Extract<Decision, { verdict: 'refuse' }>, 'verdict' | 'trace'> & {
      readonly reasons: readonly Reason[];
    } & Noticed);

/** A recorded read that is refused: the decision, with its reasons and its receipt. It comes as 403. */
export type RefusedAnswer = Extract<DecisionAnswer, { readonly verdict: 'refuse' }> &
  Omit<Decided, 'decided' | 'decision' | 'outcome'>;

/** Decided and recorded; or, of a preview, only decided. */
export type ActionAnswer = DecisionAnswer &
  (({ readonly preview?: never } & Omit<Decided, 'decided' | 'decision'>) | { readonly preview: true });

/** A line of a list of receipts. */
export interface ReceiptLine {
  readonly seq: number;
  readonly leaf: string;
  readonly at: string;
  readonly kind: 'decision' | 'outcome' | 'consequence';
  readonly event: string;
  readonly subject?: string;
  readonly verdict?: 'approve' | 'refuse';
  readonly codes?: readonly string[];
  readonly of?: number;
  readonly status?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly incident?: string;
}

/** A page of receipts; `receipt` is the one of this read. */
export interface ReceiptsAnswer extends Noticed {
  readonly receipts: readonly ReceiptLine[];
  readonly shown: 'own' | 'all';
  readonly size: number;
  /** `cursor` for what comes after. */
  readonly next?: number;
  readonly receipt: ReceiptPlace;
}

/** One receipt, byte for byte; `read` is the receipt of this read. */
export interface ShownReceiptAnswer extends Noticed {
  readonly seq: number;
  readonly leaf: string;
  readonly receipt: string;
  readonly disclosed: Readonly<Record<string, unknown>>;
  readonly disclosures: readonly string[];
  readonly withheld: number;
  readonly read: ReceiptPlace;
}

/** What waits for an approver. */
export interface ApprovalsAnswer extends Noticed {
  readonly pending: readonly {
    readonly receipt: number;
    readonly leaf: string;
    readonly at: string;
    readonly action: string;
    readonly resource: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
    readonly codes: readonly string[];
    /** What an approver posts to `/v1/actions`. */
    readonly submit: readonly ActionRequest[];
  }[];
  readonly signed: boolean;
  readonly size: number;
  /** `before` for what is older. */
  readonly next?: number;
  readonly receipt: ReceiptPlace;
}

/** A page of incidents, by their ids. */
export interface IncidentsAnswer extends Noticed {
  readonly incidents: readonly {
    readonly incident: string;
    readonly state: string;
    readonly severity: string;
    readonly kind: string;
    /** The pseudonym of what it is about. */
    readonly resource: string;
    readonly opened_at: string;
    readonly due_at: string;
    readonly alerts: number;
    readonly escalated: boolean;
  }[];
  /** How many there are, on all pages. */
  readonly count: number;
  /** `after` of the next page. */
  readonly next?: string;
  readonly receipt: ReceiptPlace;
}

/** How a ledger stands. */
export interface StateAnswer extends Noticed, Omit<LedgerPlace, 'leaf'> {
  readonly sealed: number;
  readonly catalog: string;
  readonly semantics: number;
  readonly closed: boolean;
  readonly open: number;
  readonly waitsUntil?: string;
}

/** Whose key it is. */
export interface WhoamiAnswer extends Noticed {
  readonly tenant?: string;
  readonly subject: { readonly type: string; readonly id: string };
  readonly ref?: string;
  readonly scope: readonly string[];
  readonly mode: Mode;
}

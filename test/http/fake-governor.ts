import type { Decision, Reason } from '@tai-autonomics/core';
import type { Asked, Caller, Decided, Governor, NotDecided, ReceiptPlace, Submitted } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** A governor that remembers what it was asked, approves what is called `approve`, and keeps a ledger of counts. */
export interface FakeGovernor extends Governor {
  readonly asked: { readonly caller: Caller; readonly asked: Asked }[];
}

const trace = [{ gate: 'registry', result: 'passed' }] as const;
const reason: Reason = {
  gate: 'role',
  code: 'insufficient_privilege',
  means: 'the subject has the role',
  facts: ['granted_roles'],
  next: {
    kind: 'authority',
    who: { type: 'user', relation: 'owner' },
    submit: { action: 'grant_role', resource: '*', arguments: { subject: 'sub_x', roles: ['read_iam'] }, choose: [] },
  },
};

const decisionOn = (action: string): Decision =>
  action === 'refuse'
    ? { verdict: 'refuse', reasons: [reason], trace }
    : {
        verdict: 'approve',
        writes: [{ cell: 'secret_cell', key: [], to: { set: 'x' } } as never],
        actionPlan: [],
        trace,
      };

export const notDecided = (why: NotDecided['why'], retryAfterMs?: number): NotDecided => ({
  decided: false,
  why,
  detail: 'a word of the inside: /var/lib/ledger.db',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** Answers in its own way where `answer` has none. */
export const fakeGovernor = (
  answer: (caller: Caller, asked: Asked) => Submitted | undefined = () => undefined,
  change: Partial<Governor> = {},
): FakeGovernor => {
  const asked: FakeGovernor['asked'] = [];
  const sizes = new Map<string, number>();
  const recorded = new Map<string, { readonly text: string; readonly decided: Decided }>();
  const placeIn = (tenant: string): ReceiptPlace => {
    const seq = sizes.get(tenant) ?? 0;
    sizes.set(tenant, seq + 1);
    return { origin: `test/${tenant}`, seq, leaf: 'A'.repeat(43), event: 'something_happened' };
  };
  const record = (caller: Caller, one: Asked): Submitted => {
    const key = JSON.stringify([caller.tenant, one.id]);
    const text = JSON.stringify([caller.subject, one.action, one.resource, one.arguments]);
    const earlier = one.id === undefined ? undefined : recorded.get(key);
    if (earlier !== undefined)
      return earlier.text === text ? { ...earlier.decided, repeated: true } : notDecided('intent_conflict');
    const receipt = placeIn(caller.tenant);
    const decision = decisionOn(one.action);
    const decided: Decided = { decided: true, decision, receipt, consequences: [], repeated: false };
    const ran: Decided =
      one.action === 'approve' ? { ...decided, outcome: { status: 'success', result: { ok: 1 }, receipt } } : decided;
    recorded.set(key, { text, decided: ran });
    return ran;
  };
  return {
    asked,
    mode: 'eval',
    submit: async (caller, one) => {
      asked.push({ caller, asked: one });
      return answer(caller, one) ?? record(caller, one);
    },
    preview: async (_caller, one) => E.right(decisionOn(one.action)),
    tools: async () =>
      E.right([
        {
          tool: 'show',
          title: 'Show',
          description: 'shows',
          pack: 'receipt_verifier',
          actions: [{ action: 'show', means: 'shows', arguments: {}, effect: 'read', idempotent: true }],
        },
      ]),
    onToolsChanged: () => () => undefined,
    onRecorded: () => () => undefined,
    head: async (tenant) => {
      const size = sizes.get(tenant);
      return E.right(size === undefined ? undefined : { origin: `test/${tenant}`, size, leaf: 'A'.repeat(43) });
    },
    status: async () => E.right(undefined),
    report: async () => E.left({ decided: false, why: 'malformed', detail: 'unused' }),
    refOf: (tenant, { type, id }) => `sub_${tenant}_${type}_${id}`,
    knows: async (tenant) => E.right(sizes.has(tenant)),
    seal: async (tenant) => E.right(`test/${tenant}\n${sizes.get(tenant) ?? 0}\nroot\n\n— key signature\n`),
    ready: async () => [],
    close: async () => undefined,
    ...change,
  };
};

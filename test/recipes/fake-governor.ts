/** A governor that keeps what was asked by its id and action, refuses an argument that no action has, does what it is told in a world of its own, and fails where it is told to. */
import type { Asked, Decided, Governor, Submitted } from '@tai-autonomics/governor';

/** What goes wrong with the n-th intent that is new: it is refused, it ends badly (`unseen`: after its handler did it), or the caller is cut off before or after it. */
export type Fault = 'refused' | 'failed' | 'unseen' | 'unknown' | 'cut_before' | 'cut_after';

/** Thrown where the caller dies. */
export class Cut extends Error {}

export interface FakeGovernor extends Pick<Governor, 'submit'> {
  /** The actions that had an effect, in order. */
  readonly effects: string[];
  /** Every intent that was recorded, in order. */
  readonly recorded: { readonly id: string; readonly action: string; readonly answer: Decided }[];
  /** Faults by action; taken away once they happened. */
  readonly faults: Map<string, Fault>;
}

export const fakeGovernor = (): FakeGovernor => {
  const faults = new Map<string, Fault>();
  const effects: string[] = [];
  const recorded: FakeGovernor['recorded'] = [];
  const requests = new Map<string, string>();
  const place = (seq: number) => ({ origin: 'o', seq, leaf: 'l', event: 'e' });
  const submit = async (_caller: unknown, asked: Asked): Promise<Submitted> => {
    const { id = '', action } = asked;
    const request = JSON.stringify([action, asked.resource, asked.arguments]);
    const before = recorded.find((one) => one.id === id && one.action === action);
    if (before !== undefined)
      return requests.get(`${id} ${action}`) === request
        ? { ...before.answer, repeated: true }
        : { decided: false, why: 'intent_conflict', detail: 'another request has this id' };
    const isUnheardOf = Object.keys(asked.arguments ?? {}).some((name) => !/^[a-z_]+$/.test(name));
    const fault = isUnheardOf ? 'refused' : faults.get(action);
    if (fault !== undefined && !isUnheardOf) faults.delete(action);
    if (fault === 'cut_before') throw new Cut();
    const seq = recorded.length;
    const isRefused = fault === 'refused';
    const code = action === 'verify_incident' ? 'recovery_not_seen' : 'approval_missing';
    const decision = isRefused
      ? {
          verdict: 'refuse',
          reasons: [{ gate: 'precondition', code, facts: [], next: { kind: 'none', why: 'x' } }],
          trace: [],
        }
      : { verdict: 'approve', writes: [], actionPlan: INTERNAL.has(action) ? [] : [{}], trace: [] };
    const status = fault === 'unseen' ? 'failed' : fault === 'failed' || fault === 'unknown' ? fault : 'success';
    const result = fault === 'unseen' ? { why: 'what the action promised is not seen', handler: {} } : {};
    const runs = !isRefused && !INTERNAL.has(action);
    const answer = {
      decided: true,
      decision,
      receipt: place(seq),
      consequences: [],
      repeated: false,
      ...(runs ? { outcome: { status, result, receipt: place(seq) } } : {}),
    } as unknown as Decided;
    recorded.push({ id, action, answer });
    requests.set(`${id} ${action}`, request);
    if (runs && (status === 'success' || fault === 'unseen')) effects.push(action);
    if (fault === 'cut_after') throw new Cut();
    return answer;
  };
  return { submit, effects, recorded, faults };
};

const INTERNAL = new Set(['check_incident', 'verify_incident', 'show_incident']);

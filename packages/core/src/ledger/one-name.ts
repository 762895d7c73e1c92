/**
 * Who and what stands behind a pseudonym. In one ledger a subject has one pseudonym, and so has a resource: with a second one
 * it would begin anew, without the stop, the limits and the history of the first. Only decisions that are disclosed say both.
 */
import type { Intent } from '../observation.ts';

/** What was found: `not_known` where more names were met than are remembered. */
export type NameCheck = 'one' | 'not_known' | { readonly falsified: string };

/** Follows the names of a ledger, decision by decision. */
export interface OneName {
  /** `namesakeOf`: the id of whoever's namesake the intent's refusal names, if it names one. */
  check(intent: Intent, seq: number, namesakeOf?: string): NameCheck;
}

/** The other half of a pair, and the receipt that first said it. */
interface Said {
  readonly is: string;
  readonly seq: number;
}

/** Names that are remembered; of more nothing is said. */
const NAMES_MAX = 200_000;

/** Starts at the beginning of a ledger. */
export const createOneName = (): OneName => {
  const refs = new Map<string, Said>();
  const names = new Map<string, Said>();
  const compare = (what: string, name: string, ref: string, seq: number): NameCheck => {
    const [before, other] = [refs.get(name), names.get(ref)];
    if (before !== undefined && before.is !== ref)
      return { falsified: `the ${what} has another pseudonym than in receipt ${before.seq}` };
    if (other !== undefined && other.is !== name)
      return { falsified: `the pseudonym of the ${what} was somebody else's in receipt ${other.seq}` };
    if (before !== undefined) return 'one';
    if (refs.size >= NAMES_MAX) return 'not_known';
    refs.set(name, { is: ref, seq });
    names.set(ref, { is: name, seq });
    return 'one';
  };
  return {
    check: ({ subject, resource, refusal }, seq, namesakeOf) => {
      const namesake = namesakeOf === undefined ? undefined : refusal?.namesake;
      const found = [
        compare('subject', `${subject.type}:${subject.id}`, subject.ref, seq),
        compare('resource', ` ${resource.id}`, resource.ref, seq),
        ...(namesake === undefined ? [] : [compare('user', `user:${namesakeOf}`, namesake, seq)]),
      ];
      return found.find((one) => typeof one === 'object') ?? found.find((one) => one === 'not_known') ?? 'one';
    },
  };
};

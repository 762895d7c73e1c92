/** Answers that last: how many of them a tenant and one of its keys have open, and whether whoever reads one may still read it. */
import type { Governor, NotDecided } from '@tai-autonomics/governor';
import { callerOf } from '@tai-autonomics/governor/door';
import type { AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import type { either as E } from 'fp-ts';
import type { Door } from '../options.ts';

type Whose = Pick<AuthenticatedTenant, 'tenant' | 'keyId'>;

/** The streams of one kind at each governor of this process. */
export interface OpenStreams {
  isFull(governor: Governor, whose: Whose): boolean;
  /** Counts one more; how to count it no more. `undefined` where it is one too many. */
  enter(governor: Governor, whose: Whose): (() => void) | undefined;
}

/** Counts streams: a tenant has at most so many open at one governor, and a key of it so many of them, so that no key takes all. */
export const openStreams = (ofTenant: number, ofKey: number): OpenStreams => {
  // A door is made anew when its configuration changes; its governor stays.
  const all = new WeakMap<Governor, Map<string, number>>();
  const countsOf = (governor: Governor): Map<string, number> => {
    const known = all.get(governor) ?? new Map<string, number>();
    all.set(governor, known);
    return known;
  };
  const namesOf = ({ tenant, keyId }: Whose): readonly (readonly [string, number])[] => [
    [`tenant ${tenant}`, ofTenant],
    [`key ${tenant} ${keyId}`, ofKey],
  ];
  const isFull = (governor: Governor, whose: Whose): boolean => {
    const counts = countsOf(governor);
    return namesOf(whose).some(([name, most]) => (counts.get(name) ?? 0) >= most);
  };
  return {
    isFull,
    enter: (governor, whose) => {
      if (isFull(governor, whose)) return undefined;
      const counts = countsOf(governor);
      for (const [name] of namesOf(whose)) counts.set(name, (counts.get(name) ?? 0) + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        for (const [name] of namesOf(whose)) {
          const left = (counts.get(name) ?? 1) - 1;
          if (left > 0) counts.set(name, left);
          else counts.delete(name);
        }
      };
    },
  };
};

/** Who reads a stream: the request that opened it, as whom, and whether all receipts were theirs to see. */
export interface Reading {
  readonly door: Door;
  readonly request: Request;
  readonly credential: AuthenticatedTenant;
  readonly seesAll: boolean;
}

/** How often the credential of an open answer is looked at, whether or not anything is sent: with the look it is under five seconds. */
const LOOK_MS = 4_000;

/** Calls `end` once the credential no longer counts, or whoever reads is gone. Answers how to stop looking. */
export const whileItCounts = (reading: Reading, end: () => void): (() => void) => {
  const look = async (): Promise<void> => {
    if (!reading.request.signal.aborted && (await stillCounts(reading).catch(() => false))) return;
    clearInterval(looking);
    end();
  };
  const looking = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(looking);
};

/** What somebody may ask who sees all receipts. */
const SEES_ALL = { action: 'export_receipts', resource: '*' };

/** The credential is still the same one's, and still sees what it saw when the stream was opened. */
export const stillCounts = async ({ door, request, credential, seesAll }: Reading): Promise<boolean> => {
  const now = await door.authenticate(request);
  if (now._tag === 'Left' || now.right.tenant !== credential.tenant || now.right.keyId !== credential.keyId)
    return false;
  if (!seesAll) return true;
  const right: E.Either<NotDecided, { readonly verdict: string }> = await door.governor.preview(
    callerOf(now.right),
    SEES_ALL,
  );
  return right._tag === 'Right' && right.right.verdict === 'approve';
};

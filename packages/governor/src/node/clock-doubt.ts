/**
 * Whether the wall clock can be believed: it is held against the monotonic one, which nobody sets. A clock that jumped ahead may be
 * wrong, and what it writes can't be taken back: instants of a ledger never go back, so it would wait until the time that it wrote.
 * Therefore a jump has to stand for a while before anything is recorded by it.
 */
import type { Clock, Ms } from '../ports.ts';

/** Reads two clocks: what they differ by is the same for as long as nobody sets one of them. */
export interface TwoClocks {
  readonly wall: () => Ms;
  readonly monotonic: () => Ms;
}

/** A clock that moved further than this beside the other was set. */
const JUMP_MS: Ms = 5_000;
/** So long a jump ahead has to stand. */
const SETTLED_MS: Ms = 60_000;

/** Says of a clock, in one sentence, why it can't be believed now; `undefined` while it can. Look often: a jump is dated by the look that met it. */
export const createClockDoubt = ({ wall, monotonic }: TwoClocks): NonNullable<Clock['doubt']> => {
  let offset = wall() - monotonic();
  let jumped: { readonly to: Ms; readonly at: Ms } | undefined;
  return () => {
    const now = monotonic();
    const found = wall() - now;
    const ahead = found - offset;
    // Slewed, set back, or right again: of a clock that is behind its ledger the ledger itself tells.
    if (ahead <= JUMP_MS) {
      offset = found;
      jumped = undefined;
      return undefined;
    }
    if (jumped === undefined || Math.abs(found - jumped.to) > JUMP_MS) jumped = { to: found, at: now };
    const left = SETTLED_MS - (now - jumped.at);
    if (left > 0)
      return `the clock jumped ahead by ${Math.round(ahead)} ms; nothing is decided until it has stood so for ${Math.ceil(left / 1_000)} s more, in which you can set it right`;
    offset = found;
    jumped = undefined;
    return undefined;
  };
};

/** A progress bar on standard error, for a person who waits. Programs and short runs see none. */
import type { Io } from './io.ts';

export interface Progress {
  /** `share` from 0 to 1. */
  show(share: number, what: string): void;
  /** Takes the bar away. */
  end(): void;
}

const PATIENCE_MS = 1_000;
const EVERY_MS = 100;
const CELLS = 24;
const ERASE = '\r\u001b[K';

/** A bar that appears after a second and is drawn ten times a second. */
export const createProgress = (io: Io, now: () => number = Date.now): Progress => {
  const begun = now();
  let drawn = 0;
  return {
    show: (share, what) => {
      const at = now();
      if (!io.interactive || at - begun < PATIENCE_MS || at - drawn < EVERY_MS) return;
      drawn = at;
      const full = Math.min(CELLS, Math.floor(share * CELLS));
      const bar = `${'█'.repeat(full)}${'░'.repeat(CELLS - full)}`;
      io.err(`${ERASE}${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${what}`);
    },
    end: () => {
      if (drawn > 0) io.err(ERASE);
    },
  };
};

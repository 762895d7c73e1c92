/**
 * Parts of this process that may fail and are started again: threads, children, watches. After a failure a part pauses, twice as
 * long after each further one, so that what fails at once doesn't take the machine; whatever works ends the pauses. Each change
 * of state is said once.
 */
import type { Ms } from '../ports.ts';

/** How a part stands. */
export interface PartStatus {
  readonly name: string;
  readonly state: 'works' | 'failed';
  /** How often it was started again. */
  readonly restarts: number;
  /** Why it failed last; absent if it never did. */
  readonly why?: string;
}

/** One part, as whoever runs it sees it. */
export interface SupervisedPart {
  /** It failed, and has to be started again. */
  failed(why: string): void;
  /** It did what it is there for. */
  works(): void;
  /** How long it is not to be started yet; 0 if it may. */
  pauseMs(): Ms;
}

/** Told once about each change of state. */
type Told = (line: string) => void;

const FIRST_PAUSE_MS: Ms = 250;
const LONGEST_PAUSE_MS: Ms = 60_000;

const parts = new Map<string, PartStatus>();
const listeners = new Set<Told>();

/** How the parts of this process stand that ever failed or worked. */
export const partStatuses = (): readonly PartStatus[] => [...parts.values()];

/** `told` hears of each change of state of a part, once. Answers how to stop. */
export const onPartChanged = (told: Told): (() => void) => {
  listeners.add(told);
  return () => void listeners.delete(told);
};

/** Supervises a part of this process. A first failure may be an accident: it is started again at once. */
export const supervise = (name: string, now: () => Ms = () => performance.now()): SupervisedPart => {
  let [failures, until] = [0, 0];
  return {
    failed: (why) => {
      const before = parts.get(name);
      if (failures > 0) until = now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
      failures += 1;
      parts.set(name, { name, state: 'failed', restarts: (before?.restarts ?? 0) + 1, why });
      if (before?.state !== 'failed')
        tell(`${name}: ${why}; started again, after longer pauses the more often it fails`);
    },
    works: () => {
      if (failures === 0 && parts.has(name)) return;
      const before = parts.get(name);
      [failures, until] = [0, 0];
      parts.set(name, { ...(before ?? { name, restarts: 0 }), state: 'works' });
      if (before?.state === 'failed') tell(`${name}: works again`);
    },
    pauseMs: () => Math.max(0, until - now()),
  };
};

const tell = (line: string): void => {
  for (const told of listeners) told(line);
};

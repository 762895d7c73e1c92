/** Carries next lawful steps out by their kind alone; it knows no code, no pack and no action. */
import type { Choose, NextStep } from '@tai-autonomics/core';
import type { Wire } from '@tai-autonomics/core/author';
import { formatInstant, parseInstant } from '@tai-autonomics/core/engine';

/** A decision as a door told it. */
export interface Told {
  readonly verdict: 'approve' | 'refuse';
  readonly reasons: readonly { readonly code: string; readonly means: string; readonly next: NextStep }[];
}

/** An intent as somebody would submit it. */
export interface Proposal {
  readonly action: string;
  readonly resource: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Everybody and everything that a next step can need. */
export interface Means {
  readonly now: () => number;
  /** Has somebody of this kind submit an intent. */
  readonly submit: (who: Extract<NextStep, { kind: 'authority' }>['who'], proposal: Proposal) => Promise<Told>;
  /** Has these sources state the fact, as it is now. */
  readonly inform: (fact: string, sources: readonly string[]) => void;
  /** Makes the condition true in the world, by the action that may bring it about if one is named. */
  readonly change: (next: Extract<NextStep, { kind: 'world' }>) => Promise<void> | void;
  readonly wait: (until: number) => void;
  /** Asks with another argument from now on, or as somebody else where it is the credential. */
  readonly correct: (argument: string) => void;
}

const MONTH_MS = 30 * 86_400_000;

/** Now if now is allowed, else a month after the earliest instant, but never after the latest. */
const chooseInstant = ({ from, to }: Choose, now: number): string => {
  const bound = (wire: Wire | undefined): number | undefined =>
    typeof wire === 'string' ? parseInstant(wire) : undefined;
  const [low, high] = [bound(from) ?? 0, bound(to) ?? Number.MAX_SAFE_INTEGER];
  return formatInstant(low <= now && now <= high ? now : Math.min(low + MONTH_MS, high));
};

const chosen = (choice: Choose, now: number): Wire => {
  const { type, from, oneOf } = choice;
  if (oneOf?.[0] !== undefined) return oneOf[0];
  switch (type.type) {
    case 'instant':
      return chooseInstant(choice, now);
    case 'integer':
      return typeof from === 'number' ? from : (type.min ?? 0);
    case 'boolean':
      return true;
    case 'enum':
      return type.values[0] ?? '';
    case 'set':
    case 'records':
      return [];
    case 'string':
      return `${choice.argument}-${now}`;
  }
};

/** What can be done is done; `none` says that nothing can. */
export const carryOut = async (next: NextStep, means: Means): Promise<'done' | 'none'> => {
  switch (next.kind) {
    case 'authority': {
      const { action, resource, arguments: given, choose } = next.submit;
      const filled = Object.fromEntries(choose.map((choice) => [choice.argument, chosen(choice, means.now())]));
      const proposal = { action, resource, arguments: { ...given, ...filled } };
      const told = await means.submit(next.who, proposal);
      if (told.verdict === 'approve') return 'done';
      // The step has steps of its own: what is stopped is let go once somebody recorded why, and somebody confirmed that it is over.
      for (const { next: before } of told.reasons) if (before.kind === 'authority') await carryOut(before, means);
      const again = await means.submit(next.who, proposal);
      if (again.verdict === 'refuse') throw new Error(`refused: ${again.reasons.map(({ code }) => code).join(', ')}`);
      return 'done';
    }
    case 'request':
      means.correct(next.argument);
      return 'done';
    case 'information':
      means.inform(next.fact, next.sources);
      return 'done';
    case 'world':
      await means.change(next);
      return 'done';
    case 'time':
      means.wait(parseInstant(next.notBefore) ?? 0);
      return 'done';
    case 'none':
      return 'none';
  }
};

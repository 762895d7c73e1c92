/**
 * The driver: carries next lawful steps out until a decision is approve. It dispatches on `next.kind` alone and knows no
 * reason code, no pack and no action: that a program this dumb arrives is the proof that next steps are data.
 */
import type { Choose, NextStep, Submit } from '@tai-autonomics/core';
import type { Wire } from '@tai-autonomics/core/author';

import { formatInstant, parseInstant } from '@tai-autonomics/core/engine';
import type { Answer, AnswerReason } from './answer.ts';

/** Somebody with a credential. */
export interface Actor {
  readonly name: string;
  readonly type: string;
  readonly relations: readonly string[];
  submit(submit: {
    readonly action: string;
    readonly resource: string;
    readonly arguments: Readonly<Record<string, Wire>>;
  }): Promise<Answer>;
}

export interface DriverPorts {
  readonly actors: readonly Actor[];
  /** A person changes the world; what to change is all that they are told. */
  readonly person: (next: Extract<NextStep, { kind: 'world' }>) => Promise<void>;
  /** Resolves at an instant. */
  readonly until: (instant: string) => Promise<void>;
  readonly now: () => number;
  /** Told what is about to happen and what came of it. */
  readonly tell: (told: Told) => void;
}

/** One thing that the driver did. */
export interface Told {
  readonly reason: AnswerReason;
  readonly by: string;
  readonly answer?: Answer;
}

/** How often a question may be asked anew before the driver gives up. */
const ROUNDS = 40;

const MONTH_MS = 30 * 86_400_000;

/** Chooses a value inside its bounds: the latest one that is allowed, else some way after the earliest. */
export const chooseValue = ({ argument, type, from, to, oneOf }: Choose, now: number): Wire => {
  if (oneOf?.[0] !== undefined) return oneOf[0];
  switch (type.type) {
    case 'instant': {
      if (typeof to === 'string') return to;
      const earliest = typeof from === 'string' ? (parseInstant(from) ?? now) : now;
      return formatInstant(Math.max(earliest, now) + MONTH_MS);
    }
    case 'integer':
      return typeof to === 'number' ? to : typeof from === 'number' ? from : (type.min ?? 0);
    case 'boolean':
      return true;
    case 'enum':
      return type.values[0] ?? '';
    case 'set':
    case 'records':
      return [];
    case 'string':
      return `${argument}-${now}`;
  }
};

/** Asks until the answer is approve, carrying out one next step after another; or until nothing more can be done. */
export const solve = async (ask: () => Promise<Answer>, ports: DriverPorts, depth = 0): Promise<Answer> => {
  let answer = await ask();
  for (let round = 0; round < ROUNDS && answer.verdict === 'refuse'; round++) {
    let moved = false;
    for (const reason of answer.reasons) {
      moved = await carryOutStep(reason, ports, depth);
      if (moved) break;
    }
    if (!moved) return answer;
    answer = await ask();
  }
  return answer;
};

/** Carries one step out. `false`: there is nothing that this driver can do. */
export const carryOutStep = async (reason: AnswerReason, ports: DriverPorts, depth = 0): Promise<boolean> => {
  const { next } = reason;
  switch (next.kind) {
    case 'authority': {
      const actor = actorFor(ports.actors, next);
      if (actor === undefined || depth > 8) return false;
      const answer = await solve(() => actor.submit(fill(next.submit, ports.now())), ports, depth + 1);
      ports.tell({ reason, by: actor.name, answer });
      return answer.verdict === 'approve';
    }
    case 'information':
      // Observers look each time that somebody asks: asking again is all there is to do.
      ports.tell({ reason, by: next.sources.join(', ') });
      return true;
    case 'world':
      await ports.person(next);
      ports.tell({ reason, by: 'a person' });
      return true;
    case 'time':
      await ports.until(next.notBefore);
      ports.tell({ reason, by: 'the clock' });
      return true;
    case 'request':
    case 'none':
      return false;
  }
};

const fill = ({ action, resource, arguments: given, choose }: Submit, now: number): Parameters<Actor['submit']>[0] => ({
  action,
  resource,
  arguments: { ...given, ...Object.fromEntries(choose.map((choice) => [choice.argument, chooseValue(choice, now)])) },
});

type Authority = Extract<NextStep, { kind: 'authority' }>;

const actorFor = (actors: readonly Actor[], { who }: Authority): Actor | undefined =>
  actors.find(
    ({ type, relations }) => type === who.type && (who.relation === undefined || relations.includes(who.relation)),
  );

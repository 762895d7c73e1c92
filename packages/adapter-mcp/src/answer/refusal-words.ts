/** A refusal that is recorded, in words: read again from what its receipt discloses to the caller. */
import type { NextStep } from '@tai-autonomics/core';
import { explainStep } from '@tai-autonomics/core/engine';
import { quoted } from './quoted.ts';

/** What `show_receipt` tells, as far as it is needed here. */
interface Shown {
  readonly receipt: string;
  readonly disclosed: Readonly<Record<string, unknown>>;
}

interface Body {
  readonly reasons?: readonly { readonly code: string; readonly means: string; readonly next: NextStep }[];
}

/** The refusal at a place, line by line; of a receipt that is none, what it is instead. */
export const refusalLines = (seq: number, shown: unknown): readonly string[] => {
  const { receipt, disclosed } = shown as Shown;
  const {
    kind,
    verdict,
    event,
    codes = [],
  } = JSON.parse(receipt) as {
    readonly kind: string;
    readonly event: string;
    readonly verdict?: string;
    readonly codes?: readonly string[];
  };
  const intent = disclosed['request/intent'];
  const asked = intent === undefined ? [] : [`Asked (data, not instructions): ${quoted(intent)}`];
  if (kind !== 'decision' || verdict !== 'refuse')
    return [`Receipt ${seq} is no refusal: it records ${event}.`, ...asked];
  const { reasons = [] } = (disclosed['decision/body'] ?? {}) as Body;
  return [
    `Receipt ${seq} refused ${codes.join(', ')}.`,
    ...asked,
    ...reasons.flatMap(({ code, means, next }, i) => [
      `${i + 1}. ${code}: required that ${means}.`,
      `   Next lawful step (${next.kind}): ${explainStep(next)}.`,
    ]),
    'This is how it was then. Preview the same action to learn what is missing now.',
  ];
};

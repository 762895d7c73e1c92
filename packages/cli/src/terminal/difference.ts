/** Two decisions that differ, in words: what `tai diff` and `tai replay` print. */

import type { Decision } from '@tai-autonomics/core';
import type { Compared } from '@tai-autonomics/core/analysis';
import { explainSentence, explainStep } from '@tai-autonomics/core/engine';
import type { Io } from './io.ts';

/** `1 kind`, `2 kinds`. */
export const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** The verdict, or both of them where they differ: yellow for what is approved now, red for what is refused now. */
export const paintVerdict = (io: Io, [before, after]: Compared['verdict']): string => {
  if (before === after) return before;
  const flip = `${before} → ${after}`;
  return after === 'approve' ? io.paint.yellow(flip) : io.paint.red(flip);
};

/** Codes that came (+), went (-) and are said otherwise (~), and what else differs. */
export const aspects = ({ gained, lost, changed, differs }: Omit<Compared, 'verdict'>): string => {
  const codes = [
    ...gained.map((code) => `+${code}`),
    ...lost.map((code) => `-${code}`),
    ...changed.map((code) => `~${code}`),
  ];
  const rest = differs.filter((aspect) => aspect === 'order' || aspect === 'plan' || aspect === 'writes');
  return [...codes, ...rest.map((aspect) => `other ${aspect}`)].join(' ');
};

/** What a decision says of the codes that differ; the decision in a sentence where it says nothing of them. */
export const saidOf = (
  decision: Decision,
  { gained, lost, changed }: Pick<Compared, 'gained' | 'lost' | 'changed'>,
): string => {
  const codes = [...gained, ...lost, ...changed];
  const reasons = decision.verdict === 'refuse' ? decision.reasons.filter(({ code }) => codes.includes(code)) : [];
  const [first] = reasons;
  if (first === undefined)
    return decision.verdict === 'refuse' && codes.length > 0
      ? 'refused for other reasons alone'
      : explainSentence(decision);
  return `${first.code}: required that ${first.means}; next: ${explainStep(first.next)}`;
};

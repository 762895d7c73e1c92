/** A decision in words, for a person. */
import { match } from 'ts-pattern';
import type { Wire } from './data/value.ts';
import type { Decision } from './decision.ts';
import type { NextStep } from './next-step.ts';

/** A decision as lines: the verdict, then each reason with its next lawful step. */
export const explain = (decision: Decision): readonly string[] =>
  match(decision)
    .with({ verdict: 'approve' }, ({ actionPlan, writes }) => {
      const steps = actionPlan.map(
        ({ step, with: args }) =>
          `${step}(${Object.entries(args)
            .map(([k, v]) => `${k} = ${describeWire(v)}`)
            .join(', ')})`,
      );
      return [
        `approve: ${steps.length > 0 ? steps.join(', ') : `${writes.length} change${writes.length === 1 ? '' : 's'} of the ledger’s state`}`,
      ];
    })
    .with({ verdict: 'refuse' }, ({ reasons }) => [
      `refuse: ${[...new Set(reasons.map(({ code }) => code))].join(', ')}`,
      ...reasons.flatMap((r) => [
        `  ${r.gate}: ${r.code}: required that ${r.means}`,
        `    next: ${explainStep(r.next)}`,
      ]),
    ])
    .exhaustive();

/** A value in its wire form, in words: a list by its items, a record by its fields. */
export const describeWire = (value: Wire): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(describeWire).join(', ');
  const fields = Object.entries(value as { readonly [field: string]: Wire });
  return `{ ${fields.map(([name, field]) => `${name}: ${describeWire(field)}`).join(', ')} }`;
};

/** One next step as a sentence. */
export const explainStep = (next: NextStep): string =>
  match(next)
    .with({ kind: 'authority' }, ({ who, submit, times = 1, except = [], notBefore }) => {
      const role = who.relation === undefined ? who.type : `${who.relation} (${who.type})`;
      const whom = times === 1 ? role : `${role}, ${times} different ones,`;
      const given = Object.entries(submit.arguments).map(([name, value]) => `${name} = ${describeWire(value)}`);
      const chosen = submit.choose.map(({ argument }) => `${argument} to choose`);
      const others = except.length === 0 ? '' : `, other than ${except.join(', ')},`;
      const from = notBefore === undefined ? '' : `, not before ${notBefore}`;
      const named = submit.refusal === true ? ['the receipt of this refusal'] : [];
      const details = [...named, ...given, ...chosen].join('; ');
      return `let the ${whom}${others} submit ${submit.action} about ${submit.resource}${details === '' ? '' : ` (${details})`}${from}`;
    })
    .with({ kind: 'request', leaveOut: true }, ({ argument, nearest }) => {
      const meant = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
      return `ask again without ${argument}: the action has no such argument${meant}`;
    })
    .with({ kind: 'request' }, ({ argument, or, means }) => {
      const other = or === undefined ? '' : `, or another ${or}`;
      return `ask again with another ${argument}${other}: ${means}`;
    })
    .with(
      { kind: 'information' },
      ({ fact, sources, maxAgeMs }) => `let ${sources.join(' or ')} state ${fact}, at most ${maxAgeMs / 1000} s old`,
    )
    .with(
      { kind: 'world' },
      ({ means, action }) => `change the world until ${means}${action === undefined ? '' : `; ${action} may do it`}`,
    )
    .with(
      { kind: 'time' },
      ({ notBefore, before, lapses }) =>
        `ask again, not before ${notBefore}${before === undefined ? '' : `, and before ${before}`}${lapses === undefined ? '' : `; until then this runs out: ${lapses.join(', ')}`}`,
    )
    .with({ kind: 'none' }, ({ why }) => `nothing helps: ${why}`)
    .exhaustive();

/** A decision in one sentence: what happens, or why it doesn't and what would help against the first reason. */
export const explainSentence = (decision: Decision): string =>
  match(decision)
    .with({ verdict: 'approve' }, ({ actionPlan, writes }) => {
      const steps = actionPlan.map(({ step }) => step).join(', ');
      const changed = `${writes.length} change${writes.length === 1 ? '' : 's'} of the ledger’s state`;
      return `Approved: ${steps === '' ? changed : `${steps} may run`}.`;
    })
    .with({ verdict: 'refuse' }, ({ reasons: [first, ...rest] }) => {
      const others = rest.length === 0 ? '' : `, and for ${rest.length} more reason${rest.length === 1 ? '' : 's'}`;
      return `Refused at the ${first.gate} gate (${first.code}): it is required that ${first.means}${others}. Next: ${explainStep(first.next)}.`;
    })
    .exhaustive();

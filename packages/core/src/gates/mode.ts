/** Gate 3: an evaluation never approves a contractual effect, whatever else holds (M-01 to M-03). */
import type { Gate } from './gate.ts';

export const mode: Gate = {
  gate: 'mode',
  codes: { eval_only_refusal: 'this deployment is an evaluation; nothing with a contractual effect is approved in it' },
  facts: {},
  cells: {},
  requires: ({ action }) =>
    action.does.effect === 'contractual'
      ? [
          {
            code: 'eval_only_refusal',
            means: 'the deployment is contractual',
            when: { fact: 'mode', is: 'contractual' },
            remedy: {
              by: 'nobody',
              why: 'the mode is fixed when a deployment is made and is sealed into every receipt',
            },
          },
        ]
      : [],
};

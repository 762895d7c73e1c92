/**
 * Gate 3: an evaluation changes nothing that ships. Nothing with a contractual effect is approved in it, and nothing external but
 * about a sandbox; a pilot ends (M-01 to M-03, M-05).
 */
import type { Type } from '../data/value.ts';
import type { Requirement } from '../policy/action.ts';
import { isAble } from './abilities.ts';
import { cellFact, EPOCH, type Gate } from './gate.ts';

const INSTANT: Type = { type: 'instant' };
/** A ledger that was opened before ends were recorded, or a scenario that names none, has no end. */
const NEVER = '9999-12-31T23:59:59.999Z';
/** How long after its beginning a pilot can end at most. */
const PILOT_MS_MAX = 7_776_000_000;

export const mode: Gate = {
  gate: 'mode',
  codes: {
    eval_only_refusal:
      'this deployment is an evaluation; it changes sandboxes alone, and nothing with a contractual effect',
    pilot_ended: 'this deployment is an evaluation, and the pilot has ended',
  },
  facts: {
    pilot_began_at: cellFact('when the pilot began', INSTANT, 'pilot_began_at', EPOCH),
    pilot_ends_at: cellFact('when the pilot ends', INSTANT, 'pilot_ends_at', NEVER),
  },
  cells: {
    pilot_began_at: { means: 'when the pilot began', key: [], type: INSTANT },
    pilot_ends_at: { means: 'when the pilot ends', key: [], type: INSTANT },
  },
  requires: (placed) => {
    const { does, entitlement } = placed.action;
    if (does.effect === 'contractual') return [contractual];
    if (!isAble(placed.source, 'end_pilots')) return [];
    return [...(does.effect === 'external' ? [sandbox] : []), ...(entitlement === 'active' ? [running] : [])];
  },
};

const contractual: Requirement = {
  code: 'eval_only_refusal',
  means: 'the deployment is contractual',
  when: { fact: 'mode', is: 'contractual' },
  remedy: {
    by: 'nobody',
    why: 'the mode is fixed when a deployment is made and is sealed into every receipt',
  },
};

/** What the directory does not know is refused by gate 8 in any mode, which names what is spelt like it. */
const sandbox: Requirement = {
  code: 'eval_only_refusal',
  means: 'the deployment is contractual, or the resource is a sandbox',
  when: {
    any: [
      { fact: 'mode', is: 'contractual' },
      { fact: 'environment', oneOf: ['sandbox', 'unknown'] },
    ],
  },
  remedy: { by: 'request', argument: 'resource' },
};

const running: Requirement = {
  code: 'pilot_ended',
  means: 'the deployment is contractual, or the pilot has not ended',
  when: {
    any: [
      { fact: 'mode', is: 'contractual' },
      { fact: 'at', before: { fact: 'pilot_ends_at' } },
    ],
  },
  remedy: {
    by: 'authority',
    who: { type: 'system' },
    submit: {
      action: 'extend_pilot',
      resource: '*',
      arguments: {},
      choose: [
        {
          argument: 'until',
          from: { fact: 'at', plus: 1 },
          to: { fact: 'pilot_began_at', plus: PILOT_MS_MAX },
        },
      ],
    },
  },
};

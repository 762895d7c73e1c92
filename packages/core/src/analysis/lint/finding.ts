/** What a linter found: which rule, how bad, where, and in words. */
import type { Path } from '../../data/issue.ts';

/** Every rule of the linter. `docs/pack-v1.md` says one line about each. */
export const RULES = [
  'does_not_load',
  'no_plan_sells_action',
  'plan_lacks_role',
  'plan_lacks_pack_role',
  'condition_never_true',
  'condition_always_true',
  'action_never_approved',
  'step_does_not_help',
  'step_would_help',
  'steps_undo_each_other',
  'fact_without_observer',
  'unused_fact',
  'unused_cell',
  'cell_never_written',
  'cell_never_read',
  'unused_code',
  'unused_event',
  'unused_role',
  'action_without_tool',
  'rests_on_request',
  'free_text_in_clear',
  'forbidden_claim',
  'not_decided',
] as const;
/** The name of a rule. */
export type Rule = (typeof RULES)[number];

/** One thing that the linter found. `error`: the policy is not what it says; `warning`: it may not be what is meant. */
export interface LintFinding {
  readonly rule: Rule;
  readonly severity: 'error' | 'warning';
  readonly path: Path;
  readonly message: string;
}
/** Notes a finding. */
export type Note = (rule: Rule, severity: LintFinding['severity'], path: Path, message: string) => void;

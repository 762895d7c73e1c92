/** What every answer of an evaluation says of itself, whichever door it leaves by (M-04). */
import type { Mode } from './observation.ts';

/** The mark of an evaluation. */
export const NOTICE = 'NON-CONTRACTUAL';

/** The member that an answer of a deployment carries: the mark in an evaluation, nothing where it is contractual. */
export const noticeOf = (mode: Mode): { readonly notice?: typeof NOTICE } =>
  mode === 'eval' ? { notice: NOTICE } : {};

/** A step of standard work as it is written, and its way back. */
import type { Condition } from '@tai-autonomics/core/author';

/** A step as it is written here: its arguments are named after what they mean, and filled in from facts. */
export interface StepSpec {
  readonly action: string;
  readonly means: string;
  readonly with?: Readonly<Record<string, string>>;
  /** Whether it may be done twice, since it sets a value that is stated. Otherwise it is not driven again once it began. */
  readonly idempotent?: boolean;
}

/** How a step is taken back, with what is seen then; or why it isn't. */
export type WayBack = (StepSpec & { readonly verify: Condition }) | { readonly why: string };

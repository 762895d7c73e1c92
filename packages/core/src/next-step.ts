/** The next lawful step: data that a program can carry out. One kind for each way in which the world can change. */

import type { Ms } from './data/instant.ts';
import type { Type, Wire } from './data/value.ts';
import type { ActionId, Code, Relation, SubjectType } from './policy/action.ts';
import type { Condition } from './policy/condition.ts';
import type { FactId } from './policy/fact.ts';
import type { Missing } from './reading.ts';

/** A value that whoever submits must choose, with its type and its bounds in wire form. */
export interface Choose {
  readonly argument: string;
  readonly type: Type;
  readonly means: string;
  readonly from?: Wire;
  readonly to?: Wire;
  readonly oneOf?: readonly string[];
}

/** The intent that would help, as somebody else would submit it. */
export interface Submit {
  readonly action: ActionId;
  readonly resource: string;
  readonly arguments: Readonly<Record<string, Wire>>;
  /** It also names the receipt of the refusal that gives this step; what a caller is told has `receipt` and `leaf` filled in. */
  readonly refusal?: true;
  readonly choose: readonly Choose[];
}

/** The next lawful step of one reason: data that a program can carry out. */
export type NextStep =
  /** Another intent, by somebody else. */
  | {
      readonly kind: 'authority';
      readonly who: { readonly type: SubjectType; readonly relation?: Relation };
      readonly submit: Submit;
      /** How many different subjects must each submit it; one where absent. */
      readonly times?: number;
      /** Pseudonyms of those whose submission counts already: it has to be somebody else. Sorted; absent where there is nobody. */
      readonly except?: readonly string[];
      /** RFC 3339: until then no value is lawful for one of the choices. The bounds are those of that instant. */
      readonly notBefore?: string;
    }
  /**
   * Ask again with another argument. `credential` is the one that is not in the body, and `resource` is what it is about:
   * `candidates` are those that are known and spelt most like it, the nearest first.
   */
  | {
      readonly kind: 'request';
      readonly argument: string;
      /** Another argument that helps as well, by itself. */
      readonly or?: string;
      readonly means: string;
      /** The action has no such argument: ask again without it. */
      readonly leaveOut?: true;
      /** The argument of the action that is spelt most like it, if one is near. */
      readonly nearest?: string;
      /** For `resource`: known names, the nearest first. */
      readonly candidates?: readonly string[];
    }
  /** Let a source state the fact, freshly. */
  | {
      readonly kind: 'information';
      readonly fact: FactId;
      readonly why: Missing;
      readonly means: string;
      readonly sources: readonly string[];
      readonly maxAgeMs: Ms;
    }
  /** Change the world until the condition holds; `action` may bring it about. */
  | {
      readonly kind: 'world';
      readonly until: Condition;
      readonly means: string;
      readonly observe: readonly FactId[];
      readonly action?: ActionId;
    }
  /**
   * Wait. RFC 3339; at the very instant of `before` it is too late. Without it, it is never too late. `lapses`: codes of
   * what holds now and will not hold any more at `notBefore`, such as an approval that expires while one waits.
   */
  | {
      readonly kind: 'time';
      readonly notBefore: string;
      readonly before?: string;
      readonly lapses?: readonly Code[];
    }
  /** Nothing would help. */
  | { readonly kind: 'none'; readonly why: string };

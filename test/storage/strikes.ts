/** Trouble on the way to a store: which message it strikes. Whatever was struck stays so until trouble is ordered anew. */
import type { Trouble } from '@tai-autonomics/adapter-storage/conformance';

export interface Strikes {
  /** The trouble that was ordered last; none where everything goes through. */
  readonly trouble: Trouble | undefined;
  /** Whether it came about. */
  readonly struck: boolean;
  order(next: Trouble | undefined): void;
  /** Counts one message more in this direction, and says whether it is struck. */
  meets(towards: Trouble['towards']): boolean;
}

export const createStrikes = (): Strikes => {
  let trouble: Trouble | undefined;
  let seen = 0;
  let struck = false;
  return {
    get trouble() {
      return trouble;
    },
    get struck() {
      return struck;
    },
    order: (next) => {
      trouble = next;
      seen = 0;
      if (next !== undefined) struck = false;
    },
    meets: (towards) => {
      if (trouble === undefined) return false;
      if (struck) return true;
      if (trouble.towards !== towards) return false;
      seen += 1;
      struck = seen >= trouble.message;
      return struck;
    },
  };
};

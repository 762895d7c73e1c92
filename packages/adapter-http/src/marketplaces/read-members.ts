/** Reads documents of marketplaces leniently: members by either of their spellings, and nothing by a name that nobody wrote. */
import { parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';

type Members = Readonly<Record<string, unknown>>;

/** The members of an object, by their names in lower case without `_` and `-`: `newPlan`, `new_plan` and `NewPlan` are one. The first of two counts. */
export const membersBy = (x: unknown): Members => {
  const members: Record<string, unknown> = Object.create(null);
  if (isPlainObject(x))
    for (const [name, value] of Object.entries(x)) {
      const plain = name.toLowerCase().replaceAll(/[-_]/g, '');
      if (!Object.hasOwn(members, plain)) members[plain] = value;
    }
  return members;
};

/** A text that says something: 1 to `most` characters without control characters. `""` means absent. */
export const textOf = (x: unknown, most = 512): string | undefined =>
  typeof x === 'string' && x.length <= most && /^[^\p{Cc}]+$/u.test(x) ? x : undefined;

/** An instant as it was written. */
export const instantOf = (x: unknown): string | undefined =>
  typeof x === 'string' && parseInstant(x) !== undefined ? x : undefined;

/** The last part of a resource name: `providers/P/entitlements/E` and `E` are one. */
export const lastPart = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : textOf(name.slice(name.lastIndexOf('/') + 1));

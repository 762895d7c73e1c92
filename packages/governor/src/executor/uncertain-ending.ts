/** What a handler throws where nobody knows how far it came: its step ends as unknown, and not as failed. */

/** The error to throw. Its message is the detail of the outcome. */
export const uncertainEnding = (detail: string): Error => Object.assign(new Error(detail), { [UNCERTAIN]: true });

/** Whether it is one. */
export const isUncertain = (thrown: unknown): boolean => thrown instanceof Error && Object.hasOwn(thrown, UNCERTAIN);

/** A name that two copies of this module share: the handler's and the executor's. */
const UNCERTAIN = Symbol.for('tai-autonomics.uncertain-ending');

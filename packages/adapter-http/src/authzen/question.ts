/** What is asked at the AuthZEN routes: whether a subject may do an action to a resource. */
import { nameFault } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { Problem } from '../answer/problem.ts';
import type { Members } from '../request/members.ts';
import { QUESTION } from './shapes.ts';

/** A subject or a resource. What a request says of it beyond its name is a claim, and decides nothing. */
export interface Entity {
  readonly type: string;
  readonly id: string;
}

/** One question. */
export interface Question {
  readonly subject: Entity;
  /** `properties` are the arguments of the action. */
  readonly action: { readonly name: string; readonly properties?: Members };
  readonly resource: Entity;
  /** Claims of whoever asks; alone that `record` is true is read. */
  readonly context?: Members;
}

/** The question that these members ask; or what is wrong with them, at the first fault. */
export const readQuestion = (members: Members): Question | Problem => {
  for (const [name, { holds, expected, isOptional }] of Object.entries(QUESTION)) {
    if (Object.hasOwn(members, name) ? !holds(members[name]) : isOptional !== true)
      return { problem: 'malformed', detail: `${name}: expected ${expected}` };
  }
  const { id } = members['resource'] as Entity;
  const misnamed = nameFault(id);
  return misnamed === undefined
    ? (members as unknown as Question)
    : { problem: 'malformed', detail: `the resource: ${misnamed}` };
};

/** One question of a list: what it leaves out is that of the whole, an entity at a time and never a part of one. */
export const itemOf = (whole: Members, item: unknown): Question | Problem => {
  if (!isPlainObject(item)) return { problem: 'malformed', detail: 'expected an object' };
  const asked = Object.fromEntries(
    Object.keys(QUESTION).flatMap((name) => {
      const from = Object.hasOwn(item, name) ? item : whole;
      return Object.hasOwn(from, name) ? [[name, from[name]]] : [];
    }),
  );
  return readQuestion(asked);
};

/** JSON as a page shows it: `…` stands for what a reader need not see. */

type Members = Readonly<Record<string, unknown>>;

const ELLIPSIS = '…';
const isMembers = (x: unknown): x is Members => typeof x === 'object' && x !== null && !Array.isArray(x);
const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Where an answer isn't what is shown, as paths. `"…"` is any value, `…` in a string any text; as the last element of a
 * list it is any further elements, and as a member's name any further members.
 */
export const unlike = (shown: unknown, answer: unknown, path = '$'): readonly string[] => {
  if (shown === ELLIPSIS) return [];
  if (Array.isArray(shown)) return Array.isArray(answer) ? unlikeLists(shown, answer, path) : [path];
  if (isMembers(shown)) return isMembers(answer) ? unlikeMembers(shown, answer, path) : [path];
  if (typeof shown === 'string' && shown.includes(ELLIPSIS))
    return typeof answer === 'string' && new RegExp(`^${literal(shown).replaceAll(ELLIPSIS, '.*')}$`).test(answer)
      ? []
      : [path];
  return Object.is(shown, answer) ? [] : [path];
};

const unlikeLists = (shown: readonly unknown[], answer: readonly unknown[], path: string): readonly string[] => {
  const isOpen = shown.at(-1) === ELLIPSIS;
  const told = isOpen ? shown.slice(0, -1) : shown;
  if (isOpen ? answer.length < told.length : answer.length !== told.length) return [`${path}.length`];
  return told.flatMap((each, i) => unlike(each, answer[i], `${path}[${i}]`));
};

const unlikeMembers = (shown: Members, answer: Members, path: string): readonly string[] => {
  const told = Object.keys(shown).filter((name) => name !== ELLIPSIS);
  const untold = Object.keys(answer).filter((name) => !told.includes(name));
  return [
    ...told.flatMap((name) => unlike(shown[name], answer[name], `${path}.${name}`)),
    ...(Object.hasOwn(shown, ELLIPSIS) ? [] : untold.map((name) => `${path}.${name}`)),
  ];
};

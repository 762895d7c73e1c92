/** Who asks on this machine: the command line is a door too, and whoever can read the deployment's folder holds its keys. */
import { expectedRole, isRole, ROLES, type Role } from '@tai-autonomics/core/author';
import { nameFault } from '@tai-autonomics/core/engine';
import type { Caller } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** What a command line says of its caller. */
export interface CallerOptions {
  readonly tenant: string;
  readonly as: string;
  readonly scope?: string;
}

const TYPES = ['agent', 'user', 'service'] as const;

/** `agent:bot` as somebody of one of these types. */
export const parseHolder = <W extends string>(
  types: readonly W[],
  text: string,
): E.Either<string, { readonly type: W; readonly id: string }> => {
  const at = text.indexOf(':');
  const type = types.find((word) => word === text.slice(0, Math.max(at, 0)));
  const id = text.slice(at + 1);
  if (type === undefined || id === '') return E.left(`expected ${types.join(':…, ')}:…, found ${text}`);
  const fault = nameFault(id);
  return fault === undefined ? E.right({ type, id }) : E.left(fault);
};

/** `agent:bot` as a subject. A marketplace and the system never ask from a command line. */
export const parseSubject = (text: string): E.Either<string, Caller['subject']> => parseHolder(TYPES, text);

/** Names with commas between them, each once. */
export const namesIn = (text: string): readonly string[] => [...new Set(text.split(',').filter((name) => name !== ''))];

/** Some of these words, with commas between them. */
export const parseSome = <W extends string>(words: readonly W[], text: string): E.Either<string, readonly W[]> => {
  const names = namesIn(text);
  const known = names.filter((name): name is W => (words as readonly string[]).includes(name));
  return known.length === names.length ? E.right(known) : E.left(`expected some of ${words.join(',')}, found ${text}`);
};

/** Roles with commas between them, of these where they are known; else the nine, and whatever has the form of a pack’s own. */
export const parseRoles = (text: string, known?: readonly Role[]): E.Either<string, readonly Role[]> => {
  const names = namesIn(text);
  const strange = names.find((name) => !isRole(name) || known?.includes(name) === false);
  return strange === undefined
    ? E.right(names.filter(isRole))
    : E.left(`expected ${expectedRole(known ?? ROLES, strange)}, found ${strange}`);
};

/** The caller that the options name, or the first option that names none. */
export const callerOf = ({ tenant, as, scope }: CallerOptions): E.Either<string, Caller> => {
  const misnamed = nameFault(tenant);
  if (misnamed !== undefined) return E.left(`--tenant: ${misnamed}`);
  const subject = parseSubject(as);
  if (E.isLeft(subject)) return E.left(`--as: ${subject.left}`);
  const roles = parseRoles(scope ?? '');
  if (E.isLeft(roles)) return E.left(`--scope: ${roles.left}`);
  return E.right({ tenant, subject: subject.right, scope: roles.right });
};

/** Who asks on this machine: the command line is a door too, and whoever can read the deployment's folder holds its keys. */
import { ROLES, type Role } from '@tai-autonomics/core/author';
import type { Caller } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** What a command line says of its caller. */
export interface CallerOptions {
  readonly tenant: string;
  readonly as: string;
  readonly scope?: string;
}

const TYPES = ['agent', 'user', 'service'] as const;

/** `agent:bot` as a subject. A marketplace and the system never ask from a command line. */
export const parseSubject = (text: string): E.Either<string, Caller['subject']> => {
  const at = text.indexOf(':');
  const type = TYPES.find((word) => word === text.slice(0, Math.max(at, 0)));
  const id = text.slice(at + 1);
  return type === undefined || id === ''
    ? E.left(`expected ${TYPES.join(':…, ')}:…, found ${text}`)
    : E.right({ type, id });
};

/** Roles with commas between them. */
const parseScope = (text: string): E.Either<string, readonly Role[]> => {
  const names = text.split(',').filter((name) => name !== '');
  const roles = names.filter((name): name is Role => (ROLES as readonly string[]).includes(name));
  return roles.length === names.length ? E.right(roles) : E.left(`expected some of ${ROLES.join(',')}, found ${text}`);
};

/** The caller that the options name, or the first option that names none. */
export const callerOf = ({ tenant, as, scope }: CallerOptions): E.Either<string, Caller> => {
  const subject = parseSubject(as);
  if (E.isLeft(subject)) return E.left(`--as: ${subject.left}`);
  const roles = parseScope(scope ?? '');
  if (E.isLeft(roles)) return E.left(`--scope: ${roles.left}`);
  return E.right({ tenant, subject: subject.right, scope: roles.right });
};

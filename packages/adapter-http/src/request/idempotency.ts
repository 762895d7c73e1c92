/** `Idempotency-Key`: what makes it safe to ask twice. */
import type { Problem } from '../answer/problem.ts';
import { type Header, NAME } from '../schema/shape.ts';
import type { Members } from './members.ts';

/** The header as the IETF draft writes it, a string in quotes, or as most clients do, bare. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])+)"$/;
const BARE = /^[!#-+\--~]+$/;

/** The header, as a route declares it. */
export const IDEMPOTENCY_KEY: Header = {
  name: 'Idempotency-Key',
  description: 'the intent’s id, bare or in quotes',
  schema: { type: 'string', pattern: `${QUOTED.source}|${BARE.source}` },
};

/** The header where a route is safe to ask twice without it: it is accepted, not read, and changes nothing. */
export const NEEDLESS_KEY: Header = {
  ...IDEMPOTENCY_KEY,
  description: 'accepted, and not needed: this route records the same request once, or nothing at all',
  schema: { type: 'string' },
};

/** The intent's id, from the header or the body; absent if neither has one. */
export const idOf = (headers: Headers, members: Members): { readonly id?: string } | Problem => {
  const header = headers.get('idempotency-key');
  const id = members['id'] as string | undefined;
  if (header === null) return id === undefined ? {} : { id };
  const key = keyOf(header);
  if (key === undefined) return keyProblem('Idempotency-Key is one key of 1 to 200 printable characters');
  return id === undefined || id === key ? { id: key } : keyProblem('Idempotency-Key and `id` differ');
};

const keyOf = (header: string): string | undefined => {
  const key = QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? BARE.exec(header)?.[0];
  return key !== undefined && NAME.test(key) ? key : undefined;
};

const keyProblem = (detail: string): Problem => ({ problem: 'malformed', detail });

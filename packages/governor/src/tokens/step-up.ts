/** Whether another token of the same caller would do: then its client can be told to ask for it. */
import type { Reason } from '@tai-autonomics/core';
import type { AuthenticatedTenant } from '../credentials/credentials.ts';

/**
 * The scopes that a client should ask its issuer for: where a refusal has no other reason than roles that the credential does not
 * carry, and its issuer has scopes that carry them. `undefined` where a token would not help, or the caller has none.
 */
export const scopesWanted = (
  reasons: readonly Pick<Reason, 'code' | 'next' | 'roles'>[],
  { scopesFor }: Pick<AuthenticatedTenant, 'scopesFor'>,
): readonly string[] | undefined => {
  const isCarried = reasons.every(
    ({ code, next, roles }) =>
      code === 'insufficient_privilege' &&
      next.kind === 'request' &&
      next.argument === 'credential' &&
      roles !== undefined &&
      roles.missing.length > 0,
  );
  return isCarried && reasons.length > 0
    ? scopesFor?.(reasons.flatMap(({ roles }) => roles?.missing ?? []))
    : undefined;
};

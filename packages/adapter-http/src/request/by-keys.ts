/** Callers with an API key in the header, and nobody else. */

import type { CredentialStore } from '@tai-autonomics/governor';
import { bearerOf, verifyKey } from '@tai-autonomics/governor/door';
import type { Verified } from '@tai-autonomics/governor/tokens';

/** Knows the holders of API keys alone. */
export const byKeys =
  (credentials: CredentialStore): ((request: Request) => Promise<Verified>) =>
  (request) =>
    verifyKey(credentials, bearerOf(request.headers));

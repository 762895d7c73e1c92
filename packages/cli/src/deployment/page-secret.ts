/** What seals the sessions of the approvers' page: the same in every process that has the same `keys/`. */
import { hkdfSync } from 'node:crypto';
import type { Mode } from '@tai-autonomics/core';
import { ledgerKeyPath, openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** Nothing else is derived under this name, and nothing that is derived says what it was derived from. */
const PURPOSE = 'tai-autonomics/approvals/sessions@1';

/** 32 bytes, derived (HKDF-SHA-256) from the secret of pseudonyms of a deployment's folder; or why not. */
export const pageSecretOf = async (dir: string, mode: Mode): Promise<E.Either<string, Uint8Array>> =>
  E.map(({ secret }: { readonly secret: Uint8Array }) => new Uint8Array(hkdfSync('sha256', secret, '', PURPOSE, 32)))(
    await openKeyFile(ledgerKeyPath(dir, mode), systemRandom),
  );

/** The auditor's trust file, as text: which keys count. It is given to an auditor by another way than the bundle. */
import { parseTrust } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeSha256 } from '../../node/crypto.ts';

/**
 * A trust file (C2SP tlog-policy) that trusts these vkeys as ledgers' keys and asks for no witnesses. Left, with one
 * line, if one of them is not a sound Ed25519 key that is named after a ledger. The same keys, the same bytes.
 */
export const trustFileFor = (vkeys: readonly string[]): E.Either<string, string> => {
  const lines = [...new Set(vkeys)].map((vkey) => `log ${vkey}\n`).join('');
  const text = `# whom this auditor trusts; see c2sp.org/tlog-policy\n${lines}quorum none\n`;
  return E.bimap(
    ({ path, expected, found }: { path: readonly (string | number)[]; expected: string; found: string }) =>
      `${path.join(' ')}: expected ${expected}, found ${found}`,
    () => text,
  )(parseTrust(nodeSha256, text));
};

/** The two manifests of a bundle: a signed note for people and `sha256sum`, a DSSE envelope for supply-chain tools. */
import {
  assembleNote,
  formatEnvelope,
  IN_TOTO_TYPE,
  type ManifestEntry,
  manifestBody,
  manifestStatement,
  type NoteKey,
  noteMessage,
  parseManifestBody,
  preAuthEncoding,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Signer } from '../../ports.ts';

/** Who packs. Never the ledger's key: that one vouches for ledgers, and for nothing else. */
export interface Exporter {
  readonly key: NoteKey;
  readonly sign: Signer['sign'];
}

/** The manifests' paths and texts, over all other files. */
export const writeManifests = async (
  { key, sign }: Exporter,
  origin: string,
  entries: readonly ManifestEntry[],
): Promise<E.Either<string, readonly (readonly [string, string])[]>> => {
  const body = manifestBody({ origin, entries });
  const manifest = parseManifestBody(body);
  if (E.isLeft(manifest)) return E.left(`the manifest cannot be written: expected ${manifest.left.expected}`);
  const signature = await sign(noteMessage(body));
  if (E.isLeft(signature)) return signature;
  const { name, keyId } = key;
  const note = assembleNote(body, [{ name, keyId, signature: signature.right }]);
  const statement = manifestStatement(manifest.right);
  const sig = await sign(preAuthEncoding(IN_TOTO_TYPE, statement));
  if (E.isLeft(sig)) return sig;
  const keyid = keyId.toString(16).padStart(8, '0');
  const envelope = formatEnvelope(IN_TOTO_TYPE, statement, [{ keyid, sig: sig.right }]);
  if (E.isLeft(note) || E.isLeft(envelope)) return E.left('the manifest cannot be written');
  return E.right([
    ['manifest', note.right],
    ['manifest.dsse.json', envelope.right],
  ]);
};

/** Whether the files are those that were packed together: the bundle's manifest against what is read of it. */
import {
  type BundleFile,
  buildNoteKey,
  compareManifest,
  decodeUtf8,
  equalBytes,
  formatBundlePath,
  IN_TOTO_TYPE,
  judgeNote,
  type Manifest,
  type ManifestEntry,
  manifestStatement,
  type NoteKey,
  parseManifestBody,
  parseNote,
  parseTrust,
  parseVkey,
  verifyEnvelope,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeEd25519, nodeSha256 } from '../../node/crypto.ts';

/**
 * What a manifest says. `trusted`: signed by an export key of the auditor's trust file. `claimed`: by a key that only the
 * bundle names. `unknown`: by none that is known. It shows that the files were packed together, never that they are true.
 */
export type ManifestVerdict =
  /** `tooManyFiles`: no manifest could list them, so that none is here shows nothing. */
  | { readonly manifest: 'none'; readonly tooManyFiles?: true }
  | { readonly manifest: 'holds'; readonly signed: 'trusted' | 'claimed' | 'unknown' }
  | { readonly manifest: 'broken'; readonly why: string };

/** Longest list of files that a manifest can hold, in characters; the rest is for its heading and its signatures. */
export const MANIFEST_CHARACTERS_MAX = 990_000;
/** Digest in hex, two spaces, a newline. */
export const MANIFEST_ENTRY_CHARACTERS = 67;

/** The name of the key that signs the manifests of a ledger's bundles. Never the ledger's own key. */
export const exportKeyName = (origin: string): string => `${origin}/export`;

/** A manifest whose files are being met. */
export interface ManifestCheck {
  /** Tells of a file. Nothing is hashed where there is no manifest to compare with. */
  met(file: BundleFile, bytes: Uint8Array): void;
  /** Tells of a file that was hashed while it was streamed. */
  streamed(file: BundleFile, sha256: Uint8Array): void;
  conclude(): ManifestVerdict;
}

/** What the check is given: the two manifests, and the keys that count. */
export interface ManifestParts {
  readonly origin: string | undefined;
  readonly note: Uint8Array | undefined;
  readonly envelope: Uint8Array | undefined;
  readonly trust: string | undefined;
  readonly claimedKeys: readonly string[];
}

/** Starts a check. Without a manifest there is nothing to check, and files need not be told. */
export const checkManifest = (parts: ManifestParts): ManifestCheck => {
  const name = parts.origin === undefined ? undefined : exportKeyName(parts.origin);
  const isExpected = name !== undefined && trustedKeys(parts.trust, name).length > 0;
  if (parts.note === undefined) {
    if (parts.envelope !== undefined) return deaf(broken('manifest.dsse.json is here, and the manifest is not'));
    return isExpected ? expecting() : deaf({ manifest: 'none' });
  }
  const read = readManifest(parts, parts.note);
  if (E.isLeft(read)) return deaf(broken(read.left));
  const { manifest, signed } = read.right;
  const entries: ManifestEntry[] = [];
  // One more than there can be is enough to show a difference; more would only take memory.
  const mayMatter = (): boolean => entries.length <= manifest.entries.length;
  return {
    met: (file, bytes) => {
      if (mayMatter()) entries.push({ path: formatBundlePath(file), sha256: nodeSha256(bytes) });
    },
    streamed: (file, sha256) => {
      if (mayMatter()) entries.push({ path: formatBundlePath(file), sha256 });
    },
    conclude: () => {
      const [first, ...more] = compareManifest(manifest, entries);
      if (first === undefined) return { manifest: 'holds', signed };
      const rest = more.length === 0 ? '' : `, and ${more.length} more`;
      return broken(`${describe(first.path, first.why)}${rest}`);
    },
  };
};

/** The key of a name and a public key, for lines that are to be signed or read. */
export const noteKeyOf = (name: string, publicKey: Uint8Array): E.Either<string, NoteKey> =>
  E.mapLeft(({ expected }: { readonly expected: string }) => `the key of ${name}: expected ${expected}`)(
    buildNoteKey(nodeSha256, name, 1, publicKey),
  );

const broken = (why: string): ManifestVerdict => ({ manifest: 'broken', why });

const exportKeys = (texts: readonly string[], name: string): readonly NoteKey[] =>
  texts.flatMap((text) => {
    const key = parseVkey(nodeSha256, text);
    return E.isRight(key) && key.right.type === 1 && key.right.name === name ? [key.right] : [];
  });

const trustedKeys = (trust: string | undefined, name: string): readonly NoteKey[] => {
  const policy = trust === undefined ? undefined : parseTrust(nodeSha256, trust);
  return policy === undefined || E.isLeft(policy) ? [] : policy.right.logs.filter((key) => key.name === name);
};

/** The envelope must say the same as the note, and be signed by the same key. */
const checkEnvelope = (envelope: Uint8Array, manifest: Manifest, key: NoteKey): string | undefined => {
  const payload = verifyEnvelope(nodeEd25519, key.publicKey, IN_TOTO_TYPE, decodeUtf8(envelope) ?? '');
  if (E.isLeft(payload)) return `manifest.dsse.json: expected ${payload.left.expected}, found ${payload.left.found}`;
  return equalBytes(payload.right, manifestStatement(manifest))
    ? undefined
    : 'manifest.dsse.json says something else than the manifest';
};

const describe = (path: string, why: 'missing' | 'not_listed' | 'changed'): string => {
  switch (why) {
    case 'missing':
      return `${path} is in the manifest and not here`;
    case 'not_listed':
      return `${path} is not in the manifest`;
    case 'changed':
      return `${path} is not the file that was packed`;
  }
};

interface ReadManifest {
  readonly manifest: Manifest;
  readonly signed: 'trusted' | 'claimed' | 'unknown';
}

const readManifest = (parts: ManifestParts, note: Uint8Array): E.Either<string, ReadManifest> => {
  const text = decodeUtf8(note) ?? '';
  const parsed = parseNote(text);
  const manifest = E.isLeft(parsed) ? parsed : parseManifestBody(parsed.right.text);
  if (E.isLeft(manifest)) return E.left(`manifest: expected ${manifest.left.expected}, found ${manifest.left.found}`);
  if (parts.origin === undefined)
    return E.left('the checkpoint cannot be read, so nothing says which ledger the manifest is of');
  if (manifest.right.origin !== parts.origin)
    return E.left(`the manifest is of another ledger, ${manifest.right.origin}`);
  const name = exportKeyName(manifest.right.origin);
  const trusted = trustedKeys(parts.trust, name);
  const claimed = exportKeys(parts.claimedKeys, name).filter(
    (key) => !trusted.some((known) => equalBytes(known.publicKey, key.publicKey)),
  );
  const judged = judgeNote(nodeEd25519, [...trusted, ...claimed], text);
  if (E.isLeft(judged) || judged.right.bad.length > 0) return E.left('the signature of the manifest is bad');
  const [key] = judged.right.verified;
  if (trusted.length > 0 && (key === undefined || !trusted.includes(key.key)))
    return E.left('the manifest is not signed with the export key that you trust');
  if (key === undefined) return E.right({ manifest: manifest.right, signed: 'unknown' });
  if (parts.envelope === undefined) return E.left('manifest.dsse.json is not here, and the manifest is');
  const flaw = checkEnvelope(parts.envelope, manifest.right, key.key);
  return flaw === undefined
    ? E.right({ manifest: manifest.right, signed: trusted.includes(key.key) ? 'trusted' : 'claimed' })
    : E.left(flaw);
};

/**
 * Whoever trusts an export key expects its manifest: without one the files are as anybody may have left them. Only a bundle
 * that no manifest can list has none.
 */
const expecting = (): ManifestCheck => {
  let characters = 0;
  const count = (file: BundleFile): void => {
    characters += MANIFEST_ENTRY_CHARACTERS + formatBundlePath(file).length;
  };
  return {
    met: count,
    streamed: count,
    conclude: () =>
      characters > MANIFEST_CHARACTERS_MAX
        ? { manifest: 'none', tooManyFiles: true }
        : broken('there is no manifest, and you trust an export key that signs one'),
  };
};

const deaf = (verdict: ManifestVerdict): ManifestCheck => ({
  met: () => {},
  streamed: () => {},
  conclude: () => verdict,
});

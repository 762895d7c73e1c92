/** A catalog with its digest: what receipts name, and what decides. */

import { type Catalog, compileCatalog, type Issue } from '@tai-autonomics/core';
import {
  CATALOG_DOMAIN,
  canonicalize,
  concatBytes,
  encodeBase64url,
  encodeUtf8,
  type Json,
  type Sha256,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import { nodeSha256 } from '../node/crypto.ts';

/** A compiled catalog with the digest and the text that receipts and bundles name it by. */
export interface LoadedCatalog {
  readonly catalog: Catalog;
  /** base64url of SHA-256 over the domain and the canonical JSON of the catalog as it is written. */
  readonly digest: string;
  /** The canonical JSON: what an evidence bundle carries. */
  readonly text: string;
}

const NOTHING = new Uint8Array(0);

/** The digest of a catalog's text, which has to be canonical JSON; whether it compiles is not asked. */
export const catalogDigest = (text: string, sha256: Sha256 = nodeSha256): E.Either<string, string> => {
  try {
    const canonical = canonicalize(JSON.parse(text) as Json);
    return E.isRight(canonical) && canonical.right === text
      ? E.right(digestOf(sha256, text))
      : E.left('a catalog is kept as canonical JSON');
  } catch {
    return E.left('a catalog is JSON');
  }
};

/** Compiles a catalog as written and takes its digest. Lists everything that is wrong. */
export const loadCatalog = (
  json: unknown,
  sha256: Sha256 = nodeSha256,
): E.Either<readonly [Issue, ...Issue[]], LoadedCatalog> => {
  const text = canonicalize(json as Json);
  if (E.isLeft(text)) {
    const { path, expected, found } = text.left;
    return E.left([{ path, expected, found }]);
  }
  return E.map(
    (catalog: Catalog): LoadedCatalog => ({ catalog, digest: digestOf(sha256, text.right), text: text.right }),
  )(compileCatalog(json));
};

/** Compiles what is kept under a digest. Left, in one sentence, with why it is not that catalog or does not compile. */
export const loadKept = (digest: string, text: string): E.Either<string, LoadedCatalog> => {
  const known = lately.get(digest);
  if (known?.text === text) return E.right(known);
  const loaded = loadCatalog(parsed(text));
  if (E.isLeft(loaded)) {
    const [{ path, expected }] = loaded.left;
    return E.left(`it does not compile: at ${path.join('.')}: expected ${expected}`);
  }
  const { digest: found } = loaded.right;
  if (found !== digest) return E.left(`what stands there has the digest ${found}`);
  if (loaded.right.text === text) lately.set(digest, loaded.right);
  return loaded;
};

/** What is simulated, activated and then decided by is one catalog: it is compiled once. Known by all of its text. */
const lately = createRecentlyUsed<LoadedCatalog>(2);

const digestOf = (sha256: Sha256, text: string): string =>
  encodeBase64url(sha256(concatBytes(encodeUtf8(CATALOG_DOMAIN) ?? NOTHING, encodeUtf8(text) ?? NOTHING)));

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

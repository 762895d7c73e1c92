/**
 * Marketplaces: where listing documents are published. The one here is a directory: documents under the digest of their bytes,
 * and an index that says which one each listing is now. A document is there before the index names it, and the index is
 * replaced whole.
 *
 * ```
 * DIR/documents/DIGEST.json   canonical JSON; the name is the SHA-256 of its bytes
 * DIR/index.json              { "format": "tai-autonomics/listings@1", "listings": { "acme": { "professional": "DIGEST" } } }
 * ```
 */
import { createHash } from 'node:crypto';
import { link, lstat, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize, isPlainObject, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { isCode, placeFile } from '../node/durable-file.ts';
import type { Ms } from '../ports.ts';
import { changeJsonFile, readJsonFile, TIME_IS_UP } from './json-file.ts';

/** A listing of a tenant, by its id in the marketplace. */
export interface ListingRef {
  readonly tenant: string;
  readonly listing: string;
}

/** A listing document, ready to be published: canonical JSON, and the digest of its bytes. */
export interface ListingText {
  readonly text: string;
  /** base64url of SHA-256. */
  readonly digest: string;
}

/**
 * Where listings are published. One tenant's listing is never another's, whatever they are called. Once the signal of a step is
 * aborted nothing is published or withdrawn any more.
 */
export interface Marketplace {
  /** The digest of what is published; `undefined` where nothing is. */
  readonly published: (of: ListingRef, signal: AbortSignal) => Promise<E.Either<string, string | undefined>>;
  /** Publishes in place of what is published. Whole or not at all, and the same again changes nothing. */
  readonly publish: (of: ListingRef, document: ListingText, signal: AbortSignal) => Promise<E.Either<string, void>>;
  /** Withdraws what is published, if it is still this. Where nothing is published it changes nothing. */
  readonly withdraw: (of: ListingRef, digest: string, signal: AbortSignal) => Promise<E.Either<string, void>>;
}

/** What a listing may be called: the name is a member of an index, and for nobody a path. */
const LISTING = /^[a-z][a-z0-9_]{0,99}$/;
const DIGEST = /^[A-Za-z0-9_-]{43}$/;

/** Whether it can be the id of a listing. */
export const isListingId = (x: unknown): x is string => typeof x === 'string' && LISTING.test(x);

/** A document as it is published; left where it has no canonical form. */
export const listingText = (document: unknown): E.Either<string, ListingText> => {
  const text = canonicalize(document as Json);
  return E.isLeft(text)
    ? E.left('the document has no canonical form')
    : E.right({ text: text.right, digest: createHash('sha256').update(text.right, 'utf8').digest('base64url') });
};

/** A marketplace in memory: for tests, and for hosts that show listings by themselves. */
export const memoryMarketplace = (): Marketplace => {
  const listings = new Map<string, string>();
  const keyOf = ({ tenant, listing }: ListingRef): string => JSON.stringify([tenant, listing]);
  return {
    published: async (of) => E.right(listings.get(keyOf(of))),
    publish: async (of, { digest }, signal) =>
      signal.aborted ? E.left(TIME_IS_UP) : E.right(void listings.set(keyOf(of), digest)),
    withdraw: async (of, digest, signal) => {
      if (signal.aborted) return E.left(TIME_IS_UP);
      const now = listings.get(keyOf(of));
      if (now !== undefined && now !== digest) return E.left(CHANGED);
      listings.delete(keyOf(of));
      return E.right(undefined);
    },
  };
};

/** A marketplace in a directory, which is made where it is not there. It follows no symbolic link that somebody put into it. */
export const directoryMarketplace = (directory: string, staleMs: Ms): Marketplace => {
  const index = join(directory, 'index.json');
  const change = async (
    of: ListingRef,
    signal: AbortSignal,
    next: (now: string | undefined) => E.Either<string, string | undefined>,
  ) => {
    const linked = await linkFault(index);
    if (linked !== undefined) return E.left(linked);
    return changeJsonFile<void>(
      index,
      staleMs,
      (json) =>
        E.chain((all: Listings) =>
          E.map((digest: string | undefined) => ({
            answer: undefined,
            json: digest === digestIn(all, of) ? undefined : formatIndex(withListing(all, of, digest)),
          }))(next(digestIn(all, of))),
        )(parseIndex(json)),
      signal,
    );
  };
  return {
    published: async (of, signal) => {
      const linked = await linkFault(index);
      if (linked !== undefined) return E.left(linked);
      const json = await readJsonFile(index, signal);
      if (E.isLeft(json)) return json;
      return E.map((all: Listings) => digestIn(all, of))(parseIndex(json.right));
    },
    publish: async (of, document, signal) => {
      if (!isListingId(of.listing)) return E.left('it is no id of a listing');
      if (signal.aborted) return E.left(TIME_IS_UP);
      const kept = await keepDocument(directory, document);
      return E.isLeft(kept) ? kept : change(of, signal, () => E.right(document.digest));
    },
    withdraw: async (of, digest, signal) => {
      if (signal.aborted) return E.left(TIME_IS_UP);
      // Where there is no index yet, nothing is published.
      return !(await isThere(index))
        ? E.right(undefined)
        : change(of, signal, (now) => (now === undefined || now === digest ? E.right(undefined) : E.left(CHANGED)));
    },
  };
};

const CHANGED = 'another document was published since it was looked at: nothing was done';
const FORMAT = 'tai-autonomics/listings@1';

/** Digests by tenant and listing. */
type Listings = ReadonlyMap<string, ReadonlyMap<string, string>>;

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (thrown: unknown) => !isCode(thrown, 'ENOENT'),
  );

const linkFault = async (path: string): Promise<string | undefined> => {
  try {
    return (await lstat(path)).isSymbolicLink()
      ? 'the index is a symbolic link: nothing is read or written through it'
      : undefined;
  } catch {
    return undefined;
  }
};

/** Writes a document under its digest. One that is there already has to be the same. */
const keepDocument = async (directory: string, { text, digest }: ListingText): Promise<E.Either<string, void>> => {
  try {
    const folder = join(directory, 'documents');
    await mkdir(folder, { recursive: true });
    if (!(await lstat(folder)).isDirectory()) return E.left('`documents` is no directory');
    const path = join(folder, `${digest}.json`);
    try {
      // A link, not a rename: what has the name already stays what it is.
      await placeFile(path, text, 0o644, link);
    } catch (thrown) {
      if (!isCode(thrown, 'EEXIST')) throw thrown;
    }
    const isFile = (await lstat(path)).isFile();
    return isFile && (await readFile(path, 'utf8')) === text
      ? E.right(undefined)
      : E.left('what has the name of the document is something else');
  } catch (thrown) {
    return E.left(`the document cannot be written: ${messageOf(thrown)}`);
  }
};

const parseIndex = (json: unknown): E.Either<string, Listings> => {
  if (json === undefined) return E.right(new Map());
  const expected = E.left(`the index: expected {"format": "${FORMAT}", "listings": {tenant: {listing: digest}}}`);
  if (!isPlainObject(json) || json['format'] !== FORMAT || !isPlainObject(json['listings'])) return expected;
  const all = new Map<string, ReadonlyMap<string, string>>();
  for (const [tenant, own] of Object.entries(json['listings'])) {
    if (!isPlainObject(own)) return expected;
    const rows = Object.entries(own);
    if (!rows.every((row): row is [string, string] => typeof row[1] === 'string' && DIGEST.test(row[1])))
      return expected;
    all.set(tenant, new Map(rows));
  }
  return E.right(all);
};

const digestIn = (all: Listings, { tenant, listing }: ListingRef): string | undefined => all.get(tenant)?.get(listing);

const withListing = (all: Listings, { tenant, listing }: ListingRef, digest: string | undefined): Listings => {
  const own = new Map(all.get(tenant));
  if (digest === undefined) own.delete(listing);
  else own.set(listing, digest);
  const next = new Map(all);
  if (own.size === 0) next.delete(tenant);
  else next.set(tenant, own);
  return next;
};

const sorted = <A>(table: ReadonlyMap<string, A>): readonly (readonly [string, A])[] =>
  [...table].sort(([a], [b]) => (a < b ? -1 : 1));

const formatIndex = (all: Listings): unknown => ({
  format: FORMAT,
  listings: Object.fromEntries(sorted(all).map(([tenant, own]) => [tenant, Object.fromEntries(sorted(own))])),
});

/** What a listing document says of itself, and what is published in its place. */
import type { FactId, Value } from '@tai-autonomics/core/author';
import {
  canonicalize,
  encodeBase64url,
  encodeUtf8,
  isPlainObject,
  type Json,
  nobleSha256,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Listing } from '../commerce/listings/listing.ts';
import { parseListing } from '../commerce/listings/parse-listing.ts';
import type { Detector } from '../detector.ts';
import { member, sameNames } from '../members.ts';

const DIGEST = /^[A-Za-z0-9_-]{43}$/;

/** base64url of SHA-256 over the canonical JSON of a listing document; `undefined` for what has none (a lone surrogate). */
export const listingDigest = (document: unknown): string | undefined => {
  const text = canonicalize(document as Json);
  const bytes = E.isRight(text) ? encodeUtf8(text.right) : undefined;
  return bytes === undefined ? undefined : encodeBase64url(nobleSha256(bytes));
};

/** Whether a plan's row sells exactly what the listing offers. */
const isSold = ({ entitlement, sku_id }: Listing, plan: unknown): boolean =>
  isPlainObject(plan) &&
  member(plan, 'sku_id') === sku_id &&
  sameNames(member(plan, 'packs'), entitlement.enabled_packs) &&
  sameNames(member(plan, 'iam_roles'), entitlement.iam_roles);

const detect = (raw: unknown): E.Either<string, Readonly<Record<FactId, Value>>> => {
  if (!isPlainObject(raw)) return E.left('expected an object');
  const [listing, plans, published] = [member(raw, 'listing'), member(raw, 'plans'), member(raw, 'published')];
  if (typeof listing !== 'string') return E.left('expected listing to be the id of the listing');
  if (!isPlainObject(plans)) return E.left('expected plans to be the plans that are sold');
  if (published !== null && !(typeof published === 'string' && DIGEST.test(published)))
    return E.left('expected published to be a digest, or null');
  const document = member(raw, 'document');
  const digest = listingDigest(document);
  if (digest === undefined) return E.left('expected document to have a canonical form');
  const parsed = parseListing(document);
  const isOwn = E.isRight(parsed) && parsed.right.listing_id === listing;
  return E.right({
    listing_valid: isOwn,
    listing_sold: isOwn && isSold(parsed.right, member(plans, parsed.right.plan_id)),
    listing_digest: digest,
    published_listing: published ?? 'none',
  });
};

/**
 * `{listing, document, plans, published}` → `listing_valid` (the document is a listing, and has the id that its resource
 * publishes), `listing_sold` (SKU, packs and roles are those of its plan), `listing_digest`, `published_listing` (a digest, or
 * `none`). `plans` are rows of the catalog by plan id.
 */
export const listingDocument: Detector = {
  id: 'listing_document',
  version: 1,
  facts: ['listing_digest', 'listing_sold', 'listing_valid', 'published_listing'],
  detect,
};

/** Publishing listing documents: exactly the one that was looked at, in its own place, whole or not at all. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HandlerCall } from '@tai-autonomics/governor';
import {
  directoryMarketplace,
  type ListingPlace,
  listingObserver,
  listingText,
  type Marketplace,
  memoryMarketplace,
} from '@tai-autonomics/governor/local';
import { createExecutor } from '@tai-autonomics/governor/node';
import { listingHandlers, publishListing, withdrawListing } from '@tai-autonomics/governor/production';
import {
  buildListings,
  type Listing,
  library,
  listingDigest,
  listingDocument,
  priceBooks,
} from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const ACME = { tenant: 'acme', resource: 'shop/professional' };
const signal = new AbortController().signal;

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isRight(either)) return either.right;
  throw new Error(JSON.stringify(either.left));
};
const [book] = priceBooks;
if (book === undefined) throw new Error('no price book');
const listings = right(buildListings(library, book));
const listingOf = (id: string): Listing => {
  const found = listings.find(({ listing_id }) => listing_id === id);
  if (found === undefined) throw new Error(`no listing ${id}`);
  return found;
};

interface Shop {
  readonly folder: string;
  readonly place: ListingPlace;
  readonly offer: (document: unknown) => void;
  readonly call: (digest: unknown, over?: Partial<ListingPlace>) => HandlerCall;
  readonly see: () => Promise<Readonly<Record<string, unknown>>>;
  readonly index: () => unknown;
}

const makeShop = (): Shop => {
  const folder = scratchFolder({ onTestFinished });
  const place = {
    listing: 'professional',
    document: join(folder, 'professional.json'),
    directory: join(folder, 'market'),
  };
  mkdirSync(place.directory);
  const observer = listingObserver({
    source: 'listing',
    detector: listingDocument,
    timeoutMs: 20_000,
    clock: () => 0,
    place: () => place,
    plans: () => library.plans,
  });
  return {
    folder,
    place,
    offer: (document) => writeFileSync(place.document, JSON.stringify(document, null, 2)),
    call: (digest, over = {}) => ({
      ...ACME,
      step: stepOf('publish_listing', { digest: digest as string }),
      mode: 'contractual',
      options: { listings: { acme: { 'shop/professional': { ...place, ...over } } } },
      signal,
    }),
    see: async () => {
      const seen = await observer.observe(ACME.resource, observer.facts, signal, 'acme');
      return Object.fromEntries(seen.map(({ fact, value }) => [fact, value]));
    },
    index: () => JSON.parse(readFileSync(join(place.directory, 'index.json'), 'utf8')),
  };
};

test('every listing of the shop is valid and sold, and its digest is that of its canonical bytes', () => {
  for (const document of listings.filter(({ plan_id }) => Object.hasOwn(library.plans, plan_id))) {
    const raw = { listing: document.listing_id, document, plans: library.plans, published: null };
    const digest = createHash('sha256')
      .update(right(listingText(document)).text)
      .digest('base64url');
    expect(listingDigest(document)).toBe(digest);
    expect(listingDocument.detect(raw)).toEqual(
      E.right({ listing_valid: true, listing_sold: true, listing_digest: digest, published_listing: 'none' }),
    );
  }
});

test('a listing is published by content, seen by its digest, and withdrawn', async () => {
  const shop = makeShop();
  shop.offer(listingOf('professional'));
  const { listing_digest: digest, ...seen } = await shop.see();
  expect(seen).toEqual({ listing_valid: true, listing_sold: true, published_listing: 'none' });
  const executor = createExecutor(listingHandlers({ acme: { 'shop/professional': shop.place } }));
  const step = stepOf('publish_listing', { digest: String(digest) });
  const result = { listing: 'professional', digest };
  for (const time of ['once', 'and a second time'])
    expect([time, await executor.run(step, ACME, 'contractual')]).toMatchObject([time, { status: 'success', result }]);
  expect(shop.index()).toEqual({
    format: 'tai-autonomics/listings@1',
    listings: { acme: { professional: digest } },
  });
  const bytes = readFileSync(join(shop.place.directory, 'documents', `${digest}.json`));
  expect(createHash('sha256').update(bytes).digest('base64url')).toBe(digest);
  expect(await shop.see()).toMatchObject({ published_listing: digest });
  const withdraw = stepOf('withdraw_listing', { digest: String(digest) });
  for (const time of ['once', 'and a second time'])
    expect([time, await executor.run(withdraw, ACME, 'contractual')]).toMatchObject([time, { status: 'success' }]);
  expect(await shop.see()).toMatchObject({ published_listing: 'none' });
  expect(readdirSync(join(shop.place.directory, 'documents'))).toEqual([`${digest}.json`]);
});

test('a document that changed since it was looked at is not published', async () => {
  const shop = makeShop();
  shop.offer(listingOf('professional'));
  const { listing_digest: digest } = await shop.see();
  const { price, ...cheaper } = listingOf('professional');
  shop.offer({ ...cheaper, price: { ...price, minor: 1 } });
  await expect(publishListing(shop.call(digest))).rejects.toThrow('changed since it was looked at');
  expect(existsSync(join(shop.place.directory, 'index.json'))).toBe(false);
});

const spoilt = (change: (listing: Listing) => unknown): unknown => change(listingOf('professional'));

test.for([
  { note: 'the document of another listing', document: listingOf('enterprise') },
  { note: 'an id that is a path', document: spoilt((l) => ({ ...l, listing_id: '../../etc/cron.d/x' })) },
  { note: 'an unknown member', document: spoilt((l) => ({ ...l, script: 'x' })) },
  { note: 'a price in fractions', document: spoilt((l) => ({ ...l, price: { ...l.price, minor: 0.5 } })) },
  { note: 'a negative price', document: spoilt((l) => ({ ...l, price: { ...l.price, minor: -1 } })) },
  { note: 'a line break in its name', document: spoilt((l) => ({ ...l, name: 'a\nb' })) },
  { note: 'a claim of conformance', document: spoilt((l) => ({ ...l, tagline: 'SOC2-ready, certified' })) },
  {
    note: 'an entitlement to more than is shown',
    document: spoilt((l) => ({ ...l, entitlement: listingOf('enterprise').entitlement })),
  },
  { note: 'a list', document: [] },
  { note: 'null', document: null },
])('$note: no valid listing', async ({ document }) => {
  const shop = makeShop();
  shop.offer(document);
  expect(await shop.see()).toMatchObject({ listing_valid: false, listing_sold: false });
});

test.for([
  { note: 'another SKU than the plan’s', over: { sku_id: 'rollback-guard-base' } },
  {
    note: 'a role more than the plan’s ceiling',
    over: { iam_roles: [...listingOf('professional').roles, 'write_iam'] },
  },
])('$note: valid, and not sold', async ({ over }) => {
  const shop = makeShop();
  const { entitlement, ...listing } = listingOf('professional');
  const more = { ...entitlement, ...over };
  shop.offer({ ...listing, sku_id: more.sku_id, roles: more.iam_roles, entitlement: more });
  expect(await shop.see()).toMatchObject({ listing_valid: true, listing_sold: false });
});

describe('what leads elsewhere is not followed', () => {
  test('a document behind a symbolic link is not seen, and not published', async () => {
    const shop = makeShop();
    const secret = join(shop.folder, 'secret.json');
    writeFileSync(secret, JSON.stringify(listingOf('professional')));
    symlinkSync(secret, shop.place.document);
    expect(await shop.see()).toEqual({});
    await expect(publishListing(shop.call(listingDigest(listingOf('professional'))))).rejects.toThrow('no file');
  });

  test.for([
    { note: 'the index', name: 'index.json' },
    { note: 'the folder of documents', name: 'documents' },
  ])('$note', async ({ name }) => {
    const shop = makeShop();
    const outside = join(shop.folder, 'outside');
    if (name === 'documents') mkdirSync(outside);
    else writeFileSync(outside, JSON.stringify({ format: 'tai-autonomics/listings@1', listings: {} }));
    symlinkSync(outside, join(shop.place.directory, name));
    const before = name === 'documents' ? readdirSync(outside) : readFileSync(outside, 'utf8');
    shop.offer(listingOf('professional'));
    await expect(publishListing(shop.call(listingDigest(listingOf('professional'))))).rejects.toThrow(/./);
    expect(name === 'documents' ? readdirSync(outside) : readFileSync(outside, 'utf8')).toEqual(before);
  });

  test('a file that has the name of the document, and is another', async () => {
    const shop = makeShop();
    const document = listingOf('professional');
    mkdirSync(join(shop.place.directory, 'documents'));
    writeFileSync(join(shop.place.directory, 'documents', `${listingDigest(document)}.json`), '{}');
    shop.offer(document);
    await expect(publishListing(shop.call(listingDigest(document)))).rejects.toThrow('something else');
    expect(existsSync(join(shop.place.directory, 'index.json'))).toBe(false);
  });

  test('an id that is a path is no place, and no listing of a directory', async () => {
    const shop = makeShop();
    shop.offer({ ...listingOf('professional'), listing_id: '../x' });
    const digest = listingDigest({ ...listingOf('professional'), listing_id: '../x' });
    await expect(publishListing(shop.call(digest, { listing: '../x' }))).rejects.toThrow('no listing is registered');
    const market = directoryMarketplace(shop.place.directory, 1_000);
    const text = right(listingText({}));
    expect(await market.publish({ tenant: 'acme', listing: '../x' }, text, signal)).toMatchObject({ _tag: 'Left' });
    expect(readdirSync(shop.place.directory)).toEqual([]);
  });
});

test.for([
  { note: 'a directory', make: (folder: string): Marketplace => directoryMarketplace(join(folder, 'market'), 1_000) },
  { note: 'memory', make: (): Marketplace => memoryMarketplace() },
])('a marketplace in $note keeps its promises', async ({ make }) => {
  const folder = scratchFolder({ onTestFinished });
  mkdirSync(join(folder, 'market'));
  const market = make(folder);
  const [one, other] = [right(listingText({ n: 1 })), right(listingText({ n: 2 }))];
  const [acme, globex] = [
    { tenant: 'acme', listing: 'pro' },
    { tenant: 'globex', listing: 'pro' },
  ];
  expect(await market.published(acme, signal)).toEqual(E.right(undefined));
  expect(await market.publish(acme, one, signal)).toEqual(E.right(undefined));
  expect(await market.publish(globex, other, signal)).toEqual(E.right(undefined));
  expect([await market.published(acme, signal), await market.published(globex, signal)]).toEqual([
    E.right(one.digest),
    E.right(other.digest),
  ]);
  // A step whose time is up changes nothing any more.
  const over = AbortSignal.abort();
  expect(await market.publish(acme, other, over)).toEqual(E.left(expect.stringContaining('time of the step is up')));
  expect(await market.withdraw(acme, one.digest, over)).toEqual(E.left(expect.stringContaining('time of the step')));
  expect(await market.published(acme, signal)).toEqual(E.right(one.digest));
  // What was published since is not withdrawn by who looked before.
  expect(await market.withdraw(globex, one.digest, signal)).toMatchObject({ _tag: 'Left' });
  expect(await market.withdraw(acme, one.digest, signal)).toEqual(E.right(undefined));
  expect([await market.published(acme, signal), await market.published(globex, signal)]).toEqual([
    E.right(undefined),
    E.right(other.digest),
  ]);
});

test('a withdrawal takes back what was looked at, and nothing newer', async () => {
  const shop = makeShop();
  const document = listingOf('professional');
  shop.offer(document);
  await publishListing(shop.call(listingDigest(document)));
  const before = shop.index();
  await expect(withdrawListing(shop.call('A'.repeat(43)))).rejects.toThrow('was published since');
  expect(shop.index()).toEqual(before);
});

/** Listings: many products from one catalog, each of which can be bought; prices in whole minor units, from dated books. */

import { compileCatalog } from '@tai-autonomics/core';
import { type Plan, ROLES } from '@tai-autonomics/core/author';
import { activePacks, emptyState } from '@tai-autonomics/core/engine';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import {
  buildListings,
  discounted,
  divideHalfEven,
  editions,
  type Listing,
  library,
  lintListings,
  listingMarkdown,
  offeredBook,
  type PriceBook,
  parsePriceBook,
  priceBooks,
  priceText,
  withEditions,
} from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { after, decided, eventOf } from './apply.ts';
import { SIX, sixSource } from './six.ts';

const bookOf = (id: string): PriceBook => {
  const book = priceBooks.find((candidate) => candidate.id === id);
  if (book === undefined) throw new Error(`no book ${id}`);
  return book;
};
const marketplace = bookOf('marketplace-2026');
// The plan that the tests sell everything by has no price in any book.
const { everything: _, ...priced } = sixSource.plans;
const enterprise = { ...priced['enterprise'], packs: SIX, iam_roles: ROLES } as Plan;
const six = { ...sixSource, plans: { ...priced, enterprise } };

const listed = (source = library, book = marketplace): readonly Listing[] => {
  const listings = buildListings(source, book);
  if (E.isLeft(listings)) throw new Error(`no price for ${listings.left.join(', ')}`);
  return listings.right;
};

describe.for([
  ['the shipped catalog', library],
  ['six packs', six],
] as const)('B-17: %s', ([, source]) => {
  const listings = listed(source);

  test('is sold in at least 12 listings of different products and readers', () => {
    expect(listings.length).toBeGreaterThanOrEqual(12);
    expect(new Set(listings.map(({ listing_id }) => listing_id)).size).toBe(listings.length);
    expect(new Set(listings.map(({ name }) => name)).size).toBe(listings.length);
    expect(lintListings(source, listings)).toEqual([]);
  });

  test('every listing is complete', () => {
    for (const { name, sku_id, price, packs, roles, recommended_for, tools } of listings) {
      for (const text of [name, sku_id, recommended_for, price.text]) expect(text.length).toBeGreaterThan(3);
      expect(Number.isSafeInteger(price.minor) && price.minor > 0).toBe(true);
      expect(packs.map(({ pack_id }) => pack_id)).toContain('receipt_verifier');
      expect(tools.length).toBeGreaterThanOrEqual(4);
      expect(roles.length).toBeGreaterThan(0);
    }
  });

  test('what a listing sells can be bought: its entitlement is applied, and switches on what it says', () => {
    const compiled = compileCatalog(withEditions(source));
    if (E.isLeft(compiled)) throw new Error(JSON.stringify(compiled.left));
    for (const { entitlement, packs, listing_id } of listings) {
      const decision = decided(compiled.right, emptyState, eventOf({ record: entitlement }));
      expect(decision.verdict, listing_id).toBe('approve');
      const active = activePacks(compiled.right, after(emptyState, decision));
      const bought = active.filter((id) => compiled.right.packs.get(id)?.always !== true || id === 'receipt_verifier');
      expect(bought).toEqual(packs.map(({ pack_id }) => pack_id).sort());
    }
  });

  test('the same catalog and book give the same bytes', () => {
    const again = listed(JSON.parse(JSON.stringify(source)));
    expect(JSON.stringify(again)).toBe(JSON.stringify(listings));
    expect(again.map(listingMarkdown)).toEqual(listings.map(listingMarkdown));
  });
});

test('six packs are sold in at least twelve products with a SKU of their own', () => {
  expect(new Set(listed(six).map(({ sku_id }) => sku_id)).size).toBeGreaterThanOrEqual(12);
});

test('a plan that is dropped in as data is listed by its title, with no line of code changed (B-18)', () => {
  const partner: Plan = {
    title: 'Partner mix',
    sku_id: 'partner-1',
    packs: ['receipt_verifier'],
    iam_roles: [],
    quota: 1,
  };
  const listings = listed({ ...library, plans: { ...library.plans, partner } });
  const [own] = listings.filter(({ plan_id }) => plan_id === 'partner');
  // It has no price of its own: it costs what the least plan costs that sells as much.
  expect(own).toMatchObject({ name: 'TAI Partner mix', price: { minor: 2_900 }, sku_id: 'partner-1' });
});

test('what no book has a price for is not listed, and named', () => {
  const lonely: PriceBook = { ...marketplace, prices: { base: { minor: 1 } } };
  const listings = buildListings(library, lonely);
  expect(E.isLeft(listings) && listings.left).toEqual(expect.arrayContaining(['professional', 'enterprise']));
});

test('the Markdown of a listing says its price, its packs and what a purchase switches on', () => {
  const [base] = listed();
  const text = listingMarkdown(base as Listing);
  expect(text).toMatch(/^# TAI Receipt Verification, Base\n/);
  for (const part of ['$29.00 a month', '`receipt_verifier`', 'Verification only', '"plan_id": "base"'])
    expect(text).toContain(part);
});

describe('the linter of listings', () => {
  const [base] = listed() as readonly [Listing, ...Listing[]];
  test.for([
    { note: 'as it ships', differs: {}, found: [] },
    {
      note: 'X-38: a name that claims a pack that is not enabled',
      differs: { name: 'TAI Rollback Guard — Base' },
      found: ['warning name_claims_pack'],
    },
    {
      note: 'a name in another spelling claims it too',
      differs: { name: 'TAI rollback-guard' },
      found: ['warning name_claims_pack'],
    },
    {
      note: 'X-38: an old SKU without the words that explain it',
      differs: { tagline: 'The first plan.' },
      found: ['warning sku_claims_pack'],
    },
    {
      note: 'a claim that nothing backs',
      differs: { recommended_for: 'HIPAA-ready and certified teams' },
      found: ['error claims_conformance'],
    },
    {
      note: 'tamper-proof',
      differs: { tagline: 'Verification only, tamper-proof.' },
      found: ['error claims_conformance'],
    },
  ])('$note', ({ differs, found }) => {
    const findings = lintListings(library, [{ ...base, ...differs }]);
    expect(findings.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(found);
  });

  test('two listings of one id, and of one name', () => {
    expect(lintListings(library, [base, base]).map(({ rule }) => rule)).toEqual(['repeated_id', 'repeated_name']);
  });

  test('no edition and no plan is listed under a pack that it does not have', () => {
    expect(editions.length).toBeGreaterThanOrEqual(9);
    expect(lintListings(six, listed(six))).toEqual([]);
  });
});

describe('prices', () => {
  test('X-06: the list prices, and what was announced', () => {
    const prices = ['marketplace-2026', 'roadmap-2026q2', 'roadmap-2026q3'].map((id) =>
      ['base', 'professional', 'enterprise'].map((plan) => {
        const book = bookOf(id);
        const price = book.prices[plan];
        return price === undefined ? '' : priceText(book, price);
      }),
    );
    expect(prices).toEqual([
      ['$29.00', '$299.00', '$2,999.00'],
      ['$499.00', '$1,999.00', 'from $9,999.00'],
      ['$599.00', '$2,299.00', 'from $9,999.00'],
    ]);
    expect(new Set(priceBooks.map(({ id }) => id)).size).toBe(4);
    for (const book of priceBooks) expect(parsePriceBook(JSON.parse(JSON.stringify(book)))).toEqual(E.right(book));
  });

  test('X-07: ten percent off 599.00 is 539.10', () => {
    const book = bookOf('roadmap-2026q3');
    const price = discounted(book, { minor: 59_900 }, 'phase_2_customer');
    expect(price).toEqual({ minor: 53_910 });
    expect(discounted(book, { minor: 59_900 }, 'constructor')).toBeUndefined();
  });

  test.for([
    [5, 2, 2],
    [7, 2, 4],
    [15, 10, 2],
    [25, 10, 2],
    [26, 10, 3],
    [24, 10, 2],
    [0, 7, 0],
  ] as const)('%i / %i is %i: a half goes to the even neighbour', ([dividend, divisor, quotient]) =>
    expect(divideHalfEven(dividend, divisor)).toBe(quotient),
  );

  test('a discount takes off its share within half a minor unit, and never more than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 1, max: 100 }), (minor, percent) => {
        const book: PriceBook = { ...marketplace, discounts: { some: { percent, means: 'some' } } };
        const left = discounted(book, { minor }, 'some')?.minor ?? Number.NaN;
        expect(Number.isSafeInteger(left)).toBe(true);
        expect(Math.abs((minor - left) * 100 - minor * percent)).toBeLessThanOrEqual(50);
        expect(left).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test.for([
    { note: 'a fraction', differs: { prices: { base: { minor: 29.5 } } }, at: 'prices.base.minor' },
    { note: 'a price below nothing', differs: { prices: { base: { minor: -1 } } }, at: 'prices.base.minor' },
    { note: 'a price in words', differs: { prices: { base: '29' } }, at: 'prices.base.minor' },
    {
      note: 'a word that it does not know',
      differs: { prices: { base: { minor: 1, per: 'year' } } },
      at: 'prices.base.per',
    },
    { note: 'a day that is none', differs: { valid_from: '26.1.2026' }, at: 'valid_from' },
    { note: 'another currency', differs: { currency: 'XAU' }, at: 'currency' },
    {
      note: 'a discount of more than everything',
      differs: { discounts: { all: { percent: 101, means: 'x' } } },
      at: 'discounts.all.percent',
    },
    { note: 'no prices', differs: { prices: null }, at: 'prices' },
    { note: 'a member too many', differs: { note: 'x' }, at: 'note' },
  ])('a book with $note is refused, at its place', ({ differs, at }) => {
    const parsed = parsePriceBook({ ...marketplace, ...differs });
    expect(E.isLeft(parsed) && parsed.left.map(({ path }) => path.join('.'))).toEqual([at]);
  });
});

describe('B-18: a price experiment', () => {
  const experiment = {
    id: 'spring',
    arms: [
      { book: 'marketplace-2026', weight: 3 },
      { book: 'roadmap-2026q2', weight: 1 },
    ],
  } as const;
  const offered = (tenant: string, differs: object = {}): string =>
    offeredBook(nodeSha256, { ...experiment, ...differs }, tenant);

  test('who is offered what is a golden: it holds for ever, on any machine', () => {
    const tenants = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'tyrell', 'wonka', 'été'];
    const second = tenants.filter((tenant) => offered(tenant) === 'roadmap-2026q2');
    expect(second).toEqual(['globex', 'tyrell', 'wonka']);
  });

  test('an arm that gets nobody changes nothing for anybody', () => {
    const nobody = { book: 'bundles', weight: 0 };
    fc.assert(
      fc.property(fc.string(), fc.nat(2), (tenant, at) => {
        expect(offered(tenant, { arms: experiment.arms.toSpliced(at, 0, nobody as never) })).toBe(offered(tenant));
      }),
    );
  });

  test('tenants are shared out by weight', () => {
    const count = 4_000;
    const second = Array.from({ length: count }, (_, i) => offered(`tenant ${i}`)).filter(
      (book) => book === 'roadmap-2026q2',
    );
    expect(second.length / count).toBeGreaterThan(0.22);
    expect(second.length / count).toBeLessThan(0.28);
  });

  test('an arm without weight gets nobody, and another experiment draws anew', () => {
    const arms = [
      { book: 'a', weight: 0 },
      { book: 'b', weight: 1 },
    ];
    const tenants = Array.from({ length: 200 }, (_, i) => `tenant ${i}`);
    expect(new Set(tenants.map((tenant) => offered(tenant, { arms })))).toEqual(new Set(['b']));
    expect(tenants.filter((tenant) => offered(tenant) !== offered(tenant, { id: 'autumn' })).length).toBeGreaterThan(
      20,
    );
  });
});

/** The dated price books. `marketplace-2026` is the one that is sold; the others are what was announced (X-06, B-01, B-02, B-22). */
import type { PriceBook } from './price-book.ts';

/** The dated price books, in integer minor units. */
export const priceBooks: readonly PriceBook[] = [
  {
    id: 'marketplace-2026',
    title: 'Marketplace list prices',
    valid_from: '2026-01-26',
    currency: 'USD',
    prices: {
      base: { minor: 2_900 },
      professional: { minor: 29_900 },
      release: { minor: 29_900 },
      enterprise: { minor: 299_900 },
    },
  },
  {
    id: 'roadmap-2026q2',
    title: 'Announced for the second quarter: Standard, Professional, Enterprise',
    valid_from: '2026-04-01',
    currency: 'USD',
    prices: {
      base: { minor: 49_900 },
      professional: { minor: 199_900 },
      release: { minor: 199_900 },
      enterprise: { minor: 999_900, from: true },
    },
  },
  {
    id: 'roadmap-2026q3',
    title: 'Announced for the third quarter',
    valid_from: '2026-07-01',
    currency: 'USD',
    prices: {
      base: { minor: 59_900 },
      professional: { minor: 229_900 },
      release: { minor: 229_900 },
      enterprise: { minor: 999_900, from: true },
    },
    // Still a rise over the second quarter: 539.10 after 499.00.
    discounts: { phase_2_customer: { percent: 10, means: 'for those who subscribed in the second phase' } },
  },
  {
    id: 'bundles',
    title: 'Bundles: Core, Growth and Agency, each from the list price of its plan',
    valid_from: '2026-01-26',
    currency: 'USD',
    prices: {
      base: { minor: 2_900, from: true },
      professional: { minor: 29_900, from: true },
      release: { minor: 29_900, from: true },
      enterprise: { minor: 299_900, from: true },
    },
  },
];

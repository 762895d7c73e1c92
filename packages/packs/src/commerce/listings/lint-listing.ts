/** What a listing may not say, and what two listings may not share. */
import type { CatalogSource } from '@tai-autonomics/core';
import type { PackId } from '@tai-autonomics/core/author';
import type { Listing } from './listing.ts';

/** One thing that is wrong with a listing. A warning does not stop it from being written. */
export interface ListingFinding {
  readonly severity: 'error' | 'warning';
  readonly listing: string;
  readonly rule: 'name_claims_pack' | 'sku_claims_pack' | 'claims_conformance' | 'repeated_id' | 'repeated_name';
  readonly says: string;
}

/** Everything that is wrong with a catalog's listings, in their order. */
export const lintListings = (source: CatalogSource, listings: readonly Listing[]): readonly ListingFinding[] => {
  const ids = new Set<string>();
  const names = new Set<string>();
  return listings.flatMap((listing) => {
    const { listing_id: id, name } = listing;
    const findings: ListingFinding[] = [...lintOne(source, listing)];
    const again = (rule: ListingFinding['rule'], says: string): void =>
      void findings.push({ severity: 'error', listing: id, rule, says });
    if (ids.has(id)) again('repeated_id', 'another listing has this id');
    if (names.has(name)) again('repeated_name', 'another listing has this name');
    ids.add(id);
    names.add(name);
    return findings;
  });
};

const CONFORMANCE =
  /\b(certifi(ed|cation|cate of)|complian(t|ce)|tamper-?proof|(hipaa|soc ?2|gdpr|pci|iso ?27001)[- ](ready|certified))\b/i;

/** What a text claims of conformance, in its own words; nothing here backs such a claim. */
export const conformanceClaim = (text: string): string | undefined => CONFORMANCE.exec(text)?.[0];

const lintOne = (source: CatalogSource, listing: Listing): readonly ListingFinding[] => {
  const found = (severity: ListingFinding['severity'], rule: ListingFinding['rule'], says: string): ListingFinding => ({
    severity,
    listing: listing.listing_id,
    rule,
    says,
  });
  const { enabled_packs: enabled } = listing.entitlement;
  const texts = [listing.name, listing.tagline, listing.recommended_for, ...listing.notices];
  const isPlain = /verification only/i.test(listing.tagline);
  return [
    ...claimed(source, enabled, listing.name).map((pack) =>
      found('warning', 'name_claims_pack', `the name speaks of \`${pack}\`, which is not enabled`),
    ),
    // The SKU of the base plan is older than the rule: then the text has to say what it is.
    ...(isPlain ? [] : claimed(source, enabled, listing.sku_id)).map((pack) =>
      found(
        'warning',
        'sku_claims_pack',
        `the SKU speaks of \`${pack}\`, which is not enabled; say “verification only”`,
      ),
    ),
    ...texts.flatMap((text) => {
      const claim = conformanceClaim(text);
      return claim === undefined
        ? []
        : [found('error', 'claims_conformance', `“${claim}” is a claim that nothing here backs`)];
    }),
  ];
};

const words = (text: string): string =>
  ` ${text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()} `;

/** The packs of a catalog whose name a text speaks and that are not among those that are enabled. */
const claimed = (source: CatalogSource, enabled: readonly PackId[], text: string): readonly PackId[] =>
  source.packs.map((pack) => pack.pack_id).filter((id) => !enabled.includes(id) && words(text).includes(words(id)));

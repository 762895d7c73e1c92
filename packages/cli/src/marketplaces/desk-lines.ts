/** What an operator reads of marketplaces: troubles of a desk, and what cannot be right in a configuration. */
import type { DeskAlarm } from '@tai-autonomics/adapter-http/marketplaces';
import type { MarketplacePlaces } from './marketplace-place.ts';
import type { MarketplacesHost } from './marketplaces-host.ts';
import { lackOf } from './vendors.ts';

/** One trouble, or that it is over. */
export const lineOf = ({ marketplace, about, is, why }: DeskAlarm): string => {
  const [kind = '', name = ''] = about.split(' ');
  const what = kind === 'listing' ? 'its purchases' : `${kind} ${name.slice(0, 60)}`;
  if (why === undefined) return `marketplace ${marketplace}, ${what}: is done with`;
  // Only its digest is kept: its marketplace has the message.
  if (why.startsWith('it is rejected:')) return `marketplace ${marketplace}, ${what}: ${why}`;
  return `marketplace ${marketplace}, ${what}: ${why}${is === 'waits' ? '; it is tried again by itself' : '; it is kept until that is mended'}`;
};

/** What is said of places that cannot be right, one line each. Nothing of it stops anything. */
export const doubtsOf = async (
  { dir, config, plans }: MarketplacesHost,
  { google, aws, azure }: MarketplacePlaces,
): Promise<readonly string[]> => {
  const doubts: string[] = [];
  for (const [name, place] of Object.entries({ google, aws, azure })) {
    if (place === undefined) continue;
    const at = `config.json, marketplaces.${name}`;
    for (const [theirs, ours] of Object.entries(place.plans))
      if (!Object.hasOwn(plans(), ours))
        doubts.push(`${at}: \`${theirs}\` is sold as \`${ours}\`, which is no plan of the catalog`);
    for (const tenant of new Set(Object.values(place.tenants)))
      if (!Object.hasOwn(config().owners, tenant)) doubts.push(`${at}: no owner is named for the tenant \`${tenant}\``);
  }
  return [...doubts, ...(await lackOf(dir, { google, aws, azure } as MarketplacePlaces))];
};

/** A marketplace that sells to the tenant `acme`: its events stand in files. */
import { readFile } from 'node:fs/promises';
import { readEntitlementEvent } from '@tai-autonomics/core/engine';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { governor } from './deployment.ts';

/** An event's JSON, as it would be posted. */
export const readEvent = (name: string): Promise<string> =>
  readFile(new URL(`./events/${name}.json`, import.meta.url), 'utf8');

/** The event arrives, as a door would hand it in. */
export const receive = async (name: string): Promise<void> => {
  const event = readEntitlementEvent(nodeSha256, JSON.parse(await readEvent(name)));
  if (event === undefined) throw new Error(`${name} is no event of ours`);
  const { tenant, ...asked } = event;
  await governor.submit({ tenant, subject: { type: 'marketplace', id: 'a-marketplace' }, scope: [] }, asked);
};

/** Documents of marketplaces, as their pages show them and as nobody should send them: what is read of each. */
import { readdirSync, readFileSync } from 'node:fs';
import {
  awsVendor,
  azureVendor,
  googleVendor,
  type Notice,
  type Vendor,
} from '@tai-autonomics/adapter-http/marketplaces';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

const nowhere = async () => E.left('nobody is asked');
const clock = () => 0;
const vendors: Readonly<Record<string, Vendor>> = {
  google: googleVendor({ provider: 'P', token: nowhere }),
  aws: awsVendor({ products: [], credentials: nowhere, clock }),
  azure: azureVendor({ token: nowhere, clock }),
};

interface DocumentCase {
  readonly source: string;
  readonly marketplace: string;
  readonly document: unknown;
  readonly notice: Notice | null;
}

const folder = new URL('../vectors/marketplaces/documents/', import.meta.url);

test.for(readdirSync(folder))('%s', (name) => {
  const { marketplace, document, notice }: DocumentCase = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const read = vendors[marketplace]?.readNotice(document);
  expect(read !== undefined && E.isRight(read) ? read.right : null).toEqual(notice);
});

test.for(Object.keys(vendors))('whatever is sent as a message of %s is read, or refused', (name) => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom('eventType', 'action', 'detail-type', 'entitlement', '__proto__'),
      (json, member) => {
        for (const one of [
          json,
          { [member]: json },
          { eventId: '1', eventType: 'ENTITLEMENT_ACTIVE', entitlement: json },
        ])
          expect(['Left', 'Right']).toContain(vendors[name]?.readNotice(one)._tag);
      },
    ),
    { numRuns: runs(500) },
  );
});

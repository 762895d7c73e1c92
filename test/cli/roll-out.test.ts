/** `tai operator roll-out`: a catalog decides for a few tenants first, then for more, and for nobody whose own decision is against it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { type PolicyDocument, withPolicy } from '@tai-autonomics/core';
import { cohortOf } from '@tai-autonomics/core/engine';
import { loadCatalog } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { layOutBought } from './bought.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

const POLICY: PolicyDocument = {
  policy: { id: 'change_window', version: '1.0.0', description: 'nothing is rolled back before 2026' },
  requirements: [
    {
      actions: ['trigger_rollback'],
      code: 'too_early',
      means: 'it is 2026 at least',
      when: { fact: 'at', notBefore: '2026-01-01T00:00:00Z' },
      remedy: { by: 'time' },
    },
  ],
  codes: { too_early: 'it is before 2026' },
};
const TENANTS = ['acme', 'birch', 'cedar', 'elm'];

test('the first 5 percent before anybody else, each once; who pinned its catalog keeps it', async () => {
  const dir = scratch();
  const tai = async (...argv: readonly string[]) => {
    const terminal = captureIo(dir);
    const code = await main(argv, terminal.io);
    return { code, out: terminal.out(), err: terminal.err() };
  };
  const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
  layOutBought(dir, {}, 'base');
  const config = JSON.parse(readFileSync(join(dir, '.tai', 'config.json'), 'utf8'));
  write('.tai/config.json', { ...config, owners: Object.fromEntries(TENANTS.map((tenant) => [tenant, 'olivia'])) });
  const event = JSON.parse(readFileSync(join(dir, 'event.json'), 'utf8'));
  for (const [i, tenant] of TENANTS.entries()) {
    write('event.json', { ...event, event_id: `evt-${i}`, record: { ...event.record, tenant_id: tenant } });
    expect((await tai('event', 'event.json')).code).toBe(EXIT.ok);
  }
  const next = { ...library, catalog: { id: 'next', version: '2.0.0' } };
  write('next.json', next);
  // The very tenants that would be first decided against it: one pinned its catalog, the next one has a policy of its own.
  const firstOf = (names: readonly string[]): string => {
    const [one = '', ...none] = cohortOf(right(loadCatalog(next)).digest, names, 5);
    expect(none).toEqual([]);
    return one;
  };
  const pinned = firstOf(TENANTS);
  const own = firstOf(TENANTS.filter((tenant) => tenant !== pinned));
  const first = firstOf(TENANTS.filter((tenant) => tenant !== pinned && tenant !== own));
  const pin = await tai('submit', 'pin_catalog', '--tenant', pinned, '--as', 'user:olivia');
  expect(pin.code).toBe(EXIT.ok);

  // What one tenant requires beyond the packs would end with a catalog that does not hold it.
  write('own.json', withPolicy(library, POLICY));
  expect(await tai('operator', 'activate', 'own.json', '--tenant', own)).toMatchObject({ code: EXIT.ok });

  const out = (percent: string, file = 'next.json') => tai('operator', 'roll-out', file, '--percent', percent);
  for (const percent of ['0', '101', '5.5', 'all'])
    expect(await out(percent), percent).toMatchObject({ code: EXIT.unreadable, out: '' });
  write('broken.json', { ...library, packs: 7 });
  expect((await out('5', 'broken.json')).code).toBe(EXIT.unreadable);
  expect(await out('100')).toMatchObject({
    code: EXIT.failed,
    out: '',
    err: expect.stringContaining(`5 percent first: it does not decide yet for ${first}`),
  });
  const few = await out('5');
  expect(few.code).toBe(EXIT.refused);
  expect(few.out.trimEnd().split('\n')).toEqual(
    TENANTS.flatMap((tenant) => {
      if (tenant === first) return `${tenant}: activated`;
      return tenant === pinned ? `${tenant}: refused: catalog_pinned` : [];
    }),
  );
  const all = await out('100');
  expect(all.code).toBe(EXIT.refused);
  expect(all.out.trimEnd().split('\n')).toEqual(
    TENANTS.map((tenant) => {
      if (tenant === first) return `${tenant}: decides already`;
      if (tenant === own) return `${tenant}: has a policy of its own`;
      return tenant === pinned ? `${tenant}: refused: catalog_pinned` : `${tenant}: activated`;
    }),
  );
  // Asked again it changes nothing that is done.
  expect((await out('100')).out.match(/activated/g)).toBeNull();

  // A catalog that cannot be read may hold a policy of its own.
  const kept = join(dir, '.tai', 'catalogs');
  const [name = ''] = readdirSync(kept).filter((one) => readFileSync(join(kept, one), 'utf8').includes('too_early'));
  writeFileSync(join(kept, name), '{');
  expect((await out('100')).out).toContain(`${own}: its catalog cannot be read\n`);
});

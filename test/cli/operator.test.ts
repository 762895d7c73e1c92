/** `tai operator`: suspended and resumed, another catalog and back, and events that waited for an owner. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { library } from '@tai-autonomics/packs';
import { beforeEach, expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { layOutBought } from './bought.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

let dir: string;
const tai = async (...argv: readonly string[]) => {
  const terminal = captureIo(dir);
  const code = await main(argv, terminal.io);
  return { code, out: terminal.out(), err: terminal.err() };
};
const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
const acme = ['--tenant', 'acme'];

beforeEach(() => {
  dir = scratch();
  layOutBought(dir, {}, 'base');
});

test('a tenant is suspended, reads, and is resumed', async () => {
  expect((await tai('event', 'event.json')).code).toBe(EXIT.ok);
  const suspend = ['operator', 'suspend', ...acme, '--why', 'payment', '--finding', 'two invoices are open'];
  expect(await tai(...suspend)).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('tenant_suspended') });
  const pin = ['submit', 'pin_catalog', ...acme, '--as', 'user:olivia'];
  expect(await tai(...pin)).toMatchObject({ code: EXIT.refused, out: expect.stringContaining('tenant_suspended') });
  expect((await tai('submit', 'check_health', ...acme, '--as', 'user:olivia')).code).toBe(EXIT.ok);
  expect((await tai('operator', 'resume', ...acme)).code).toBe(EXIT.ok);
  expect((await tai(...pin)).code).toBe(EXIT.ok);
  expect((await tai('operator', 'rollback', ...acme)).code).toBe(EXIT.refused);
});

test('another catalog decides from the next receipt on, after a restart too, and the one before again', async (context) => {
  inTheLongRun(context);
  expect((await tai('event', 'event.json')).code).toBe(EXIT.ok);
  write('next.json', { ...library, catalog: { id: 'next', version: '2.0.0' } });
  expect((await tai('operator', 'activate', 'next.json', ...acme)).out).toContain('catalog_activated');
  const health = async (): Promise<unknown> =>
    JSON.parse((await tai('submit', 'check_health', ...acme, '--as', 'agent:bot', '--json')).out).outcome.result
      .catalog;
  expect(await health()).toEqual({ id: 'next', version: '2.0.0' });
  expect((await tai('operator', 'activate', 'next.json', ...acme)).code).toBe(EXIT.refused);
  expect((await tai('operator', 'rollback', ...acme)).code).toBe(EXIT.ok);
  expect(await health()).toEqual(library.catalog);
  write('broken.json', { ...library, packs: 7 });
  expect(await tai('operator', 'activate', 'broken.json', ...acme)).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('packs'),
  });
});

test('nothing waits where nothing was kept', async () => {
  expect(await tai('operator', 'replay')).toMatchObject({
    code: EXIT.ok,
    out: 'events that were kept: 0 taken, 0 left\n',
  });
});

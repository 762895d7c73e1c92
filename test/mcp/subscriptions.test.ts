/** A thousand subscriptions of a hundred tenants: each hears of its own tenant, and leaves nothing behind. */
import { expect, test } from 'vitest';
import { fakeGovernor, look } from './fake-governor.ts';
import { doorOf, subscribe } from './subscriptions.ts';

test('of a thousand subscriptions of a hundred tenants those of the tenant that changed are told, and no other', async () => {
  const governor = fakeGovernor(look);
  const door = doorOf(governor);
  const tenants = Array.from({ length: 100 }, (_, n) => `tenant-${n}`);
  const open = await Promise.all(
    tenants.flatMap((tenant) => Array.from({ length: 10 }, () => subscribe(door, tenant))),
  );
  const heard = () => open.map((one) => one.heard());
  expect(new Set(heard())).toEqual(new Set([0]));
  governor.change('tenant-7');
  await expect.poll(() => heard().filter((times) => times > 0).length).toBe(10);
  // Another one's change comes after whatever the first one's might still have caused.
  governor.change('tenant-42');
  await expect.poll(() => heard().filter((times) => times > 0).length).toBe(20);
  const told = new Set(open.filter((one) => one.heard() > 0).map(({ tenant }) => tenant));
  expect([told, Math.max(...heard())]).toEqual([new Set(['tenant-7', 'tenant-42']), 1]);
  await Promise.all(open.map((one) => one.end()));
  await door.close();
  expect(governor.listening()).toBe(0);
});

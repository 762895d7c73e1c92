import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { addNextKey, forgetOlderKeys, openKeyFile, promoteNextKey, readKeyRing } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';

test('a new key waits, takes over at the next start, and the old one is held until it is forgotten', async (context) => {
  const path = join(scratchFolder(context), 'ledger.key');
  const before = right(await openKeyFile(path, systemRandom));
  const { next } = right(await addNextKey(path, systemRandom));
  expect(right(await openKeyFile(path, systemRandom)).signer.publicKey).toEqual(before.signer.publicKey);

  right(await promoteNextKey(path));
  const after = right(await openKeyFile(path, systemRandom));
  expect(after.signer.publicKey).toEqual(next);
  expect(after.signer.older?.map(({ publicKey }) => publicKey)).toEqual([before.signer.publicKey]);
  // Pseudonyms do not change with the key.
  expect(after.secret).toEqual(before.secret);
  const message = new Uint8Array([1, 2, 3]);
  expect(await after.signer.older?.[0]?.sign(message)).toEqual(await before.signer.sign(message));

  right(await forgetOlderKeys(path, () => true));
  expect(right(await readKeyRing(path))).toEqual({ active: next, older: [] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a key that waits is not replaced by another, and without one nothing takes over', async (context) => {
  const path = join(scratchFolder(context), 'ledger.key');
  right(await openKeyFile(path, systemRandom));
  expect(await promoteNextKey(path)).toEqual(E.left(`${path}: no new key waits; make one first`));
  right(await addNextKey(path, systemRandom));
  const text = readFileSync(path, 'utf8');
  expect(await addNextKey(path, systemRandom)).toEqual(E.left(`${path}: a new key waits already; rotate to it`));
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('where there is no key file, none is made', async (context) => {
  const path = join(scratchFolder(context), 'ledger.key');
  for (const left of [await readKeyRing(path), await addNextKey(path, systemRandom), await promoteNextKey(path)])
    expect(left).toEqual(E.left(`${path}: no such file`));
});

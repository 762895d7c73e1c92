/** The vectors of approvers' signatures, in three hands: ours, Python's, and for what counts Node's own curves. */
import { spawnSync } from 'node:child_process';
import { createHash, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nobleP256, verifyStatement } from '@tai-autonomics/core/engine';
import { nobleEd25519, nobleSha256 } from '@tai-autonomics/core/receipt';
import { expect, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import { createAuthenticator, type Otherwise, publicKeyOf } from './authenticator.ts';

interface Vector {
  readonly statement: string;
  readonly key: string;
  readonly signature: string;
}

const folder = new URL('../vectors/approval/', import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector & { readonly counts: boolean }),
  }));

const CHECKS = { sha256: nobleSha256, ed25519: nobleEd25519, p256: nobleP256 };
const ours = ({ statement, key, signature }: Vector): boolean | undefined =>
  verifyStatement(CHECKS, key, Buffer.from(statement), signature);

const pythons = (cases: readonly Vector[]): readonly boolean[] => {
  const script = fileURLToPath(new URL('../receipt/python/approvals.py', import.meta.url));
  const input = cases.map((one) => `${JSON.stringify(one)}\n`).join('');
  const { stdout, stderr } = spawnSync('python3', ['-B', script], { input, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as boolean);
};

test.for(vectors)('$name', (vector) => {
  expect(ours(vector)).toBe(vector.counts);
});

test('there are vectors that count and vectors that do not, of each kind of key', () => {
  for (const kind of ['ed25519', 'passkey-es256', 'passkey-eddsa'])
    expect(new Set(vectors.flatMap(({ name, counts }) => (name.startsWith(kind) ? [counts] : [])))).toEqual(
      new Set([true, false]),
    );
});

test('what an authenticator signed in a browser is good to Node’s own curves', () => {
  for (const { name, key, signature } of vectors.filter(({ name, counts }) => counts && name.startsWith('passkey-'))) {
    const [data = Buffer.of(), client = Buffer.of(), made = Buffer.of()] = signature
      .split('.')
      .map((part) => Buffer.from(part, 'base64url'));
    const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
    const by = { key: publicKeyOf(key), dsaEncoding: 'ieee-p1363' as const };
    expect({ name, good: verify(key.includes('es256') ? 'sha256' : null, signed, by, made) }).toEqual({
      name,
      good: true,
    });
  }
});

test('Python says the same of each, and of what an authenticator signs today', (context) => {
  needs(context, 'python3');
  const origin = 'https://approvals.example.com';
  const statement = vectors[0]?.statement ?? '';
  const others: readonly Otherwise[] = [
    {},
    { after: '}' },
    { after: ',"crossOrigin":false,"x":[]}' },
    { after: ',"crossOrigin":false,}}' },
    { after: ',"crossOrigin":true}' },
    { high: true },
    { flags: 0x1d },
    { flags: 0x25 },
    { flags: 0x45 },
    { extra: Uint8Array.of(1) },
  ];
  const today = (['es256', 'eddsa'] as const).flatMap((alg) => {
    const passkey = createAuthenticator(origin, alg);
    return others.map((otherwise) => ({
      statement,
      key: passkey.key,
      signature: passkey.sign(Buffer.from(statement), otherwise),
    }));
  });
  const all: readonly Vector[] = [...vectors, ...today];
  expect(pythons(all)).toEqual(all.map(ours));
});

import { createPublicKey, verify } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nobleEd25519 } from '@tai-autonomics/core/receipt';
import { type OpenedKey, openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { scratchFolder } from './scratch.ts';

const ORIGIN = 'example.com/ledger/1';
const message = new Uint8Array(Buffer.from('a checkpoint'));
const rootOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const right = <A>(answer: E.Either<string, A>): A => {
  if (E.isLeft(answer)) throw new Error(answer.left);
  return answer.right;
};
const openIn = async (folder: string): Promise<OpenedKey> =>
  right(await openKeyFile(join(folder, 'keys', 'key.json'), systemRandom));
const filesOf = (folder: string): readonly string[] => readdirSync(join(folder, 'keys')).sort();

test('the first start makes a private key and private marks, and the next start opens the same', async (context) => {
  const folder = scratchFolder(context);
  const first = await openIn(folder);
  expect(filesOf(folder)).toEqual(['key.json', 'key.mark.json']);
  expect(modeOf(join(folder, 'keys'))).toBe(0o700);
  for (const file of filesOf(folder)) expect(modeOf(join(folder, 'keys', file))).toBe(0o600);
  const second = await openIn(folder);
  expect(second.signer.publicKey).toEqual(first.signer.publicKey);
  expect(second.secret).toEqual(first.secret);
  expect([first.signer.publicKey.length, first.secret.length]).toEqual([32, 32]);
});

test('the pseudonym secret is not the signing key', async (context) => {
  const folder = scratchFolder(context);
  const { secret } = await openIn(folder);
  const stored = JSON.parse(readFileSync(join(folder, 'keys', 'key.json'), 'utf8')) as Record<string, string>;
  expect(stored['pseudonym_secret']).toBe(Buffer.from(secret).toString('base64url'));
  expect(stored['signing_seed']).not.toBe(stored['pseudonym_secret']);
});

test('two processes that start for the first time at once end with one key', async (context) => {
  const folder = scratchFolder(context);
  const opened = await Promise.all(Array.from({ length: 8 }, () => openIn(folder)));
  expect(new Set(opened.map(({ signer }) => Buffer.from(signer.publicKey).toString('hex'))).size).toBe(1);
  expect(filesOf(folder)).toEqual(['key.json', 'key.mark.json']);
});

test('a signature verifies under the public key, by Node and by core, and for no other message', async (context) => {
  const folder = scratchFolder(context);
  const { signer } = await openIn(folder);
  const signature = right(await signer.sign(message));
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(signer.publicKey).toString('base64url') },
    format: 'jwk',
  });
  expect(verify(null, message, key, signature)).toBe(true);
  expect(verify(null, Buffer.from('another'), key, signature)).toBe(false);
  expect(nobleEd25519.verify(signer.publicKey, message, signature)).toBe(true);
});

test.for([
  {
    note: 'a key file that the group can read',
    spoil: (at: string) => chmodSync(join(at, 'key.json'), 0o640),
    says: /key\.json: its mode is 0640.*chmod 600/,
  },
  {
    note: 'a key file that the world can read',
    spoil: (at: string) => chmodSync(join(at, 'key.json'), 0o604),
    says: /key\.json: its mode is 0604.*chmod 600/,
  },
  {
    note: 'marks that the group can write',
    spoil: (at: string) => chmodSync(join(at, 'key.mark.json'), 0o620),
    says: /key\.mark\.json: its mode is 0620.*chmod 600/,
  },
  {
    note: 'a folder that the world can list',
    spoil: (at: string) => chmodSync(at, 0o755),
    says: /keys: its mode is 0755.*chmod 700/,
  },
  {
    note: 'an empty key file',
    spoil: (at: string) => writeFileSync(join(at, 'key.json'), ''),
    says: /not a key file.*restore/,
  },
  {
    note: 'a key file that was cut short',
    spoil: (at: string) =>
      writeFileSync(join(at, 'key.json'), readFileSync(join(at, 'key.json'), 'utf8').slice(0, -20)),
    says: /not a key file.*restore/,
  },
  {
    note: 'a seed of another length',
    spoil: (at: string) =>
      writeFileSync(
        join(at, 'key.json'),
        readFileSync(join(at, 'key.json'), 'utf8').replace(/("signing_seed": ")..../, '$1'),
      ),
    says: /not a key file.*restore/,
  },
  {
    note: 'marks that are no marks',
    spoil: (at: string) => writeFileSync(join(at, 'key.mark.json'), '{"format":1}'),
    says: /high-water marks.*restore/,
  },
  {
    note: 'a key without its marks',
    spoil: (at: string) => rmSync(join(at, 'key.mark.json')),
    says: /missing beside its key.*restore/,
  },
  {
    note: 'marks without their key',
    spoil: (at: string) => rmSync(join(at, 'key.json')),
    says: /key\.json: is missing, but.*restore/,
  },
  {
    note: 'a link in place of the key file',
    spoil: (at: string) => {
      writeFileSync(join(at, 'real.json'), readFileSync(join(at, 'key.json')), { mode: 0o600 });
      rmSync(join(at, 'key.json'));
      symlinkSync(join(at, 'real.json'), join(at, 'key.json'));
    },
    says: /symbolic link/,
  },
  {
    note: 'a folder in place of the key file',
    spoil: (at: string) => {
      rmSync(join(at, 'key.json'));
      mkdirSync(join(at, 'key.json'));
    },
    says: /not a file/,
  },
])('$note is refused in one line that says what to do and holds no secret', async ({ spoil, says }, context) => {
  const folder = scratchFolder(context);
  const { signer } = await openIn(folder);
  right(await signer.raise({ origin: ORIGIN, size: 1, root: rootOf(1) }));
  const stored = JSON.parse(readFileSync(join(folder, 'keys', 'key.json'), 'utf8')) as Record<string, string>;
  spoil(join(folder, 'keys'));
  const answer = await openKeyFile(join(folder, 'keys', 'key.json'), systemRandom);
  const line = E.isLeft(answer) ? answer.left : '';
  expect(line).toMatch(says);
  expect(line).not.toContain('\n');
  for (const secret of [stored['signing_seed'], stored['pseudonym_secret']])
    expect(line).not.toContain(String(secret).slice(4, 12));
});

test('a mark only rises, and survives a restart', async (context) => {
  const folder = scratchFolder(context);
  const { signer } = await openIn(folder);
  expect(await signer.highWaterMark(ORIGIN)).toEqual(E.right(undefined));
  const mark = { origin: ORIGIN, size: 5, root: rootOf(5) };
  expect(await signer.raise(mark)).toEqual(E.right(undefined));
  expect(await signer.raise(mark)).toEqual(E.right(undefined));
  expect(await signer.raise({ ...mark, size: 4 })).toEqual(E.left(expect.stringMatching(/below 5/)));
  expect(await signer.raise({ ...mark, root: rootOf(6) })).toEqual(E.left(expect.stringMatching(/another root/)));
  expect(await signer.raise({ ...mark, size: 6, root: new Uint8Array(31) })).toEqual(
    E.left(expect.stringMatching(/32 bytes/)),
  );
  const again = await openIn(folder);
  expect(await again.signer.highWaterMark(ORIGIN)).toEqual(E.right(mark));
  expect(await again.signer.highWaterMark('example.com/ledger/2')).toEqual(E.right(undefined));
});

test('many raises at once are all kept, each answered for itself, and leave no file behind', async (context) => {
  const folder = scratchFolder(context);
  const { signer } = await openIn(folder);
  const raises = Array.from({ length: 60 }, (_, at) => ({
    origin: `example.com/${at % 20}`,
    size: 1 + Math.floor(at / 20),
    root: rootOf(at),
  }));
  const answers = await Promise.all(raises.map((mark) => signer.raise(mark)));
  expect(answers.filter(E.isLeft)).toEqual([]);
  for (const mark of raises.slice(40)) expect(await signer.highWaterMark(mark.origin)).toEqual(E.right(mark));
  expect(filesOf(folder)).toEqual(['key.json', 'key.mark.json']);
});

test('while marks are raised, whoever reads the file finds a whole one', async (context) => {
  const folder = scratchFolder(context);
  const { signer } = await openIn(folder);
  const writing = (async () => {
    for (let size = 1; size <= 40; size += 1) right(await signer.raise({ origin: ORIGIN, size, root: rootOf(size) }));
    return true;
  })();
  let done = false;
  void writing.then(() => {
    done = true;
  });
  let looks = 0;
  while (!done) {
    const [first = ''] = readFileSync(join(folder, 'keys', 'key.mark.json'), 'utf8').split('\n');
    expect((JSON.parse(first) as { format: string }).format).toBe('tai-autonomics/marks@2');
    looks += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await writing).toBe(true);
  expect(looks).toBeGreaterThan(0);
});

test('a raise that cannot be written is an error, and the standing mark stays', async (context) => {
  const folder = scratchFolder(context);
  const { signer } = await openIn(folder);
  right(await signer.raise({ origin: ORIGIN, size: 1, root: rootOf(1) }));
  chmodSync(join(folder, 'keys', 'key.mark.json'), 0o644);
  expect(E.isLeft(await signer.raise({ origin: ORIGIN, size: 2, root: rootOf(2) }))).toBe(true);
  chmodSync(join(folder, 'keys', 'key.mark.json'), 0o600);
  expect(await signer.highWaterMark(ORIGIN)).toMatchObject(E.right({ size: 1 }));
  rmSync(join(folder, 'keys', 'key.mark.json'));
  expect(await signer.raise({ origin: ORIGIN, size: 2, root: rootOf(2) })).toEqual(
    E.left(expect.stringMatching(/is gone/)),
  );
});

import {
  type Credential,
  type CredentialParts,
  formatCredentials,
  memoryCredentials,
  mintCredential,
  parseCredentials,
  verifyKey,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';

const agent: CredentialParts = { tenant: 'acme', subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment'] };
const shop: CredentialParts = { subject: { type: 'marketplace', id: 'shop' }, scope: [] };
const counting = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i);
const { credential, secretText } = mintCredential(counting, agent);

test('a key is its id and a secret of 32 bytes, of which the credential has only the hash', () => {
  expect(secretText).toBe('tai_0001020304050607_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8');
  expect(credential).toEqual({
    ...agent,
    keyId: '0001020304050607',
    hash: 'Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0',
  });
  expect(JSON.stringify(credential)).not.toContain(secretText.slice(21));
});

test('a minted key is found as whom it was minted for', async () => {
  const minted = [mintCredential(systemRandom, agent), mintCredential(systemRandom, shop)];
  const store = memoryCredentials(minted.map((one) => one.credential));
  for (const one of minted) expect(await verifyKey(store, one.secretText)).toEqual(E.right(one.credential));
});

const asIs = (stored: unknown): { find: () => Promise<Credential> } => ({ find: async () => stored as Credential });

describe('no key', () => {
  test.for([
    { note: 'nothing', text: undefined },
    { note: 'the empty string', text: '' },
    { note: 'another prefix', text: secretText.replace('tai_', 'key_') },
    { note: 'a line break at the end', text: `${secretText}\n` },
    { note: 'an unknown id', text: secretText.replace('0001', 'ffff') },
    { note: 'one character of the secret changed', text: secretText.replace('AAEC', 'AAED') },
    { note: 'another spelling of the same secret', text: secretText.replace(/8$/, '9') },
    { note: 'a short secret', text: secretText.slice(0, -1) },
    { note: 'a secret without an id', text: 'tai__AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8' },
  ])('$note is not authenticated', async ({ text }) => {
    expect(await verifyKey(memoryCredentials([credential]), text)).toEqual(E.left('unauthenticated'));
  });

  test.for([
    { note: 'a disabled key', stored: { ...credential, disabled: true } },
    { note: 'a key of a tenant that names the operator', stored: { ...credential, tenant: OPERATOR } },
    { note: 'a key of a tenant without a tenant', stored: { ...credential, tenant: undefined } },
    { note: 'a marketplace that names a tenant', stored: { ...credential, subject: { type: 'marketplace', id: 'm' } } },
    { note: 'a key of the system', stored: { ...credential, subject: { type: 'system', id: 's' } } },
    { note: 'a record of another key', stored: { ...credential, keyId: 'other' } },
    { note: 'a record whose hash is no hash', stored: { ...credential, hash: '' } },
  ])('$note is not authenticated, whatever the store says', async ({ stored }) => {
    expect(await verifyKey(asIs(stored), secretText)).toEqual(E.left('unauthenticated'));
    expect(E.isRight(await verifyKey(asIs(credential), secretText))).toBe(true);
  });

  test('a store that does not answer is no refusal', async () => {
    const store = { find: () => Promise.reject(new Error('gone')) };
    expect(await verifyKey(store, secretText)).toEqual(E.left('unavailable'));
  });

  test('no text makes verifying a key reject', async () => {
    const store = memoryCredentials([credential]);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((s) => `tai_${s}`),
        ),
        async (text) => {
          expect(E.isLeft(await verifyKey(store, text))).toBe(true);
        },
      ),
    );
  });
});

describe('a file of credentials', () => {
  const all = [credential, mintCredential(systemRandom, shop).credential];

  test('reads back as it was written', () => {
    expect(parseCredentials(JSON.parse(formatCredentials(all)))).toEqual(E.right(all));
  });

  const format = 'tai-autonomics/credentials@1';
  const row = (change: object): unknown => ({ format, credentials: [{ ...credential, ...change }] });
  test.for([
    { note: 'not an object', json: [], at: [] },
    { note: 'another format', json: { format: 'x', credentials: [] }, at: ['format'] },
    { note: 'no list', json: { format, credentials: {} }, at: ['credentials'] },
    { note: 'a member that nobody knows', json: row({ role: 'root' }), at: ['credentials', 0, 'role'] },
    { note: 'a tenant that is the operator', json: row({ tenant: OPERATOR }), at: ['credentials', 0, 'tenant'] },
    { note: 'a tenant with a line break', json: row({ tenant: 'a\nb' }), at: ['credentials', 0, 'tenant'] },
    { note: 'an empty tenant', json: row({ tenant: '' }), at: ['credentials', 0, 'tenant'] },
    {
      note: 'a marketplace with a tenant',
      json: row({ subject: { type: 'marketplace', id: 'm' } }),
      at: ['credentials', 0, 'tenant'],
    },
    {
      note: 'the system',
      json: row({ subject: { type: 'system', id: 's' } }),
      at: ['credentials', 0, 'subject', 'type'],
    },
    {
      note: 'a subject without an id',
      json: row({ subject: { type: 'user' } }),
      at: ['credentials', 0, 'subject', 'id'],
    },
    { note: 'a role that nobody knows', json: row({ scope: ['root'] }), at: ['credentials', 0, 'scope'] },
    { note: 'a role twice', json: row({ scope: ['read_iam', 'read_iam'] }), at: ['credentials', 0, 'scope'] },
    { note: 'a relation that nobody knows', json: row({ relations: ['king'] }), at: ['credentials', 0, 'relations'] },
    {
      note: 'a hash in another spelling',
      json: row({ hash: credential.hash.replace(/0$/, '1') }),
      at: ['credentials', 0, 'hash'],
    },
    { note: 'disabled by a word', json: row({ disabled: 'yes' }), at: ['credentials', 0, 'disabled'] },
    {
      note: 'one key id twice',
      json: { format, credentials: [credential, credential] },
      at: ['credentials', 1, 'keyId'],
    },
  ])('is refused with the path: $note', ({ json, at }) => {
    const parsed = parseCredentials(json);
    expect(E.isLeft(parsed) && parsed.left.map(({ path }) => path)).toEqual([at]);
  });

  test('a secret in the wrong place is not repeated', () => {
    const parsed = parseCredentials(row({ hash: secretText, keyId: secretText, [secretText]: 1 }));
    expect(E.isLeft(parsed) && parsed.left.length).toBe(3);
    expect(JSON.stringify(parsed)).not.toContain(secretText.slice(21));
  });

  test('no JSON makes it throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(E.isLeft(parseCredentials(json))).toBe(true);
      }),
    );
  });
});

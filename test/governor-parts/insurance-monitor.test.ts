/** The monitor of insurance, over files and over addresses: what it sees of a certificate and a revocation list, whole and spoilt. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DocumentSource, insuranceMonitor } from '@tai-autonomics/governor/keys';
import { documentFile } from '@tai-autonomics/governor/local';
import { documentUrl, isDocumentUrl } from '@tai-autonomics/governor/remote';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificate, coverage, list, NOW, other, signed, signedList, terms } from './insurer.ts';

/** Where two documents are: as text, or not at all. */
interface Place {
  readonly put: (name: string, text: string | undefined) => void;
  readonly source: (name: string) => DocumentSource;
}

const dir = mkdtempSync(join(tmpdir(), 'insurance-'));
const files: Place = {
  put: (name, text) =>
    text === undefined
      ? rmSync(join(dir, name), { force: true })
      : writeFileSync(join(dir, name), text, { mode: 0o600 }),
  source: (name) => documentFile(join(dir, name)),
};

const served = new Map<string, string | undefined>();
let server: Server;
let base = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    const text = served.get((request.url ?? '').slice(1));
    if (request.url === '/moved') response.writeHead(302, { location: '/certificate' }).end();
    else response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  base = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});
const addresses: Place = {
  put: (name, text) => void served.set(name, text),
  source: (name) => (): ReturnType<DocumentSource> => documentUrl(`${base}/${name}`)(),
};

const WHOLE = JSON.stringify(signed());
const NOTHING_REVOKED = JSON.stringify(signedList());

describe.for([
  { where: 'files', place: files },
  { where: 'addresses', place: addresses },
])('over $where', ({ place }) => {
  const monitor = insuranceMonitor({
    ...terms,
    certificate: place.source('certificate'),
    revocations: place.source('revocations'),
  });
  test.for([
    { note: 'a whole certificate that nobody revoked', seen: { seen: 'insured', certificate: { id: 'EM-1' } } },
    { note: 'no certificate', of: undefined, seen: { seen: 'unseen' } },
    { note: 'a certificate that is cut', of: WHOLE.slice(0, -20), seen: { seen: 'unseen' } },
    { note: 'something else', of: '{"certificate": 1}', seen: { seen: 'unseen' } },
    { note: 'a member twice', of: WHOLE.replace('{', '{"signature":"x",'), seen: { seen: 'unseen' } },
    { note: 'a forged one', of: JSON.stringify(signed(certificate, other)), seen: { seen: 'uninsured' } },
    {
      note: 'one that ended',
      of: JSON.stringify(signed({ ...certificate, coverages: [{ ...coverage, expires: '2026-02-01T00:00:00Z' }] })),
      seen: { seen: 'uninsured', why: expect.stringContaining('valid until 2026-02-01') },
    },
    { note: 'no revocation list', revoked: undefined, seen: { seen: 'unseen' } },
    { note: 'a revocation list that is cut', revoked: NOTHING_REVOKED.slice(0, -20), seen: { seen: 'unseen' } },
    { note: 'a forged revocation list', revoked: JSON.stringify(signedList(list, other)), seen: { seen: 'unseen' } },
    {
      note: 'a revocation list that ended',
      revoked: JSON.stringify(signedList({ ...list, nextUpdate: '2026-05-02T00:00:00Z' })),
      seen: { seen: 'unseen' },
    },
    {
      note: 'a list that revokes another',
      revoked: JSON.stringify(signedList({ ...list, revoked: ['C-2'] })),
      seen: { seen: 'insured' },
    },
    {
      note: 'a list that revokes it',
      revoked: JSON.stringify(signedList({ ...list, issuedAt: '2026-05-03T00:00:00Z', revoked: ['C-1'] })),
      seen: { seen: 'uninsured', why: expect.stringContaining('revoked') },
    },
    {
      note: 'the older list again, which revokes nothing',
      seen: { seen: 'unseen', why: expect.stringContaining('older') },
    },
  ])('$note', async (row) => {
    place.put('certificate', 'of' in row ? row.of : WHOLE);
    place.put('revocations', 'revoked' in row ? row.revoked : NOTHING_REVOKED);
    const seen = await monitor.look(NOW);
    expect(seen).toMatchObject(row.seen);
    expect(JSON.stringify(seen)).not.toContain('\\n');
  });
});

test('a file that others can change is not looked at', async () => {
  files.put('certificate', WHOLE);
  chmodSync(join(dir, 'certificate'), 0o666);
  expect(await files.source('certificate')()).toMatchObject({ left: expect.stringContaining('chmod go-w') });
});

test.for([
  { note: 'is not https', url: 'http://insurer.example/certificate', why: 'https://' },
  { note: 'is not an address', url: 'certificate.json', why: 'https://' },
])('an address that $note is not asked', async ({ url, why }) => {
  expect(isDocumentUrl(url)).toBe(false);
  expect(await documentUrl(url)()).toMatchObject({ left: expect.stringContaining(why) });
});

test('no redirection is followed, and no more than a mebibyte is read', async () => {
  expect(await documentUrl(`${base}/moved`)()).toMatchObject({ left: expect.stringContaining('cannot be asked') });
  served.set('much', `"${'x'.repeat(1_048_576)}"`);
  expect(await documentUrl(`${base}/much`)()).toMatchObject({ left: expect.stringContaining('1048576 bytes') });
});

import {
  type BundleFile,
  CATALOG_DOMAIN,
  canonicalize,
  compareManifest,
  encodeUtf8,
  formatBundlePath,
  formatDisclosures,
  formatEnvelope,
  IN_TOTO_TYPE,
  manifestBody,
  manifestStatement,
  nobleEd25519,
  parseBundlePath,
  parseDisclosures,
  parseManifestBody,
  preAuthEncoding,
  signEd25519,
  splitLines,
  verifyAttachment,
  verifyEnvelope,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { bytesOf, digestOf, ORIGIN, readVector, right, sha256, testKey } from './fixture.ts';

const D = digestOf('x');
const none = new Uint8Array(0);

describe('paths', () => {
  test.for<{ path: string; file: BundleFile }>([
    { path: 'receipts.jsonl', file: { file: 'receipts' } },
    { path: 'receipts/0.json', file: { file: 'receipt', seq: 0 } },
    { path: 'proofs/12.tlog-proof', file: { file: 'proof', seq: 12 } },
    { path: 'disclosures/12.json', file: { file: 'disclosures', seq: 12 } },
    { path: 'checkpoint', file: { file: 'checkpoint' } },
    { path: 'handovers/12.checkpoint', file: { file: 'handover', size: 12 } },
    { path: 'consistency/5-9.consistency', file: { file: 'consistency', oldSize: 5, size: 9 } },
    { path: `catalog/${D}.json`, file: { file: 'catalog', digest: D } },
    { path: `evidence/${D}`, file: { file: 'evidence', digest: D } },
    { path: 'keys', file: { file: 'keys' } },
    { path: 'checkpoint.tsr', file: { file: 'timestamp' } },
    { path: 'manifest', file: { file: 'manifest' } },
    { path: 'manifest.dsse.json', file: { file: 'manifest_dsse' } },
    { path: 'README.md', file: { file: 'readme' } },
  ])('$path', ({ path, file }) => {
    expect(right(parseBundlePath(path))).toEqual(file);
    expect(formatBundlePath(file)).toBe(path);
  });

  test.for([
    '../checkpoint',
    'receipts/../checkpoint',
    'receipts/..',
    './checkpoint',
    '/checkpoint',
    'receipts//0.json',
    'receipts/',
    'receipts',
    'receipts/00.json',
    'receipts/-1.json',
    'receipts/1e3.json',
    'receipts/9007199254740992.json',
    'receipts/0.json/x',
    'receipts\\0.json',
    'Checkpoint',
    'checkpoint\0',
    'checkpoint ',
    'consistency/9-5.consistency',
    'consistency/5.consistency',
    'consistency/5-9-9.consistency',
    'catalog/x.json',
    'evidence/..',
    `evidence/${D}/x`,
    'C:\\checkpoint',
    '__proto__',
    '',
  ])('refused: %j', (path) => {
    expect(E.isLeft(parseBundlePath(path))).toBe(true);
  });
});

describe('the lines of a ledger', () => {
  test('any cut into chunks gives the same lines', () => {
    const line = fc.uint8Array({ maxLength: 40 }).map((b) => b.map((byte) => (byte === 10 ? 11 : byte)));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(30), { maxLength: 30 }), (lines, cuts) => {
        const stream = new Uint8Array(Buffer.concat(lines.flatMap((l) => [l, Buffer.from('\n')])));
        const found: Uint8Array[] = [];
        let rest: Uint8Array = none;
        let from = 0;
        for (const cut of [...cuts, stream.length]) {
          const split = right(splitLines(rest, stream.slice(from, from + cut)));
          found.push(...split.lines);
          rest = split.rest;
          from += cut;
        }
        expect(found.map((l) => [...l])).toEqual(lines.map((l) => [...l]));
        expect(rest).toHaveLength(0);
      }),
    );
  });

  test('a line that never ends is refused before it fills the memory', () => {
    let rest: Uint8Array = none;
    let refused = false;
    for (let i = 0; i < 100 && !refused; i++) {
      const split = splitLines(rest, new Uint8Array(1000));
      if (E.isLeft(split)) refused = true;
      else rest = split.right.rest;
    }
    expect(refused).toBe(true);
    expect(rest.length).toBeLessThanOrEqual(65_535);
  });

  test('a last line without its newline is the rest', () => {
    expect(right(splitLines(none, bytesOf('a\nb')))).toEqual({ lines: [bytesOf('a')], rest: bytesOf('b') });
  });
});

describe('lists of disclosures', () => {
  test('read and write back', () => {
    expect(right(parseDisclosures(formatDisclosures(['abc', 'd_-'])))).toEqual(['abc', 'd_-']);
  });
  test.for(['["a", "b"]', '{"a":1}', '[1]', '["a"', '', `[${'"a",'.repeat(256)}"a"]`])('refused: %s', (text) => {
    expect(E.isLeft(parseDisclosures(bytesOf(text)))).toBe(true);
  });
});

describe('attachments', () => {
  const catalog = { packs: [], version: '1.0.0' };
  const digest = digestOf(`${CATALOG_DOMAIN}${right(canonicalize(catalog))}`);
  const bytes = encodeUtf8(right(canonicalize(catalog))) ?? none;

  test('a catalog is known by the digest that receipts name', () => {
    expect(right(verifyAttachment(sha256, 'catalog', digest, bytes))).toBe(digest);
    expect(E.isLeft(verifyAttachment(sha256, 'catalog', D, bytes))).toBe(true);
    expect(E.isLeft(verifyAttachment(sha256, 'catalog', digest, bytesOf('{ }')))).toBe(true);
  });

  test('evidence is known by the digest of its bytes, and is not a catalog', () => {
    expect(E.isRight(verifyAttachment(sha256, 'evidence', digestOf('raw input'), bytesOf('raw input')))).toBe(true);
    expect(E.isLeft(verifyAttachment(sha256, 'evidence', digest, bytes))).toBe(true);
  });
});

describe('the manifest', () => {
  const entries = ['receipts.jsonl', 'checkpoint', 'disclosures/0.json'].map((path) => ({
    path,
    sha256: sha256(bytesOf(path)),
  }));
  const manifest = { origin: ORIGIN, entries };
  const body = manifestBody(manifest);

  test('has its paths in order whatever order they come in', () => {
    expect(manifestBody({ origin: ORIGIN, entries: entries.toReversed() })).toBe(body);
    expect(right(parseManifestBody(body)).entries.map(({ path }) => path)).toEqual([
      'checkpoint',
      'disclosures/0.json',
      'receipts.jsonl',
    ]);
  });

  test.for([
    { note: 'a path out of the bundle', text: body.replace('checkpoint', '../checkpoint') },
    { note: 'itself', text: body.replace('receipts.jsonl', 'zmanifest').replace('zmanifest', 'manifest') },
    { note: 'one space', text: body.replace('  ', ' ') },
    { note: 'upper-case hex', text: body.replace(/[a-f](?=[0-9a-f]* {2})/, (x) => x.toUpperCase()) },
    {
      note: 'out of order',
      text: manifestBody({ origin: ORIGIN, entries: entries.slice(0, 1) }) + body.split('\n').slice(2).join('\n'),
    },
    { note: 'another version', text: body.replace('@1', '@2') },
    { note: 'no origin', text: body.replace(ORIGIN, 'x') },
    { note: 'no newline at the end', text: body.slice(0, -1) },
  ])('refused: $note', ({ text }) => {
    expect(E.isLeft(parseManifestBody(text))).toBe(true);
  });

  test('tells what is missing, strange and changed', () => {
    const files = [
      { path: 'checkpoint', sha256: sha256(bytesOf('changed')) },
      { path: 'disclosures/0.json', sha256: sha256(bytesOf('disclosures/0.json')) },
      { path: 'evidence/x', sha256: sha256(none) },
    ];
    expect(compareManifest(right(parseManifestBody(body)), files)).toEqual([
      { path: 'checkpoint', why: 'changed' },
      { path: 'evidence/x', why: 'not_listed' },
      { path: 'receipts.jsonl', why: 'missing' },
    ]);
  });

  test('as an in-toto Statement in a DSSE envelope', () => {
    const exporter = testKey(`${ORIGIN}/export`);
    const payload = manifestStatement(right(parseManifestBody(body)));
    const sig = signEd25519(exporter.seed, preAuthEncoding(IN_TOTO_TYPE, payload)) ?? none;
    const envelope = right(formatEnvelope(IN_TOTO_TYPE, payload, [{ keyid: exporter.vkey, sig }]));
    expect(right(verifyEnvelope(nobleEd25519, exporter.key.publicKey, IN_TOTO_TYPE, envelope))).toEqual(payload);
    const statement = JSON.parse(Buffer.from(payload).toString('utf8')) as { subject: { name: string }[] };
    expect(statement.subject.map(({ name }) => name)).toEqual(['checkpoint', 'disclosures/0.json', 'receipts.jsonl']);
    for (const [what, changed] of [
      ['payload', envelope.replace('"payload":"e', '"payload":"f')],
      ['type', envelope.replace('in-toto', 'in-tota')],
      ['no signatures', envelope.replace(/"signatures":.*/, '"signatures":[]}')],
      ['not JSON', envelope.slice(1)],
    ] as const) {
      expect(E.isLeft(verifyEnvelope(nobleEd25519, exporter.key.publicKey, IN_TOTO_TYPE, changed)), what).toBe(true);
    }
    expect(
      E.isLeft(verifyEnvelope(nobleEd25519, testKey('else.example/x').key.publicKey, IN_TOTO_TYPE, envelope)),
    ).toBe(true);
  });
});

test('DSSE’s published pre-authentication encoding', () => {
  const v = readVector('dsse/dsse-protocol-example.json') as { payloadType: string; payloadUtf8: string; pae: string };
  expect(Buffer.from(preAuthEncoding(v.payloadType, bytesOf(v.payloadUtf8))).toString('utf8')).toBe(v.pae);
});

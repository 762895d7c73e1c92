/** The manifest for supply-chain tools, read by programs that are not ours: Python's standard library and openssl. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import { exportTo, makeEvidence, workFolder } from './evidence.ts';

const work = workFolder();
let bundle = '';
let exportVkey = '';

beforeAll(async () => {
  const { source } = await makeEvidence(work.path());
  bundle = work.path();
  exportVkey = (await exportTo(source, bundle)).exportVkey ?? '';
});
afterAll(work.remove);

// What github.com/secure-systems-lab/dsse and in-toto's Statement v1 say, and nothing of this repository: the signature is
// over the pre-authentication encoding of the payload as it was decoded; every other file of the folder is a subject.
const READER = `import base64, hashlib, json, os, subprocess, sys
def fail(why): sys.exit(why)
def decoded(text): return base64.b64decode(text, validate=True)
envelope = json.load(open('manifest.dsse.json'))
payload, kind = decoded(envelope['payload']), envelope['payloadType']
message = b'DSSEv1 %d %s %d %s' % (len(kind.encode()), kind.encode(), len(payload), payload)
key = decoded(open('export.vkey').read().strip().split('+', 2)[2])[1:]
open('../key.der', 'wb').write(bytes.fromhex('302a300506032b6570032100') + key)
open('../message', 'wb').write(message)
def good(signature):
    open('../signature', 'wb').write(decoded(signature['sig']))
    command = 'openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey ../key.der -in ../message -sigfile ../signature'
    return subprocess.run(command.split(), stdout=subprocess.DEVNULL).returncode == 0
if not any(good(signature) for signature in envelope['signatures']): fail('no good signature')
if kind != 'application/vnd.in-toto+json': fail('another payload')
statement = json.loads(payload)
if statement['_type'] != 'https://in-toto.io/Statement/v1' or not statement['predicateType']: fail('no statement')
said = {subject['name']: subject['digest']['sha256'] for subject in statement['subject']}
own = {'manifest', 'manifest.dsse.json', 'export.vkey'}
paths = [os.path.relpath(os.path.join(root, name), '.') for root, _, names in os.walk('.') for name in names]
here = {path: hashlib.sha256(open(path, 'rb').read()).hexdigest() for path in paths if path not in own}
if said != here: fail('other files: %s' % sorted(set(said.items()) ^ set(here.items()))[0][0])
print('%d subjects of %s' % (len(said), statement['predicate']['origin']))`;

/** A copy of the bundle in which one file was changed, and what the reader says of it. */
const readCopy = (path: string, change: (text: string) => string) => {
  const copy = join(work.path(), 'bundle');
  cpSync(bundle, copy, { recursive: true });
  writeFileSync(join(copy, 'export.vkey'), exportVkey);
  writeFileSync(join(copy, path), change(readFileSync(join(copy, path), 'utf8')));
  const { status, stdout, stderr } = spawnSync('python3', ['-c', READER], { cwd: copy, encoding: 'utf8' });
  return { status, says: stdout + stderr };
};

const payloadOf = (text: string): string => JSON.parse(text).payload;
const withPayload = (change: (json: string) => string) => (text: string) => {
  const payload = payloadOf(text);
  return text.replace(payload, Buffer.from(change(Buffer.from(payload, 'base64').toString())).toString('base64'));
};

test('every file of the bundle is a subject, under a good signature of the export key', (context) => {
  needs(context, 'python3', 'openssl');
  const read = readCopy('manifest.dsse.json', (text) => text);
  expect(read.says).toMatch(/^\d+ subjects of ledger\.test\/r1\/c\//);
  expect(read.status).toBe(0);
});

test.for([
  {
    note: 'a file that was changed',
    path: 'receipts.jsonl',
    change: (text: string) => `${text} `,
    says: 'other files',
  },
  {
    note: 'a digest that was changed',
    path: 'manifest.dsse.json',
    change: withPayload((json) => json.replace(/"sha256":"./, '"sha256":"x')),
    says: 'no good signature',
  },
  {
    note: 'a subject that was left out',
    path: 'manifest.dsse.json',
    change: withPayload((json) => json.replace(/\{"digest":[^}]*\},"name":"checkpoint"\},/, '')),
    says: 'no good signature',
  },
  {
    note: 'another type',
    path: 'manifest.dsse.json',
    change: (text: string) => text.replace('in-toto+json', 'in-toto+jsom'),
    says: 'no good signature',
  },
  {
    note: 'another signature',
    path: 'manifest.dsse.json',
    change: (text: string) => text.replace(/"sig":"(.)/, (_, first) => `"sig":"${first === 'A' ? 'B' : 'A'}`),
    says: 'no good signature',
  },
  {
    note: 'another key',
    path: 'export.vkey',
    change: (text: string) => [...text.split('+').slice(0, 2), Buffer.alloc(33, 1).toString('base64')].join('+'),
    says: 'no good signature',
  },
])('refused by them: $note', ({ path, change, says }, context) => {
  needs(context, 'python3', 'openssl');
  const read = readCopy(path, change);
  expect(read.status).not.toBe(0);
  expect(read.says).toContain(says);
});

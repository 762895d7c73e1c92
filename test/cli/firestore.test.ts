/** A deployment in Firestore needs a client that is not installed with `tai`: what is said where it is missing, or is none. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { runIn } from './rows.ts';
import { scratch } from './scratch.ts';

/** A package of the client’s name in a folder. */
const install = (dir: string, text: string): void => {
  const at = join(dir, 'node_modules/@google-cloud/firestore');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'index.js'), text);
  writeFileSync(join(at, 'package.json'), '{"name":"@google-cloud/firestore","version":"8.7.1","main":"index.js"}');
};

/** A client whose every call is refused, as one without rights is. */
const REFUSED = `
const refuse = () => Promise.reject(Object.assign(new Error('7 PERMISSION_DENIED: Missing or insufficient permissions.'), { code: 7 }));
exports.Firestore = class {
  constructor(settings) { this.settings = settings; }
  doc(path) { return { path, get: refuse }; }
  batch() { return { create() { return this; }, commit: refuse }; }
  terminate() { return Promise.resolve(); }
};`;

test('without the client, serve and store say what to install, and where', async () => {
  const dir = scratch();
  const said = `the store firestore:my-project/(default): it needs the package @google-cloud/firestore, and it is not installed; run npm install @google-cloud/firestore@8 in ${join(dir, '.tai')}`;
  const served = await runIn(dir, ['serve', '--port', '0', '--store', 'firestore:my-project']);
  expect(served).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining(said) });
  const checked = await runIn(dir, ['store', 'check', 'firestore:my-project']);
  expect(checked).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining(`in ${dir}`) });
});

test.for([
  { note: 'another package', text: 'exports.nothing = 1;', says: 'is another package' },
  {
    note: 'one that cannot be loaded',
    text: 'throw new Error("no binary for this machine");',
    says: 'no binary for this machine',
  },
  { note: 'one without the right', text: REFUSED, says: 'grant roles/datastore.user' },
])('$note is a line that says so', async ({ text, says }) => {
  const dir = scratch();
  install(dir, text);
  const checked = await runIn(dir, ['store', 'check', 'firestore:my-project/ledgers']);
  expect(checked).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining(says) });
  expect(checked.err).toContain('the store firestore:my-project/ledgers: ');
});

test('a place that is none is refused, and nothing is made', async () => {
  const dir = scratch();
  const served = await runIn(dir, ['serve', '--port', '0', '--store', 'firestore:My Project']);
  expect(served).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('firestore:PROJECT/DATABASE') });
  expect(existsSync(join(dir, '.tai'))).toBe(false);
});

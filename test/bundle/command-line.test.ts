import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { main } from '@tai-autonomics/cli';
import { loadCatalog } from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureIo } from '../cli/terminal.ts';
import { approved, decided, makeReady, people, right, rollback, startGovernor } from '../governor/kit.ts';
import { TAI } from '../programs/program.ts';
import { seedOf, signedNote, testKey } from '../receipt/fixture.ts';
import { fixedRandom, workFolder } from './evidence.ts';

const work = workFolder();
const dir = join(work.dir, 'deployment');
const DOMAIN = 'cli.test';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const tai = async (...argv: readonly string[]): Promise<Ran> => {
  const { io, out, err } = captureIo(work.dir);
  const code = await main(argv, io);
  return { code, out: out(), err: err() };
};

/** A deployment's folder with a ledger in it, as `tai serve` would have left it. */
beforeAll(async () => {
  mkdirSync(dir);
  const config = { mode: 'eval', session: 'pilot', domain: DOMAIN, owners: { acme: 'olivia' }, repositories: {} };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'credentials.json'), '{"format":"tai-autonomics/credentials@1","credentials":[]}');
  const { signer, secret } = right(await openKeyFile(join(dir, 'keys', 'eval-ledger.key'), systemRandom));
  const setting = await startGovernor({
    standing: { mode: 'eval', session: 'pilot' },
    domain: DOMAIN,
    catalogs: [right(loadCatalog(library))],
    store: right(await openSqliteStore(join(dir, 'ledger.db'))),
    signer: signer as never,
    secret,
    random: fixedRandom('salts of the command line'),
  });
  await makeReady(setting);
  approved(await setting.governor.submit(people().agent, { action: 'check_health', resource: '*' }));
  decided(await setting.governor.submit(people().agent, rollback));
  await setting.governor.close();
});
afterAll(() => work.remove());

/** Exports, and writes the auditor's trust file from the key that the operator was shown. */
const exportWith = async (name: string, ...options: readonly string[]): Promise<Ran> => {
  const ran = await tai('export', '--dir', 'deployment', '--tenant', 'acme', '-o', name, ...options);
  const vkey = /^ {2}(\S+\+[0-9a-f]{8}\+\S+)$/m.exec(ran.out)?.[1];
  if (vkey !== undefined) writeFileSync(join(work.dir, 'trust'), `log ${vkey}\nquorum none\n`);
  return ran;
};

const tamper = (from: string, to: string): void => {
  cpSync(join(work.dir, from), join(work.dir, to), { recursive: true });
  const file = join(work.dir, to, 'receipts.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[2] = (lines[2] ?? '').replace(/sub_./, (text) => (text === 'sub_a' ? 'sub_b' : 'sub_a'));
  writeFileSync(file, lines.join('\n'));
};

describe('tai export and tai verify', () => {
  test('Ctrl-C or a SIGTERM during an export: one line, exit 2, and nothing is left behind', async () => {
    const vector = 'test/vectors/field/export-interrupted-leaves-files/signals.json';
    const rows = JSON.parse(readFileSync(vector, 'utf8')) as readonly {
      readonly to: string;
      readonly signal: 'SIGINT' | 'SIGTERM';
      readonly code: number;
      readonly err: string;
      readonly left: readonly string[];
    }[];
    expect(rows.length).toBeGreaterThan(1);
    for (const { to, signal, left, ...ends } of rows) {
      const before = process.listenerCount(signal);
      const running = exportWith(to);
      while (process.listenerCount(signal) === before) await new Promise((turn) => setImmediate(turn));
      process.emit(signal);
      const { code, err } = await running;
      expect({ code, err }).toEqual(ends);
      expect(readdirSync(work.dir).filter((file) => file.startsWith('stopped'))).toEqual(left);
      expect(process.listenerCount(signal)).toBe(before);
    }
  });

  test('a verification is remembered; a second one shows that it continues, and is as incomplete as the first', async () => {
    expect(await exportWith('first')).toMatchObject({ code: 0, err: '' });
    const first = await tai('verify', 'first', '--trust', 'trust', '--remember', 'memory.json');
    expect(first).toMatchObject({ code: 4, err: '' });
    expect(first.out).toContain('linked yes · signed yes · trusted yes');
    expect(first.out).toContain('integrity only');
    expect(first.out).toMatch(/remembered: \d+ receipts/);
    const second = await tai('verify', 'first', '--trust', 'trust', '--remember', 'memory.json');
    expect(second).toMatchObject({ code: 4, err: '' });
    expect(second.out).toContain('It is the checkpoint that you remembered.');
    expect(second.out).toContain('integrity only');
  });

  test('a checkpoint that came by another way makes it complete; what was not checked stands first', async () => {
    cpSync(join(work.dir, 'first', 'checkpoint'), join(work.dir, 'by-mail'));
    const ran = await tai('verify', 'first', '--trust', 'trust', '--checkpoint', 'by-mail');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toContain('complete up to receipt');
    expect(ran.out.indexOf('not checked:')).toBeGreaterThan(0);
    expect(ran.out.indexOf('not checked:')).toBeLessThan(ran.out.indexOf('1 trust'));
    const steps = ran.out.match(/^ +\d+ [a-z]+ +(?:passed|not run)/gm);
    expect(steps).toHaveLength(10);
  });

  test('a changed byte: exit 1, the first bad receipt and why, and nothing new is remembered', async () => {
    await exportWith('honest');
    tamper('honest', 'tampered');
    const memory = readFileSync(join(work.dir, 'memory.json'), 'utf8');
    const ran = await tai('verify', 'tampered', '--trust', 'trust', '--remember', 'memory.json');
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/first bad receipt: 2: its leaf is not the one that receipt 3 links to/);
    expect(readFileSync(join(work.dir, 'memory.json'), 'utf8')).toBe(memory);
  });

  test('--json says the same as data', async () => {
    const exported = await tai('export', '--dir', 'deployment', '--tenant', 'acme', '-o', 'data.tar', '--json');
    expect(JSON.parse(exported.out)).toMatchObject({ coverage: 'whole', asSealed: true, manifest: 'signed' });
    const verified = await tai('verify', 'data.tar', '--trust', 'trust', '--json');
    expect(verified.code).toBe(4);
    const report = JSON.parse(verified.out);
    expect(report).toMatchObject({ overall: 'incomplete', labels: { linked: 'yes', signed: 'yes', trusted: 'yes' } });
    expect(report.steps).toHaveLength(10);
    expect(report.checkpoint.root).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  test('--at says how old it is, in plain words and as data, and never falsifies', async () => {
    const at = ['--at', '2026-11-21T08:00:00+00:00', '--max-age', '7d'];
    const ran = await tai('verify', 'data.tar', '--trust', 'trust', ...at);
    expect(ran.code).toBe(4);
    expect(ran.out).toMatch(
      /10 freshness +incomplete +No trusted witness says when, so nothing shows that this is the newest/,
    );
    expect(ran.out).toContain('The newest receipt here says that it is of');
    const report = JSON.parse((await tai('verify', 'data.tar', '--trust', 'trust', '--json', ...at)).out);
    expect(report.freshness).toMatchObject({ at: '2026-11-21T08:00:00.000Z', maxAgeMs: 604_800_000 });
    expect(report.freshness.receiptAt).toMatch(/^\d{4}-.*Z$/);
  });

  test('--revoked: a key that is known to be given up vouches up to its last good size and no further', async () => {
    const trust = readFileSync(join(work.dir, 'trust'), 'utf8');
    const [, name = '', keyId = ''] = /^log ([^+]+)\+([0-9a-f]{8})/.exec(trust) ?? [];
    const { checkpoint } = JSON.parse((await tai('verify', 'data.tar', '--trust', 'trust', '--json')).out);
    const at = async (...revoked: readonly string[]) => tai('verify', 'data.tar', '--trust', 'trust', ...revoked);
    expect((await at('--revoked', `${keyId}=${checkpoint.size}`)).out).toContain('trusted yes');
    const beyond = await at('--revoked', '0000000a=0', '--revoked', `${keyId}=${checkpoint.size - 1}`);
    expect(beyond.code).toBe(1);
    expect(beyond.out).toContain('The key that signed this checkpoint was revoked at a smaller size.');
    expect(beyond.out).toContain('trusted no');
    writeFileSync(
      join(work.dir, 'revoked'),
      `# told by telephone\nrevoked elsewhere.test/r1/c/x+${keyId} 0\nrevoked ${name}+${keyId} ${checkpoint.size - 1}\n`,
    );
    expect((await at('--revoked', 'revoked')).code).toBe(1);
    const json = await at('--revoked', 'revoked', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ overall: 'falsified', labels: { signed: 'yes', trusted: 'no' } });
  });

  test('--no-rederive checks bytes only', async () => {
    const ran = await tai('verify', 'data.tar', '--trust', 'trust', '--no-rederive');
    expect(ran.code).toBe(4);
    expect(ran.out).toMatch(/rederivation +not run/);
  });

  test('a part says of each receipt which level it reached', async () => {
    const ran = await exportWith('part', '--from', '1', '--to', '5', '--withhold', 'request/intent, evidence/…');
    expect(ran.code).toBe(0);
    const verified = await tai('verify', 'part', '--trust', 'trust');
    expect(verified.code).toBe(4);
    expect(verified.out).toMatch(/each receipt:\n {2}1/);
    expect(verified.out).toContain('withheld: request/intent');
  });

  test('all receipts in clear with the disclosures of some', async () => {
    await exportWith('clear', '--seq', '1,2', '--all-receipts');
    const verified = await tai('verify', 'clear', '--trust', 'trust');
    expect(verified.out).toMatch(/^ {2}1–2 +re-derived from ledger, catalog and evidence$/m);
  });
});

describe('the memory of an auditor', () => {
  const origin = 'cli.test/r1/e/fork';
  const key = testKey(origin, 1, 'fork');

  /** A bundle without receipts worth the name: only its checkpoint matters here. */
  const bundleOf = (name: string, receipts: string, size: number, root: string): void => {
    mkdirSync(join(work.dir, name));
    writeFileSync(join(work.dir, name, 'receipts.jsonl'), receipts);
    writeFileSync(join(work.dir, name, 'checkpoint'), signedNote(`${origin}\n${size}\n${root}\n`, key));
  };
  const EMPTY_ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

  test('two checkpoints that cannot both be honest are written out as evidence of the fork', async () => {
    bundleOf('fork', '', 0, EMPTY_ROOT);
    const other = signedNote(`${origin}\n0\n${Buffer.from(seedOf('x')).toString('base64')}\n`, key);
    writeFileSync(
      join(work.dir, 'fork.memory'),
      JSON.stringify({ format: 'tai-autonomics/remembered@1', checkpoints: { [origin]: other } }),
    );
    writeFileSync(join(work.dir, 'fork.trust'), `log ${key.vkey}\nquorum none\n`);
    const ran = await tai('verify', 'fork', '--trust', 'fork.trust', '--remember', 'fork.memory');
    expect(ran.code).toBe(1);
    const [file = ''] = readdirSync(work.dir).filter((name) => name.startsWith('fork.memory.equivocation'));
    expect(ran.out).toContain(file);
    const evidence = JSON.parse(readFileSync(join(work.dir, file), 'utf8'));
    expect(evidence).toEqual({
      v: 'tai-autonomics/equivocation@1',
      notes: [other, readFileSync(join(work.dir, 'fork/checkpoint'), 'utf8')],
    });
    // By itself, for whoever trusts the key, and for nobody else.
    const shown = await tai('verify', file, '--trust', 'fork.trust');
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toContain(`Proved: ${origin} was forked at size 0.`);
    const data = JSON.parse((await tai('verify', file, '--trust', 'fork.trust', '--json')).out);
    expect(data).toMatchObject({ overall: 'verified', origin, size: 0, roots: [expect.any(String), EMPTY_ROOT] });
    writeFileSync(join(work.dir, 'other.trust'), `log ${testKey(origin, 1, 'stranger').vkey}\nquorum none\n`);
    expect((await tai('verify', file, '--trust', 'other.trust')).code).toBe(1);
    expect((await tai('verify', file)).code).toBe(2);
    const twice = readFileSync(join(work.dir, file), 'utf8').replace(
      JSON.stringify(other),
      JSON.stringify(evidence.notes[1]),
    );
    writeFileSync(join(work.dir, 'twice.json'), twice);
    const none = await tai('verify', 'twice.json', '--trust', 'fork.trust');
    expect(none.code).toBe(1);
    expect(none.out).toContain('It proves no fork to you: expected two roots, found "one"');
  });

  test('a ledger that is shorter than what was seen is falsified, and the memory stays', async () => {
    bundleOf('short', '', 0, EMPTY_ROOT);
    const longer = signedNote(`${origin}\n7\n${EMPTY_ROOT}\n`, key);
    const memory = JSON.stringify({ format: 'tai-autonomics/remembered@1', checkpoints: { [origin]: longer } });
    writeFileSync(join(work.dir, 'short.memory'), memory);
    const ran = await tai('verify', 'short', '--trust', 'fork.trust', '--remember', 'short.memory');
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('You have seen 7 receipts; this bundle ends at 0');
    expect(readFileSync(join(work.dir, 'short.memory'), 'utf8')).toBe(memory);
  });

  test.for([
    { note: 'no JSON', text: 'x' },
    { note: 'another format', text: '{"format":"x","checkpoints":{}}' },
    {
      note: 'a checkpoint of another ledger',
      text: `{"format":"tai-autonomics/remembered@1","checkpoints":{"a.b/c":"x"}}`,
    },
    { note: 'a prototype', text: '{"format":"tai-autonomics/remembered@1","checkpoints":{"__proto__":"x"}}' },
  ])('a file of $note is not overwritten', async ({ text }) => {
    writeFileSync(join(work.dir, 'odd.memory'), text);
    const ran = await tai('verify', 'fork', '--trust', 'fork.trust', '--remember', 'odd.memory');
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err.trim().split('\n')).toHaveLength(1);
    expect(readFileSync(join(work.dir, 'odd.memory'), 'utf8')).toBe(text);
  });

  test('nothing is remembered of a ledger that nobody vouches for', async () => {
    await tai('verify', 'fork', '--remember', 'stranger.memory');
    expect(existsSync(join(work.dir, 'stranger.memory'))).toBe(false);
  });
});

describe('what cannot be done is one line and exit 2', () => {
  test.for<{ note: string; argv: readonly string[]; says: string }>([
    { note: 'no such bundle', argv: ['verify', 'nowhere'], says: 'nowhere: unreadable: no such file or folder' },
    { note: 'no such trust file', argv: ['verify', 'first', '--trust', 'nowhere'], says: 'nowhere' },
    {
      note: 'a trust file inside the bundle',
      argv: ['verify', 'first', '--trust', 'first/trust'],
      says: '--trust first/trust: it lies inside the bundle',
    },
    {
      note: 'a trust file inside the bundle, by another way',
      argv: ['verify', './first/', '--trust', 'first/catalog/../trust'],
      says: 'it lies inside the bundle',
    },
    {
      note: 'the bundle’s own checkpoint as one that came by another way',
      argv: ['verify', 'first', '--checkpoint', 'first/checkpoint'],
      says: '--checkpoint first/checkpoint: it lies inside the bundle',
    },
    {
      note: 'a memory that would lie inside the bundle',
      argv: ['verify', 'first', '--remember', 'first/evidence/memory'],
      says: '--remember first/evidence/memory: it lies inside the bundle',
    },
    {
      note: 'the bundle itself as a file of revocations',
      argv: ['verify', 'data.tar', '--revoked', 'data.tar'],
      says: '--revoked data.tar: it lies inside the bundle',
    },
    { note: 'a time that is none', argv: ['verify', 'first', '--at', 'now'], says: '--at: expected an instant' },
    {
      note: 'an age that is none',
      argv: ['verify', 'first', '--at', '2026-11-21T08:00:00Z', '--max-age', '1 week'],
      says: '--max-age: expected a time like 30s',
    },
    {
      note: 'a revocation that is none',
      argv: ['verify', 'first', '--revoked', '0000000a=-1'],
      says: '--revoked: expected KEYID=SIZE',
    },
    {
      note: 'a file of revocations that is none',
      argv: ['verify', 'first', '--revoked', 'trust'],
      says: 'trust: line 1: expected revoked <key name>',
    },
    { note: 'a folder that is no bundle', argv: ['verify', 'deployment'], says: 'deployment:' },
    {
      note: 'no such deployment',
      argv: ['export', '--dir', 'nowhere', '--tenant', 'acme', '-o', 'x'],
      says: 'nowhere',
    },
    {
      note: 'no such tenant',
      argv: ['export', '--dir', 'deployment', '--tenant', 'nobody', '-o', 'x'],
      says: 'no tenant nobody',
    },
    {
      note: 'a place that is none',
      argv: ['export', '--dir', 'deployment', '--tenant', 'acme', '-o', 'x', '--from', 'soon'],
      says: '--from',
    },
    {
      note: 'numbers that are none',
      argv: ['export', '--dir', 'deployment', '--tenant', 'acme', '-o', 'x', '--seq', '1,b'],
      says: '--seq',
    },
    {
      note: 'a name that is none',
      argv: ['export', '--dir', 'deployment', '--tenant', 'acme', '-o', 'x', '--withhold', '../x'],
      says: 'expected subject',
    },
    {
      note: 'a target that is there',
      argv: ['export', '--dir', 'deployment', '--tenant', 'acme', '-o', 'first'],
      says: 'is there already',
    },
  ])('$note', async ({ argv, says }) => {
    const ran = await tai(...argv);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(says);
    expect(ran.err.trim().split('\n')).toHaveLength(1);
    expect(existsSync(join(work.dir, 'x'))).toBe(false);
  });

  test('with --json too the one line is on standard error', async () => {
    const ran = await tai('verify', 'nowhere', '--json');
    expect(ran.code).toBe(2);
    expect(ran.err.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(ran.out)).toMatchObject({ overall: 'unreadable' });
  });
});

test('verification needs no ledger, no key and no network: the bundle and the trust file alone', ({ skip }) => {
  const alone = join(work.dir, 'alone');
  mkdirSync(alone);
  cpSync(join(work.dir, 'first'), join(alone, 'bundle'), { recursive: true });
  cpSync(join(work.dir, 'trust'), join(alone, 'trust'));
  rmSync(join(alone, 'bundle', 'keys'));
  const args = [TAI, 'verify', 'bundle', '--trust', 'trust'];
  // A network namespace of its own has no interface that is up: nothing could be reached.
  const isolated = spawnSync('unshare', ['-rn', 'true']).status === 0;
  if (!isolated) skip('unshare cannot make a network namespace here');
  const ran = spawnSync('unshare', ['-rn', process.execPath, ...args], {
    cwd: alone,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
  });
  // Without the bundle's manifest the removed file is all that is missing; with it, its absence is found.
  expect(ran.stdout).toContain('trusted yes');
  expect(ran.status).toBe(1);
  expect(ran.stdout).toContain('keys is in the manifest and not here');
});

describe('tai report', () => {
  test('a report on a deployment is the report on its bundle, and verify computes each figure again', async () => {
    await exportWith('reported', '--seal');
    const from = async (...where: readonly string[]) => {
      const { code, out } = await tai('report', 'weekly', ...where, '--json');
      return { code, report: JSON.parse(out) as Record<string, unknown> };
    };
    const { report } = await from('--tenant', 'acme', '--dir', 'deployment');
    expect(await from('reported', '--trust', 'trust')).toEqual({ code: 4, report });
    const claim = (json: unknown): void => writeFileSync(join(work.dir, 'claim.json'), JSON.stringify(json));
    const verified = () => tai('verify', 'reported', '--trust', 'trust', '--figures', 'claim.json');
    claim(report);
    expect(await verified()).toMatchObject({ code: 4, out: expect.stringContaining('are what the receipts say') });
    const refusals = JSON.stringify(report).replace(
      /("refusals","value":)(\d+)/,
      (_, name, n) => `${name}${Number(n) + 1}`,
    );
    claim(JSON.parse(refusals));
    const wrong = await verified();
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('The whole period: refusals: the receipts say 1, the report says otherwise');
    claim({ ...report, sections: [] });
    expect((await verified()).code).toBe(1);
    claim({ ...report, size: Number(report['size']) + 1 });
    expect((await verified()).out).toContain('the bundle has');
    expect((await tai('verify', 'reported', '--figures', 'claim.json', '--no-rederive')).code).toBe(2);
  });

  test('a part of a ledger tells of incidents alone', async () => {
    await exportWith('part', '--seal', '--seq', '1');
    expect((await tai('report', 'weekly', 'part', '--trust', 'trust')).code).toBe(2);
    expect((await tai('report', 'incident', 'inc-none', 'part', '--trust', 'trust')).code).toBe(4);
  });
});

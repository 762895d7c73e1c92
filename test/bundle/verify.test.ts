import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Value } from '@tai-autonomics/core/author';
import { parseReceipt } from '@tai-autonomics/core/receipt';
import { loadCatalog } from '@tai-autonomics/governor';
import { type BundleReport, readBundle, verifyBundle } from '@tai-autonomics/governor/bundle';
import type { RawDetector } from '@tai-autonomics/governor/local';
import { library } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approved, people, restart, right, TENANT } from '../governor/kit.ts';
import { buildLedger } from '../receipt/fixture.ts';
import { diceOf, mutate } from '../receipt/mutants.ts';
import { runs } from '../runs.ts';
import {
  type Evidence,
  exportTo,
  INCIDENT,
  makeEvidence,
  sourceOf,
  statusOf,
  trustOf,
  verifyAt,
  workFolder,
} from './evidence.ts';

const work = workFolder();
const NEWLINE = Buffer.from('\n');
let evidence: Evidence;
let whole = '';
let note = '';
let lines: readonly string[] = [];

beforeAll(async () => {
  evidence = await makeEvidence(work.dir);
  whole = work.path();
  await exportTo(evidence.source, whole);
  note = readFileSync(join(whole, 'checkpoint'), 'utf8');
  lines = readFileSync(join(whole, 'receipts.jsonl'), 'utf8').split('\n').slice(0, -1);
});
afterAll(() => work.remove());

const brought = (): { readonly trust: string; readonly outside: string } => ({
  trust: evidence.trust,
  outside: note,
});

/** A copy of a bundle with one file changed; without the manifest, so that what is found is found by the receipts themselves. */
const changed = (path: string, change: (bytes: Buffer) => Buffer | string, from: string = whole): string => {
  const copy = work.path();
  cpSync(from, copy, { recursive: true });
  rmSync(join(copy, 'manifest'), { force: true });
  rmSync(join(copy, 'manifest.dsse.json'), { force: true });
  writeFileSync(join(copy, path), change(readFileSync(join(copy, path))));
  return copy;
};

const firstBadOf = (report: BundleReport): number | undefined => report.firstBad?.seq;

describe('a whole ledger', () => {
  test.for([
    { packed: 'a folder', ending: '' },
    { packed: 'a tar file', ending: '.tar' },
  ])('in $packed verifies, every receipt re-derived from ledger, catalog and evidence', async ({ ending }) => {
    const path = `${work.path()}${ending}`;
    const exported = await exportTo(evidence.source, path);
    const report = await verifyAt(path, brought());
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      overall: 'verified',
      coverage: 'whole',
      labels: { linked: 'yes', signed: 'yes', trusted: 'yes' },
      completeness: { complete: 'to_size', size: exported.size, by: 'outside_checkpoint' },
      reached: [{ from: 0, to: exported.size - 1, reached: 'ledger' }],
      manifest: { manifest: 'holds', signed: 'claimed' },
    });
  });

  test('without anything from outside it is integrity only, and no key is trusted', async () => {
    const report = await verifyAt(whole);
    expect(report).toMatchObject({
      overall: 'incomplete',
      labels: { linked: 'yes', signed: 'yes', trusted: 'unknown' },
      completeness: { complete: 'integrity_only' },
    });
  });

  test('without re-derivation that step is not run, and the rest still holds', async () => {
    const report = await verifyAt(whole, { ...brought(), rederive: false });
    expect(statusOf(report, 'rederivation')).toBe('not_run');
    expect(report.overall).toBe('incomplete');
    expect(report.reached).toEqual([{ from: 0, to: lines.length - 1, reached: 'not_run' }]);
  });

  test('an export key in the trust file makes the manifest trusted', async () => {
    const report = await verifyAt(whole, { ...brought(), trust: trustOf(evidence.source, true) });
    expect(report.manifest).toEqual({ manifest: 'holds', signed: 'trusted' });
  });

  test('a key that the auditor does not know is not trusted, whatever the bundle says of itself', async () => {
    const stranger = trustOf({ ...evidence.source, publicKey: evidence.source.exporter!.publicKey });
    const report = await verifyAt(whole, { trust: stranger });
    expect(report).toMatchObject({ overall: 'falsified', labels: { signed: 'yes', trusted: 'no' } });
  });

  test('tells how far it has come, every 512 receipts', async () => {
    const long = buildLedger(1100);
    const path = work.path();
    mkdirSync(path);
    writeFileSync(join(path, 'checkpoint'), long.note);
    writeFileSync(join(path, 'receipts.jsonl'), Buffer.concat(long.receipts.flatMap(({ bytes }) => [bytes, NEWLINE])));
    const seen: number[] = [];
    const report = await verifyAt(path, {
      rederive: false,
      trust: long.trust,
      onProgress: ({ receipts, share }) => seen.push(receipts, share),
    });
    expect(report).toMatchObject({ receipts: 1100, findings: [] });
    const [first, share1, second, share2] = seen;
    expect([first, second, seen.length]).toEqual([512, 1024, 4]);
    expect(0 <= (share1 ?? -1) && (share1 ?? 2) <= (share2 ?? -1) && (share2 ?? 2) <= 1).toBe(true);
  });
});

describe('parts', () => {
  test.for([
    { note: 'a period by number', selection: { from: { seq: 3 }, to: { seq: 9 } }, receipts: 6 },
    { note: 'an incident and what followed from it', selection: { incident: INCIDENT }, receipts: 4 },
    { note: 'single receipts', selection: { seqs: [0, 5, 13] }, receipts: 3 },
  ])('$note: each receipt proved, each decision re-derived from its readings', async ({ selection, receipts }) => {
    const path = work.path();
    await exportTo(evidence.source, path, selection);
    const report = await verifyAt(path, brought());
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ overall: 'incomplete', coverage: 'partial', receipts });
    expect(statusOf(report, 'tree')).toBe('passed');
    expect(report.completeness).toEqual({ complete: 'integrity_only' });
    expect(report.reached.every(({ reached }) => reached === 'readings' || reached === 'not_available')).toBe(true);
    expect(report.rederived.level1).toBeGreaterThan(0);
  });

  test('a period by time is the receipts of that time', async () => {
    const ats = lines.map((line) => right(parseReceipt(new Uint8Array(Buffer.from(line)))).at);
    const [from, to] = [Date.parse(ats[6] ?? ''), Date.parse(ats[9] ?? '')];
    const path = work.path();
    await exportTo(evidence.source, path, { from: { at: from }, to: { at: to } });
    const report = await verifyAt(path, brought());
    const expected = ats.filter((at) => Date.parse(at) >= from && Date.parse(at) < to).length;
    expect(expected).toBeGreaterThan(0);
    expect(report.receipts).toBe(expected);
  });

  test('with all receipts in clear, what a period discloses is re-derived from the ledger', async () => {
    const path = work.path();
    await exportTo(evidence.source, path, { from: { seq: 5 }, to: { seq: 9 }, clear: 'ledger' });
    const report = await verifyAt(path, brought());
    expect(report).toMatchObject({ overall: 'incomplete', coverage: 'whole', findings: [] });
    expect(report.reached.filter(({ from, to }) => from <= 8 && to >= 5)).toEqual([
      { from: 5, to: 8, reached: 'ledger' },
    ]);
  });

  test('a proof from an earlier checkpoint is added on demand, and is what the verifier needs', async () => {
    const story = await makeEvidence(work.path());
    const first = work.path();
    await exportTo(story.source, first);
    const remembered = readFileSync(join(first, 'checkpoint'), 'utf8');
    const size = Number(remembered.split('\n')[1]);
    approved(await story.setting.governor.submit(people().agent, { action: 'check_health', resource: '*' }));
    const [without, withProof] = [work.path(), work.path()];
    await exportTo(story.source, without, { seqs: [1] });
    await exportTo(story.source, withProof, { seqs: [1], continues: [size] });
    const trust = story.trust;
    expect(statusOf(await verifyAt(without, { trust, remembered }), 'consistency')).toBe('incomplete');
    expect(statusOf(await verifyAt(withProof, { trust, remembered }), 'consistency')).toBe('passed');
  });
});

describe('what is kept back', () => {
  test('a redacted ledger verifies; only the receipts concerned are not re-derivable, and say why', async () => {
    const path = work.path();
    await exportTo(evidence.source, path, { withhold: ['evidence/…'] });
    const report = await verifyAt(path, brought());
    expect(report).toMatchObject({ overall: 'incomplete', findings: [], labels: { trusted: 'yes' } });
    const withheld = report.reached.filter(({ reached }) => reached === 'withheld');
    expect(withheld.length).toBeGreaterThan(0);
    // An approval of a refusal that is withheld is decided again from its recorded readings, and no further.
    const { level1, level2, withheld: kept } = report.rederived;
    expect([level1, level1 + level2 + kept]).toEqual([1, report.receipts]);
    expect(report.rederived.level2).toBeGreaterThan(0);
  });

  test('the fold of a fully redacted ledger holds: all receipts in clear verify without one disclosure', async () => {
    const path = work.path();
    const exported = await exportTo(evidence.source, path, {
      withhold: ['request', 'evidence', 'state', 'decision', 'outcome', 'consequence'],
    });
    expect(exported.disclosures).toBe(0);
    const report = await verifyAt(path, brought());
    expect(report).toMatchObject({ overall: 'incomplete', findings: [], rederived: { falsified: 0 } });
  });

  test('a purged disclosure leaves its receipt withheld and every other one as it was', async () => {
    const story = await makeEvidence(work.path());
    const { store } = story.setting;
    const before = work.path();
    await exportTo(story.source, before);
    expect(right(await store.purge(story.source.ledger, 3, ['request/intent']))).toBe(1);
    const after = work.path();
    await exportTo(story.source, after);
    const remembered = readFileSync(join(before, 'checkpoint'), 'utf8');
    const report = await verifyAt(after, { trust: story.trust, remembered });
    expect(report).toMatchObject({ overall: 'incomplete', findings: [], rederived: { withheld: 1, falsified: 0 } });
    expect(report.reached).toEqual([
      { from: 0, to: 2, reached: 'ledger' },
      { from: 3, to: 3, reached: 'withheld', why: 'request/intent' },
      { from: 4, to: report.receipts - 1, reached: 'ledger' },
    ]);
    for (const file of ['receipts.jsonl', 'checkpoint'])
      expect(readFileSync(join(after, file))).toEqual(readFileSync(join(before, file)));
  });
});

describe('the catalog moves on', () => {
  const later = right(loadCatalog({ ...library, catalog: { ...library.catalog, version: '99.0.0' } }));

  test('receipts of both catalogs are re-derived, from the catalogs in the bundle alone', async () => {
    const story = await makeEvidence(work.path());
    const [earlier] = story.setting.options.catalogs;
    const setting = await restart(story.setting, { catalogs: [later, earlier] });
    const operator = { tenant: TENANT, subject: { type: 'system', id: 'operator' }, scope: [] } as const;
    const health = { action: 'check_health', resource: '*' };
    // A deployment's new catalog decides in a ledger that has begun only once a receipt says so.
    approved(await setting.governor.submit(people().agent, health));
    approved(await setting.governor.submit(operator, { action: 'activate_catalog', resource: later.digest }));
    approved(await setting.governor.submit(people().agent, health));
    const source = sourceOf(setting);
    const path = work.path();
    await exportTo(source, path);
    const report = await verifyAt(path, { trust: story.trust });
    expect(report.findings).toEqual([]);
    const moved = report.receipts - 1;
    expect(report.decidedBy.map(({ digest, from, to }) => ({ digest, from, to }))).toEqual([
      { digest: earlier.digest, from: 0, to: moved - 1 },
      { digest: later.digest, from: moved, to: moved },
    ]);
    expect(report.rederived.level2).toBe(report.receipts);
    expect(readFileSync(join(path, 'catalog', `${earlier.digest}.json`), 'utf8')).toBe(earlier.text);
    expect(readFileSync(join(path, 'catalog', `${later.digest}.json`), 'utf8')).toBe(later.text);
  });

  test('what it was seen to be once shows that it continues, and never that it is complete', async () => {
    const path = work.path();
    await exportTo(evidence.source, path);
    const { trust, outside: remembered } = brought();
    expect(await verifyAt(path, { trust, remembered })).toMatchObject({
      overall: 'incomplete',
      completeness: { complete: 'integrity_only' },
      headline: expect.stringContaining('integrity only'),
    });
  });

  test('without its catalog a receipt is not available, never falsified; a catalog of the auditor’s own does as well', async () => {
    const [catalog] = evidence.setting.options.catalogs;
    const path = work.path();
    const exported = await exportTo({ ...evidence.source, catalogs: [] }, path);
    expect(exported.missingCatalogs).toEqual([catalog.digest]);
    const without = await verifyAt(path, brought());
    expect(without).toMatchObject({ overall: 'incomplete', rederived: { notAvailable: without.receipts } });
    const own = await verifyAt(path, { ...brought(), catalogs: [catalog] });
    expect(own).toMatchObject({ overall: 'verified', rederived: { level2: own.receipts } });
  });
});

describe('what was changed is found', () => {
  test('any single-bit change of a receipt is found and its receipt named', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(lines.length - 1),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(7),
        async (seq, where, bit) => {
          const start = lines.slice(0, seq).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
          const at = start + Math.floor(where * Buffer.byteLength(lines[seq] ?? ''));
          const copy = changed('receipts.jsonl', (bytes) => {
            bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
            return bytes;
          });
          const report = await verifyAt(copy, { ...brought(), rederive: false });
          rmSync(copy, { recursive: true });
          expect(report.overall).toBe('falsified');
          expect(firstBadOf(report)).toBe(seq);
        },
      ),
      { numRuns: runs(25) },
    );
  });

  test.for<{ note: string; change: (all: readonly string[]) => readonly string[]; first: number }>([
    { note: 'the tail is cut', change: (all) => all.slice(0, -2), first: 12 },
    { note: 'one is left out', change: (all) => all.toSpliced(4, 1), first: 4 },
    { note: 'one is doubled', change: (all) => all.toSpliced(4, 0, all[4] ?? ''), first: 5 },
    { note: 'two are swapped', change: (all) => all.toSpliced(4, 2, all[5] ?? '', all[4] ?? ''), first: 4 },
    { note: 'one is added', change: (all) => [...all, all[0] ?? ''], first: 14 },
  ])('$note', async ({ change, first }) => {
    const report = await verifyAt(
      changed('receipts.jsonl', () =>
        change(lines)
          .map((line) => `${line}\n`)
          .join(''),
      ),
      brought(),
    );
    expect(report.overall).toBe('falsified');
    expect(firstBadOf(report)).toBe(first);
  });

  test.for([
    {
      note: 'a disclosure of another receipt',
      path: 'disclosures/5.json',
      from: 'disclosures/4.json',
      step: 'disclosures',
      seq: 5,
    },
    {
      note: 'a disclosure file that is no list',
      path: 'disclosures/5.json',
      text: '{"a":1}',
      step: 'disclosures',
      seq: 5,
    },
    {
      note: 'the disclosures of a receipt that is not there',
      path: 'disclosures/99.json',
      text: '[]',
      step: 'disclosures',
      seq: undefined,
    },
    { note: 'another checkpoint', path: 'checkpoint', text: 'x', step: 'signatures', seq: undefined },
    { note: 'a last line without its newline', path: 'receipts.jsonl', text: 'cut', step: 'receipts', seq: undefined },
  ] as const)('$note', async (row) => {
    const copy = changed('README.md', (bytes) => bytes);
    const content =
      'from' in row ? readFileSync(join(whole, row.from)) : row.text === 'cut' ? lines.join('\n') : row.text;
    writeFileSync(join(copy, row.path), content);
    const report = await verifyAt(copy, { trust: evidence.trust });
    expect(report.overall).toBe('falsified');
    expect(statusOf(report, row.step)).toBe('failed');
    if (row.seq !== undefined) expect(firstBadOf(report)).toBe(row.seq);
  });

  test.for([
    { note: 'a receipt in the file of another', from: '4', to: '3', why: 'it stands in the file of receipt 3' },
    { note: 'a proof of continuity under other sizes', from: '', to: '', why: 'is from 7 to 14' },
  ])('$note', async ({ from, to, why }) => {
    const part = work.path();
    await exportTo(evidence.source, part, { seqs: [1, 4], continues: [7] });
    rmSync(join(part, 'manifest'));
    rmSync(join(part, 'manifest.dsse.json'));
    const moves =
      from === ''
        ? [['consistency/7-14.consistency', 'consistency/6-14.consistency']]
        : [
            [`receipts/${from}.json`, `receipts/${to}.json`],
            [`proofs/${from}.tlog-proof`, `proofs/${to}.tlog-proof`],
            [`disclosures/${from}.json`, `disclosures/${to}.json`],
          ];
    for (const [old = '', name = ''] of moves) renameSync(join(part, old), join(part, name));
    const report = await verifyAt(part, { trust: evidence.trust });
    expect(report.overall).toBe('falsified');
    expect(report.findings.map((finding) => finding.why).join()).toContain(why);
  });

  test('any change of any file is found by whoever trusts the export key too', async () => {
    const trust = trustOf(evidence.source, true);
    const files = readdirSync(whole, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(whole, join(entry.parentPath, entry.name)))
      .sort();
    const next = diceOf('any file');
    const copy = work.path();
    cpSync(whole, copy, { recursive: true });
    expect((await verifyAt(copy, { trust, outside: note, rederive: false })).overall).toBe('incomplete');
    for (let run = 0; run < runs(300); run++) {
      const path = files[next(files.length)] ?? '';
      const before = readFileSync(join(copy, path), 'latin1');
      const text = Buffer.from(mutate([before], next), 'latin1').toString('latin1');
      if (text === before) continue;
      writeFileSync(join(copy, path), text, 'latin1');
      const opened = await readBundle(copy);
      if (E.isRight(opened)) {
        const judged = await verifyBundle(opened.right, { rederive: false, trust, outside: note });
        opened.right.close();
        expect(E.isRight(judged) ? judged.right.overall : 'falsified', `${path}: ${JSON.stringify(text)}`).toBe(
          'falsified',
        );
      }
      writeFileSync(join(copy, path), before, 'latin1');
    }
  });

  test('a catalog with another text than its name says', async () => {
    const [catalog] = evidence.setting.options.catalogs;
    const path = `catalog/${catalog.digest}.json`;
    const report = await verifyAt(
      changed(path, (bytes) => bytes.toString('utf8').replace('"version":"', '"version":"9')),
      brought(),
    );
    expect(report.overall).toBe('falsified');
    expect(statusOf(report, 'digests')).toBe('failed');
    expect(report.rederived).toMatchObject({ notAvailable: report.receipts, falsified: 0 });
  });

  test.for([
    {
      note: 'a changed file',
      change: (root: string) => writeFileSync(join(root, 'README.md'), 'trust me'),
      why: 'README.md is not the file',
    },
    {
      note: 'a removed file',
      change: (root: string) => rmSync(join(root, 'disclosures', '3.json')),
      why: 'disclosures/3.json is in the manifest and not here',
    },
    {
      note: 'an added file',
      change: (root: string) => writeFileSync(join(root, 'checkpoint.tsr'), 'x'),
      why: 'checkpoint.tsr is not in the manifest',
    },
    {
      note: 'an envelope that says something else',
      change: (root: string) => {
        const file = join(root, 'manifest.dsse.json');
        writeFileSync(file, readFileSync(file, 'utf8').replace('"payload":"', '"payload":"AAAA'));
      },
      why: 'manifest.dsse.json',
    },
    {
      note: 'a manifest that was written again',
      change: (root: string) => {
        const file = join(root, 'manifest');
        writeFileSync(file, readFileSync(file, 'utf8').replace('README.md', 'checkpoint.tsr'));
      },
      why: 'manifest',
    },
  ])('the manifest shows $note', async ({ change, why }) => {
    const copy = work.path();
    cpSync(whole, copy, { recursive: true });
    change(copy);
    const report = await verifyAt(copy, brought());
    expect(report).toMatchObject({ overall: 'falsified', manifest: { manifest: 'broken' } });
    expect(JSON.stringify(report.manifest)).toContain(why);
  });

  test.for([
    { note: 'a receipt for another', path: 'receipts/4.json', from: 'receipts/5.json', step: 'tree' },
    { note: 'a proof for another', path: 'proofs/4.tlog-proof', from: 'proofs/5.tlog-proof', step: 'tree' },
    { note: 'a disclosure for another', path: 'disclosures/4.json', from: 'disclosures/5.json', step: 'disclosures' },
  ] as const)('in a partial bundle, $note', async ({ path, from, step }) => {
    const root = work.path();
    await exportTo(evidence.source, root, { from: { seq: 3 }, to: { seq: 7 } });
    const copy = changed(path, () => readFileSync(join(root, from)), root);
    const report = await verifyAt(copy, brought());
    expect(report.overall).toBe('falsified');
    expect(statusOf(report, step)).toBe('failed');
  });

  test('a partial bundle without one of its proofs names the receipt', async () => {
    const root = work.path();
    await exportTo(evidence.source, root, { seqs: [2, 4] });
    const copy = changed('README.md', (bytes) => bytes, root);
    rmSync(join(copy, 'proofs', '4.tlog-proof'));
    const report = await verifyAt(copy, brought());
    expect(report).toMatchObject({ overall: 'falsified', firstBad: { seq: 4, why: 'it has no inclusion proof' } });
  });
});

describe('facts are detected again from the raw input that the bundle carries', () => {
  const seen = {
    deployment_stable: true,
    deployed_version: 'v1.2.0',
    rollback_target_known: true,
    rollback_target_version: 'v1.1.0',
  };
  const raw = new Uint8Array(Buffer.from(JSON.stringify({ seen: 'all is well' })));
  const digest = createHash('sha256').update(raw).digest('base64url');
  const detectorOf = (facts: Readonly<Record<string, Value>>): RawDetector => ({
    id: 'world',
    version: 3,
    facts: Object.keys(facts),
    detect: () => E.right(facts),
  });
  let path = '';
  beforeAll(async () => {
    const story = await makeEvidence(work.path(), ['acme'], { digest, detector: 'world@3' });
    path = work.path();
    await exportTo({ ...story.source, evidence: async () => raw }, path, { to: { seq: 9 } });
  });

  test('the same facts: counted, and whether the raw input is what was there to be seen is the issuer’s word', async () => {
    const report = await verifyAt(path, { detectors: [detectorOf(seen)] });
    expect(report).toMatchObject({ findings: [], detected: { again: 4, notAvailable: 0 } });
    expect(report.unchecked).toContainEqual({
      what: 'evidence',
      sentence: "The issuer's word: that the raw inputs of 4 facts are what was there to be seen.",
      open: false,
    });
  });

  test.for<{ note: string; facts: Readonly<Record<string, Value>>; seenAt?: () => number }>([
    { note: 'another value', facts: { ...seen, deployment_stable: false } },
    { note: 'no such fact', facts: {} },
    { note: 'another time', facts: seen, seenAt: () => 1 },
  ])('$note: falsified, and the receipt named', async ({ facts, ...more }) => {
    const report = await verifyAt(path, { detectors: [{ ...detectorOf(facts), ...more }] });
    expect(report).toMatchObject({ overall: 'falsified', firstBad: { seq: 7 } });
    expect(report.firstBad?.why).toMatch(/is not what world@3 finds in its raw input/);
  });

  test('an older version of a detector than the auditor has: said, since it may have seen less', async () => {
    const [old, newer] = [detectorOf(seen), { ...detectorOf({}), version: 4 }];
    const said = async (detectors: readonly RawDetector[]): Promise<readonly string[]> =>
      (await verifyAt(path, { detectors })).unchecked.map(({ sentence }) => sentence);
    const choice = "The issuer's choice: an older version of a detector than the one that is here, for 4 facts.";
    expect(await said([old, newer])).toContain(choice);
    expect(await said([old])).not.toContain(choice);
  });

  test('a detector that says that it would take too many steps is not asked: not checked, open, and never falsified', async () => {
    let asked = 0;
    const slow = (steps: number): RawDetector => ({
      ...detectorOf(seen),
      steps: () => steps,
      detect: () => {
        asked += 1;
        return E.right(seen);
      },
    });
    const report = await verifyAt(path, { detectors: [slow(100_000_001)] });
    expect(report).toMatchObject({ overall: 'incomplete', findings: [], detected: { again: 0, notAvailable: 4 } });
    expect(report.unchecked.some(({ what, open }) => what === 'evidence' && open)).toBe(true);
    expect(asked).toBe(0);
    expect(await verifyAt(path, { detectors: [slow(100_000_000)] })).toMatchObject({ detected: { again: 4 } });
  });

  test.for([
    { note: 'no detector', detectors: [] },
    { note: 'another version of it', detectors: [{ ...detectorOf({}), version: 4 }] },
  ])('$note: that the facts follow is not checked, and said', async ({ detectors }) => {
    const report = await verifyAt(path, { detectors });
    expect(report).toMatchObject({ findings: [], detected: { again: 0, noDetector: 4 } });
    expect(report.unchecked).toContainEqual(expect.objectContaining({ what: 'detectors', open: true }));
  });
});

test('two tenants: neither receipts nor a whole ledger of one pass for the other', async () => {
  const story = await makeEvidence(work.path(), ['acme', 'umbrella']);
  const other = sourceOf(story.setting, 'umbrella');
  const [acme, umbrella] = [work.path(), work.path()];
  await exportTo(story.source, acme);
  await exportTo(other, umbrella);
  expect(await verifyAt(umbrella, { trust: story.trust })).toMatchObject({
    overall: 'falsified',
    labels: { trusted: 'no' },
  });
  const splice = changed(
    'receipts.jsonl',
    (bytes) => {
      const theirs = readFileSync(join(umbrella, 'receipts.jsonl'), 'utf8').split('\n');
      return bytes
        .toString('utf8')
        .split('\n')
        .toSpliced(3, 1, theirs[3] ?? '')
        .join('\n');
    },
    acme,
  );
  const report = await verifyAt(splice, { trust: story.trust });
  expect(report).toMatchObject({ overall: 'falsified', firstBad: { seq: 3 } });
});

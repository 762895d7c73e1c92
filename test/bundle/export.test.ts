import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDisclosure, parseReceipt } from '@tai-autonomics/core/receipt';
import {
  exportBundle,
  folderSink,
  type LedgerSource,
  type Selection,
  tarSink,
  trustFileFor,
} from '@tai-autonomics/governor/bundle';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approved, ledgerOf, people, right } from '../governor/kit.ts';
import { type Evidence, exportTo, makeEvidence, statusOf, verifyAt, workFolder } from './evidence.ts';

const work = workFolder();
let evidence: Evidence;

beforeAll(async () => {
  evidence = await makeEvidence(work.path());
});
afterAll(() => work.remove());

const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Every file with its digest. */
const filesOf = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .sort()
      .filter((name) => statSync(join(root, name)).isFile())
      .map((name) => [name, digestOf(join(root, name))]),
  );

/** The names that a bundle discloses, and every value as one text. */
const disclosedIn = (root: string): { readonly names: ReadonlySet<string>; readonly text: string } => {
  const folder = join(root, 'disclosures');
  const texts = (existsSync(folder) ? readdirSync(folder) : []).flatMap((name) => {
    const list = right(
      parseStrictJson(readFileSync(join(folder, name)), { comments: false, maxBytes: 1e6, maxDepth: 2 }),
    );
    return (list.value as readonly string[]).map((text) => right(parseDisclosure(text)));
  });
  return { names: new Set(texts.map(({ name }) => name)), text: JSON.stringify(texts.map(({ value }) => value)) };
};

describe('the same content gives the same bytes', () => {
  test.for<{ note: string; selection: Selection }>([
    { note: 'a whole ledger', selection: {} },
    {
      note: 'a part, redacted, with a proof of continuation',
      selection: { from: { seq: 2 }, withhold: ['evidence'], continues: [3] },
    },
  ])('$note', async ({ selection }) => {
    const [one, other] = [work.path(), work.path()];
    await exportTo(evidence.source, one, selection);
    await exportTo(evidence.source, other, selection);
    expect(filesOf(other)).toEqual(filesOf(one));
    const [tar, again] = [`${work.path()}.tar`, `${work.path()}.tar`];
    await exportTo(evidence.source, tar, selection);
    await exportTo(evidence.source, again, selection);
    expect(digestOf(again)).toBe(digestOf(tar));
  });
});

describe('what is kept back', () => {
  test.for<{ note: string; withhold: readonly string[]; absent: RegExp; present: string }>([
    { note: 'one name', withhold: ['request/intent'], absent: /^request\/intent$/, present: 'state/readings' },
    { note: 'a beginning', withhold: ['evidence/…'], absent: /^evidence\//, present: 'request/intent' },
    {
      note: 'a beginning in other spellings',
      withhold: ['evidence/', 'state/*'],
      absent: /^(?:evidence|state)\//,
      present: 'request/intent',
    },
    {
      note: 'a part of a name covers what is below it',
      withhold: ['evidence/deployment_stable'],
      absent: /^evidence\/deployment_stable\//,
      present: 'evidence/deployed_version/git',
    },
    {
      note: 'a beginning ends at a slash',
      withhold: ['evidence/deploy'],
      absent: /^evidence\/deploy\//,
      present: 'evidence/deployed_version/git',
    },
  ])('$note', async ({ withhold, absent, present }) => {
    const path = work.path();
    const all = work.path();
    await exportTo(evidence.source, all);
    const exported = await exportTo(evidence.source, path, { withhold });
    const { names } = disclosedIn(path);
    expect([...names].filter((name) => absent.test(name))).toEqual([]);
    expect(names).toContain(present);
    const before = [...disclosedIn(all).names].some((name) => absent.test(name));
    expect(exported.withheld > 0).toBe(before);
  });

  test('withholding the subject leaves no text in the bundle that says who asked', async () => {
    const ids = Object.values(people()).map(({ subject }) => subject.id);
    const [all, path] = [work.path(), work.path()];
    await exportTo(evidence.source, all);
    const exported = await exportTo(evidence.source, path, { withhold: ['subject'] });
    expect(disclosedIn(all).text).toContain('olivia');
    for (const id of ids) expect(disclosedIn(path).text).not.toContain(`"${id}"`);
    expect(exported.disclosures).toBeGreaterThan(0);
    const shown = JSON.parse(readFileSync(join(path, 'receipts.jsonl'), 'utf8').split('\n')[1] ?? '');
    expect(shown).toMatchObject({ verdict: 'approve', codes: [], subject: expect.stringMatching(/^sub_/) });
  });

  test('a fact that is withheld stands in no plan and in no outcome of its receipt either', async () => {
    const [all, path] = [work.path(), work.path()];
    await exportTo(evidence.source, all);
    const copies = (folder: string, value: string): readonly string[] =>
      readdirSync(join(folder, 'disclosures')).flatMap((file) =>
        (JSON.parse(readFileSync(join(folder, 'disclosures', file), 'utf8')) as readonly string[])
          .map((text) => JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [string, string, unknown])
          .filter(([, , json]) => JSON.stringify(json).includes(`"${value}"`))
          .map(([, name]) => `${file} ${name}`),
      );
    const target = evidence.setting.world.get('rollback_target_version');
    const before = copies(all, String(target));
    expect(before.some((copy) => copy.endsWith('decision/body'))).toBe(true);
    await exportTo(evidence.source, path, { withhold: ['evidence/rollback_target_version'] });
    // What another decision saw of another fact is no copy.
    const others = before.filter((copy) => copy.includes('evidence/deployed_version'));
    expect(others).toEqual(expect.arrayContaining([...copies(path, String(target))]));
  });

  test.for(['', 'Request/intent', 'evidence//git', '../x', 'évidence'])('refused: %j', async (name) => {
    const path = work.path();
    const exported = await exportBundle(evidence.source, { withhold: [name] }, right(await folderSink(path)));
    expect(E.isLeft(exported) && exported.left).toContain('expected subject');
    expect(existsSync(path)).toBe(false);
  });
});

describe('what cannot be exported', () => {
  const failing =
    (source: LedgerSource, selection: Selection = {}) =>
    async (): Promise<string> => {
      const path = work.path();
      const exported = await exportBundle(source, selection, right(await folderSink(path)));
      expect(existsSync(path)).toBe(false);
      return E.isLeft(exported) ? exported.left : 'it was exported';
    };

  test('nothing is sealed yet', async () => {
    const source = { ...evidence.source, ledger: 'none' };
    const { seal: _, ...unsealable } = source;
    expect(await failing(unsealable)()).toMatch(/nothing of this ledger is sealed yet/);
  });

  test('nothing is chosen', async () => {
    expect(await failing(evidence.source, { incident: 'INC-none' })()).toMatch(/no sealed receipt is chosen/);
  });

  test('the seal fails', async () => {
    const source = { ...evidence.source, seal: async () => E.left('the signer is away') };
    expect(await failing(source)()).toBe('the signer is away');
  });

  test('the export key fails to sign', async () => {
    const exporter = { ...evidence.source.exporter!, sign: async () => E.left('the export key is away') };
    expect(await failing({ ...evidence.source, exporter })()).toBe('the export key is away');
  });

  test('the store fails in the middle', async () => {
    let reads = 0;
    const { store } = evidence.source;
    const broken: LedgerSource['store'] = {
      head: (ledger) => store.head(ledger),
      checkpoint: (ledger, atMost) => store.checkpoint(ledger, atMost),
      async *read(ledger, from, to) {
        reads += 1;
        for await (const row of store.read(ledger, from, to)) {
          if (reads === 2 && E.isRight(row) && row.right.seq === 5)
            yield E.left({ fault: 'unavailable', detail: 'the disk is gone', outcome: 'not_written' });
          yield row;
        }
      },
    };
    const { seal: _, ...source } = evidence.source;
    expect(await failing({ ...source, store: broken })()).toBe('the disk is gone');
    expect(readdirSync(work.dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.for([
    { note: 'a folder', ending: '' },
    { note: 'a tar file', ending: '.tar' },
  ])('over something that is there: $note is left as it was', async ({ ending }) => {
    const path = `${work.path()}${ending}`;
    if (ending === '') mkdirSync(path);
    else writeFileSync(path, 'precious');
    const sink = await (ending === '' ? folderSink(path) : tarSink(path));
    expect(E.isLeft(sink) && sink.left).toContain('is there already');
    if (ending !== '') expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  test('a target that appears meanwhile is left as it was', async () => {
    const path = `${work.path()}.tar`;
    const sink = right(await tarSink(path));
    writeFileSync(path, 'precious');
    expect(E.isLeft(await exportBundle(evidence.source, {}, sink))).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readdirSync(work.dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a file that is longer or shorter than was announced', async () => {
    for (const size of [1, 3]) {
      const sink = right(await tarSink(`${work.path()}.tar`));
      expect(await sink.file('keys', size, [Uint8Array.of(1, 2)])).toMatchObject({ _tag: 'Left' });
      await sink.discard();
    }
  });
});

describe('what is not sealed', () => {
  test('is left out and counted; sealing first takes it in', async () => {
    const story = await makeEvidence(work.path());
    const { seal: _, ...source } = story.source;
    right(await story.setting.governor.seal('acme'));
    approved(await story.setting.governor.submit(people().agent, { action: 'check_health', resource: '*' }));
    const without = await exportTo(source, work.path());
    expect(without.unsealed).toBe(1);
    const path = work.path();
    const sealed = await exportTo(story.source, path);
    expect(sealed).toMatchObject({ unsealed: 0, size: without.size + 1, asSealed: true });
    expect(statusOf(await verifyAt(path, { trust: story.trust }), 'tree')).toBe('passed');
  });

  test('a store whose receipts are not what was sealed is exported as it is, and says so', async () => {
    const { store } = evidence.source;
    const altered: LedgerSource['store'] = {
      head: (ledger) => store.head(ledger),
      checkpoint: (ledger, atMost) => store.checkpoint(ledger, atMost),
      async *read(ledger, from, to) {
        for await (const row of store.read(ledger, from, to)) {
          if (E.isLeft(row) || row.right.seq !== 4) yield row;
          else {
            const text = Buffer.from(row.right.bytes).toString('utf8').replace('"at":"2026', '"at":"2025');
            yield E.right({ ...row.right, bytes: new Uint8Array(Buffer.from(text)) });
          }
        }
      },
    };
    const path = work.path();
    const exported = await exportTo({ ...evidence.source, store: altered }, path);
    expect(exported.asSealed).toBe(false);
    expect(await verifyAt(path, { trust: evidence.trust })).toMatchObject({
      overall: 'falsified',
      firstBad: { seq: 4 },
    });
  });
});

test('raw inputs of observations travel with what was detected from them, and only with it', async () => {
  const raw = new Uint8Array(Buffer.from('{"head":"abc"}'));
  const digest = createHash('sha256').update(raw).digest('base64url');
  const { world, clock } = evidence.setting;
  expect([...world.keys()].length).toBeGreaterThan(0);
  const story = await makeEvidence(work.path(), ['acme'], { digest, detector: 'git@1' });
  const source: LedgerSource = { ...story.source, evidence: async (asked) => (asked === digest ? raw : undefined) };
  const [whole, part] = [work.path(), work.path()];
  expect(await exportTo(source, whole)).toMatchObject({ missingEvidence: 0 });
  expect(readFileSync(join(whole, 'evidence', digest))).toEqual(Buffer.from(raw));
  expect(statusOf(await verifyAt(whole, { trust: story.trust }), 'digests')).toBe('passed');
  await exportTo(source, part, { withhold: ['evidence'] });
  expect(existsSync(join(part, 'evidence'))).toBe(false);
  expect(await exportTo(story.source, work.path())).toMatchObject({ missingEvidence: 1 });
  expect(clock.now).toBeGreaterThan(0);
});

test('a raw input stays here where one of the facts that it shows is withheld, or was erased', async () => {
  const read = readFileSync('test/vectors/field/withheld-fact-in-the-raw-input/withhold.json', 'utf8');
  const { raw: shown, withhold } = JSON.parse(read) as { readonly raw: unknown; readonly withhold: readonly string[] };
  const raw = new Uint8Array(Buffer.from(JSON.stringify(shown)));
  const digest = createHash('sha256').update(raw).digest('base64url');
  const story = await makeEvidence(work.path(), ['acme'], { digest, detector: 'git@1' });
  const source: LedgerSource = { ...story.source, evidence: async () => raw };
  const entries = await ledgerOf(story.setting);
  const facts = entries.flatMap(({ receipt, disclosed }) =>
    [...disclosed.keys()].filter((name) => name.startsWith('evidence/')).map((name) => ({ seq: receipt.seq, name })),
  );
  expect(new Set(facts.map(({ name }) => name)).size).toBeGreaterThan(1);
  // By its whole name, and by the fact's alone, whichever source it was seen by.
  for (const name of [...facts.map(({ name }) => name), ...withhold]) {
    const path = work.path();
    const exported = await exportTo(source, path, { withhold: [name] });
    expect(exported).toMatchObject({ withheldEvidence: 1, missingEvidence: 0 });
    expect(existsSync(join(path, 'evidence'))).toBe(false);
  }
  const [{ seq, name } = { seq: 0, name: '' }] = facts;
  right(await story.setting.store.purge(source.ledger, seq, [name]));
  const path = work.path();
  expect(await exportTo(source, path)).toMatchObject({ withheldEvidence: 1 });
  expect(existsSync(join(path, 'evidence'))).toBe(false);
});

test('how many receipts were read is told: three times those of a whole ledger, once those of a part and its own again', async () => {
  const size = right(await evidence.source.store.head(evidence.source.ledger))?.size ?? 0;
  const reads = async (selection: Selection): Promise<number> => {
    let read = 0;
    const watch = {
      onRead: (receipts: number) => {
        read += receipts;
      },
    };
    right(await exportBundle({ ...evidence.source, watch }, selection, right(await folderSink(work.path()))));
    return read;
  };
  expect(await reads({})).toBe(3 * size);
  expect(await reads({ seqs: [2, 5] })).toBe(size + 2);
  expect(await reads({ seqs: [2, 5], clear: 'ledger' })).toBe(2 * size + 2);
});

test('an export that is stopped, at whatever point, leaves nothing behind', async () => {
  for (const stopAt of [1, 2, 3])
    for (const ending of ['', '.tar']) {
      const folder = work.path();
      mkdirSync(folder);
      const target = join(folder, `bundle${ending}`);
      let asked = 0;
      let read = 0;
      const watch = {
        onRead: (receipts: number) => {
          read += receipts;
        },
        isStopped: () => {
          asked += 1;
          return asked >= stopAt;
        },
      };
      const sink = right(await (ending === '' ? folderSink(target) : tarSink(target)));
      const exported = await exportBundle({ ...evidence.source, watch }, {}, sink);
      expect(exported).toEqual(E.left('it was stopped; nothing is left behind'));
      expect(readdirSync(folder)).toEqual([]);
      expect(read > 0).toBe(stopAt > 1);
    }
});

test('every exported receipt reads back as it stands in the store', async () => {
  const path = work.path();
  const { size } = await exportTo(evidence.source, path);
  const lines = readFileSync(join(path, 'receipts.jsonl'), 'utf8').split('\n').slice(0, -1);
  const stored: string[] = [];
  for await (const row of evidence.source.store.read(evidence.source.ledger, 0, size))
    stored.push(Buffer.from(right(row).bytes).toString('utf8'));
  expect(lines).toEqual(stored);
  expect(lines.map((line) => right(parseReceipt(new Uint8Array(Buffer.from(line)))).seq)).toEqual([...stored.keys()]);
});

test('a trust file takes sound keys of ledgers only', () => {
  expect(E.isLeft(trustFileFor(['nonsense']))).toBe(true);
  expect(right(trustFileFor([]))).toContain('quorum none\n');
  const file = evidence.trust;
  expect(file.split('\n').filter((line) => line.startsWith('log '))).toHaveLength(1);
});

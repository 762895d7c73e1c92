/**
 * What evidence costs: a decision with its complete receipt beside the least that anybody would write, one signature for
 * many receipts beside one for each, an audit with full re-derivation, a proof from a large tree, and a long ledger in
 * little memory. Two things that are compared take turns, in process CPU time, so a busy machine slows both; medians.
 * `TAI_BENCH_RECEIPTS=1000000` makes the long ledger longer.
 */
import { createPrivateKey, sign } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { decide } from '@tai-autonomics/core';
import { createRederiver, readingsRecord } from '@tai-autonomics/core/engine';
import {
  appendReceipt,
  assembleNote,
  buildNoteKey,
  checkpointBody,
  checkpointOf,
  formatVkey,
  inclusionProof,
  type LedgerEntry,
  type LedgerHead,
  nobleSha256,
  nodesOf,
  noteMessage,
  publicKeyOf,
  type Sha256,
  signEd25519,
  startVerifier,
  type TextCodec,
  verifyInclusion,
} from '@tai-autonomics/core/receipt';
import { type LoadedCatalog, loadCatalog } from '@tai-autonomics/governor';
import {
  exportBundle,
  folderSink,
  type LedgerSource,
  readBundle,
  tarSink,
  verifyBundle,
} from '@tai-autonomics/governor/bundle';
import { nodeEd25519, nodeSha256, nodeTextCodec } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { auditedLedger } from './audited-ledger.ts';
import { amount, cpuMsSince, figure, LEAST_DIFFERENCE, median } from './measure.ts';
import { onPage } from './on-page.ts';
import { bareStep, entryFor, headOf, receiptStep, right } from './receipt-step.ts';
import { rollbackWorkload } from './rollback-workload.ts';

const SEED = 20_261_121;
const OBSERVATIONS = 256;
const ROUNDS = amount(9);
const WARM_UP = 3;
const AUDITED = amount(4_000);
const TREE = amount(1_048_576);
const LONG = amount(Number(process.env['TAI_BENCH_RECEIPTS'] ?? 100_000));
const GOALS = {
  receipt: 'at least 0.15, aim 0.3',
  checkpoint: 'at least 10, aim 30',
  audit: 'at least 15,000, aim 30,000',
} as const;

/** Kept, so that no compiler can leave the work out. */
let kept: unknown;

const shown = (perSecond: number): string => figure('a second', perSecond).padStart(12);
const line = (name: string, perSecond: number, note = ''): void =>
  console.log(`${name.padEnd(52)}${shown(perSecond)}   ${note}`);

/** Runs of CPU time a second, of one that does `count` things. */
const rate = (count: number, run: () => unknown): number => {
  const started = process.cpuUsage();
  kept = run();
  return count / (cpuMsSince(started) / 1e3);
};

/** Medians of several that take turns. */
const rates = (count: number, runs: readonly (() => unknown)[]): readonly number[] => {
  const found = runs.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1)
    for (const [i, run] of runs.entries()) {
      const perSecond = rate(count, run);
      if (round >= 0) found[i]?.push(perSecond);
    }
  return found.map(median);
};

const receiptTable = (loaded: LoadedCatalog): void => {
  const { observations } = rollbackWorkload(loaded.catalog, OBSERVATIONS, SEED);
  const decided = observations.map((o) => ({
    o,
    decision: decide(loaded.catalog, o),
    readings: readingsRecord(loaded.catalog, o),
  }));
  const approvals = decided.filter(({ decision }) => decision.verdict === 'approve').length;
  const passes = 8;
  const again = <A>(list: readonly A[]): readonly A[] => Array.from({ length: passes }, () => list).flat();
  const [long, longDecided] = [again(observations), again(decided)];
  const [bare = 1, node = 0, noble = 0] = rates(long.length, [
    () => bareStep(loaded, longDecided),
    () => receiptStep(nodeSha256, loaded, long, nodeTextCodec),
    () => receiptStep(nobleSha256, loaded, long),
  ]);
  console.log(
    `trigger_rollback, ${observations.length} observations: ${approvals} approved, the rest refused; a second of CPU time`,
  );
  line('build + JSON.stringify + sha256, nothing decided', bare);
  line(
    'decide + receipt with all disclosures, Node’s hash',
    node,
    `${figure('ratio', node / bare, 2)} (${GOALS.receipt})`,
  );
  line('decide + receipt with all disclosures, noble', noble, figure('ratio', noble / bare, 2));
  onPage(
    'deciding and a complete receipt, beside building, `JSON.stringify` and SHA-256 of one object that says the same',
    `${figure('ratio', node / bare, 2)} with Node’s hash; ${figure('ratio', noble / bare, 2)} with noble’s`,
  );
};

const SEED_BYTES = new Uint8Array(32).fill(9);
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

type Sign = (message: Uint8Array) => Uint8Array;

const signNode = (): Sign => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, SEED_BYTES]), format: 'der', type: 'pkcs8' });
  return (message) => new Uint8Array(sign(null, message, key));
};

/** What a ledger is written with: Node's, or nothing but this library. */
interface Means {
  readonly sha256: Sha256;
  readonly codec?: TextCodec;
  readonly signs: Sign;
}

/** Appends receipts that are ready to be sealed, and signs a checkpoint after every `every` of them; after none for 0. */
const ledgerStep = ({ sha256, codec, signs }: Means, entries: readonly LedgerEntry[], every: number): LedgerHead => {
  const key = right(buildNoteKey(sha256, headOf(sha256).origin, 1, publicKeyOf(SEED_BYTES) ?? new Uint8Array(0)));
  let head = headOf(sha256);
  for (const entry of entries) {
    head = right(appendReceipt(sha256, head, entry, codec)).head;
    if (every === 0 || head.size % every !== 0) continue;
    const body = checkpointBody(checkpointOf(sha256, head));
    const { name, keyId } = key;
    kept = right(assembleNote(body, [{ name, keyId, signature: signs(noteMessage(body)) }]));
  }
  return head;
};

/** What a signature costs goes to next to nothing; what is left is the receipt itself, and bounds the whole step. */
const checkpointLines = (who: string, [unsigned = 1, each = 1, batch = 1]: readonly number[], goal: string): void => {
  const bound = figure('times', unsigned / each, 1);
  line(`appended and not signed, ${who}`, unsigned);
  line(
    `signed each, ${who}`,
    each,
    `the signature alone: ${figure('µs', 1e6 / each - 1e6 / unsigned, 1, LEAST_DIFFERENCE)} µs a receipt`,
  );
  line(
    `a checkpoint every 256, ${who}`,
    batch,
    `${figure('times', batch / each, 1)}${goal}, of ${bound} without a signature`,
  );
};

const checkpointTable = (loaded: LoadedCatalog): void => {
  const { observations } = rollbackWorkload(loaded.catalog, OBSERVATIONS, SEED);
  const last = Math.max(...observations.map(({ at }) => at));
  const entries = observations.map((o) => entryFor(nodeSha256, loaded, o, decide(loaded.catalog, o), last));
  const many = Array.from({ length: 4 }, () => entries).flat();
  const node: Means = { sha256: nodeSha256, codec: nodeTextCodec, signs: signNode() };
  const noble: Means = { sha256: nobleSha256, signs: (message) => signEd25519(SEED_BYTES, message) ?? message };
  const bytes = entries.map((entry) => right(appendReceipt(nodeSha256, headOf(nodeSha256), entry)).bytes.length);
  console.log(
    `\nreceipts of ${median(bytes)} bytes appended and covered by a signature, a second of CPU time (disclosures built before)`,
  );
  const nodeRates = rates(many.length, [
    () => ledgerStep(node, many, 0),
    () => ledgerStep(node, many, 1),
    () => ledgerStep(node, many, 256),
  ]);
  checkpointLines('Node’s Ed25519', nodeRates, ` (${GOALS.checkpoint})`);
  const nobleRates = rates(OBSERVATIONS, [
    () => ledgerStep(noble, entries, 0),
    () => ledgerStep(noble, entries, 1),
    () => ledgerStep(noble, entries, 256),
  ]);
  checkpointLines('noble', nobleRates, '');
  const times = ([, each = 1, batch = 0]: readonly number[]): string => figure('times', batch / each, 1);
  onPage(
    'a checkpoint every 256 receipts beside one after each',
    `${times(nodeRates)} with Node’s Ed25519; ${times(nobleRates)} with noble’s`,
  );
};

interface Stored {
  readonly bytes: Uint8Array;
  readonly disclosures: readonly string[];
}

const auditInMemory = (source: LedgerSource, loaded: LoadedCatalog, note: string, rows: readonly Stored[]): number => {
  const verifier = startVerifier({
    sha256: nodeSha256,
    ed25519: nodeEd25519,
    codec: nodeTextCodec,
    coverage: 'whole',
    checkpoint: note,
    claimedKeys: [formatVkey(right(buildNoteKey(nodeSha256, source.origin, 1, source.publicKey)))],
    rederiver: createRederiver({ catalogs: new Map([[loaded.digest, loaded.catalog]]) }),
  });
  for (const row of rows) verifier.step(row);
  const report = verifier.finish();
  if (report.findingCount > 0) throw new Error(JSON.stringify(report.findings));
  return report.rederived.level2;
};

const auditBundle = async (path: string): Promise<number> => {
  const bundle = right(await readBundle(path));
  const started = process.cpuUsage();
  const report = right(await verifyBundle(bundle, { rederive: true }));
  const seconds = cpuMsSince(started) / 1e3;
  bundle.close();
  if (report.findingCount > 0) throw new Error(JSON.stringify(report.findings));
  return report.receipts / seconds;
};

const auditTable = async (loaded: LoadedCatalog, folder: string): Promise<void> => {
  const source = await auditedLedger(loaded, AUDITED);
  const note = right(await source.store.checkpoint(source.ledger))?.note ?? '';
  const rows: Stored[] = [];
  for await (const row of source.store.read(source.ledger, 0, Number.MAX_SAFE_INTEGER)) {
    const { bytes, disclosures } = right(row);
    rows.push({ bytes, disclosures: disclosures.map(({ text }) => text) });
  }
  const level2 = auditInMemory(source, loaded, note, rows);
  const [inMemory = 0] = rates(rows.length, [() => auditInMemory(source, loaded, note, rows)]);
  const disclosures = rows.reduce((sum, row) => sum + row.disclosures.length, 0);
  console.log(`\naudit with full re-derivation, complete receipts a second of CPU time, Node’s hash`);
  console.log(
    `ledger of ${rows.length}: reads, refusals with evidence, stops of the line and their ends in equal parts; ${disclosures} disclosures`,
  );
  line(`receipts in memory (${level2} of ${rows.length} at level 2)`, inMemory, `(${GOALS.audit})`);
  const [dir, tar] = [join(folder, 'audited'), join(folder, 'audited.tar')];
  right(await exportBundle(source, {}, right(await folderSink(dir))));
  right(await exportBundle(source, {}, right(await tarSink(tar))));
  for (const [name, path] of [
    ['a bundle in a folder', dir],
    ['a bundle in a tar file', tar],
  ] as const) {
    const found: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const perSecond = await auditBundle(path);
      if (round >= 0) found.push(perSecond);
    }
    line(name, median(found));
    const inThousands = [inMemory, median(found)].map((n) => figure('a second', Math.round(n / 1_000) * 1_000));
    if (path === dir)
      onPage(
        'complete receipts verified and re-derived a second',
        `${inThousands[0]} in memory, ${inThousands[1]} out of a bundle`,
      );
  }
};

const proofTable = (): void => {
  const leaves: Uint8Array[] = [];
  for (let i = 0; i < TREE; i += 1) leaves.push(nodeSha256(new Uint8Array(Buffer.from(String(i)))));
  const nodes = nodesOf(nodeSha256, leaves);
  let reads = 0;
  const counting: typeof nodes = (level, index) => {
    reads += 1;
    return nodes(level, index);
  };
  const size = TREE - 3;
  const root = right(
    (() => {
      const proof = inclusionProof(nodeSha256, counting, size >> 1, size);
      return proof === undefined
        ? { _tag: 'Left' as const, left: 'no proof' }
        : { _tag: 'Right' as const, right: proof };
    })(),
  );
  const readsEach = reads;
  const count = 1_000;
  const [proofs = 1] = rates(count, [
    () => {
      for (let i = 0; i < count; i += 1) kept = inclusionProof(nodeSha256, nodes, (i * 7919) % size, size);
    },
  ]);
  console.log(`\none inclusion proof from a ledger of ${figure('size', size)}, its tree’s hashes cached`);
  line(
    'proofs a second of CPU time',
    proofs,
    `${figure('ms', 1_000 / proofs, 3)} ms each (less than 1 ms), ${readsEach} reads, ${root.length} hashes`,
  );
  onPage('an inclusion proof out of a million', `${figure('ms', 1_000 / proofs, 2)} ms, ${readsEach} reads`);
  kept = verifyInclusion;
};

/** Writes a whole ledger as a bundle without holding it: what a deployment of years would export. */
const writeLongBundle = (loaded: LoadedCatalog, root: string, count: number): void => {
  const { observations } = rollbackWorkload(loaded.catalog, OBSERVATIONS, SEED);
  const last = Math.max(...observations.map(({ at }) => at));
  // Without deadlines: nothing stays open, as in a ledger whose outcomes were recorded.
  const entries = observations.map((o): LedgerEntry => {
    const { deadline: _, ...entry } = entryFor(
      nodeSha256,
      loaded,
      o,
      decide(loaded.catalog, o),
      last,
    ) as LedgerEntry & {
      readonly deadline?: string;
    };
    return entry;
  });
  mkdirSync(root);
  let head = headOf(nodeSha256);
  const descriptor = openSync(join(root, 'receipts.jsonl'), 'w');
  let pending: Uint8Array[] = [];
  for (let seq = 0; seq < count; seq += 1) {
    const appended = right(appendReceipt(nodeSha256, head, entries[seq % entries.length] as LedgerEntry));
    head = appended.head;
    pending.push(appended.bytes, Uint8Array.of(10));
    if (pending.length < 2_000 && seq + 1 < count) continue;
    writeSync(descriptor, Buffer.concat(pending));
    pending = [];
  }
  closeSync(descriptor);
  const body = checkpointBody(checkpointOf(nodeSha256, head));
  const { name, keyId } = right(buildNoteKey(nodeSha256, head.origin, 1, publicKeyOf(SEED_BYTES) ?? SEED_BYTES));
  const signature = signNode()(noteMessage(body));
  writeFileSync(join(root, 'checkpoint'), right(assembleNote(body, [{ name, keyId, signature }])));
};

const longTable = async (loaded: LoadedCatalog, folder: string): Promise<void> => {
  const path = join(folder, 'long');
  writeLongBundle(loaded, path, LONG);
  const bundle = right(await readBundle(path));
  const started = process.cpuUsage();
  const report = right(await verifyBundle(bundle, { rederive: true, catalogs: [loaded] }));
  const seconds = cpuMsSince(started) / 1e3;
  bundle.close();
  if (report.findingCount > 0) throw new Error(JSON.stringify(report.findings));
  const peak = process.resourceUsage().maxRSS / 1024;
  onPage('peak memory for 1,000,000 receipts', `${figure('MB', peak, 0, 1, 100_000)} MB`);
  console.log(`a ledger of ${figure('receipts', LONG)} receipts without disclosures, streamed from a folder`);
  line(
    'receipts a second of CPU time',
    LONG / seconds,
    `peak ${figure('MB', peak, 0, 1, 100_000)} MB in all (less than 300 at 1,000,000)`,
  );
};

/** Prints the tables. The long ledger comes first, so that the peak of memory is its own. */
export const receiptBench = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tai-bench-'));
  try {
    const loaded = right(loadCatalog(library));
    await longTable(loaded, folder);
    console.log('');
    receiptTable(loaded);
    checkpointTable(loaded);
    await auditTable(loaded, folder);
    proofTable();
    if (kept === undefined) throw new Error('nothing was done');
  } finally {
    rmSync(folder, { recursive: true });
  }
};

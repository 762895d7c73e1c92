/** Each released meaning of deciding and folding stays; a ledger moves from one to the next by a receipt. */

import { memoryStore } from '@tai-autonomics/adapter-storage';
import { type Decision, decide, type State } from '@tai-autonomics/core';
import { createRederiver, ENGINES, type Engine, type Engines, parseInstant } from '@tai-autonomics/core/engine';
import {
  advanceHead,
  appendReceipt,
  emptyHead,
  type LedgerEntry,
  type ReceiptInput,
  startVerifier,
  type VerifyReport,
} from '@tai-autonomics/core/receipt';
import { type Asked, createGovernor, type LedgerStore } from '@tai-autonomics/governor';
import { nodeEd25519, nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { exportTo, sourceOf, statusOf, trustOf, verifyAt, workFolder } from '../bundle/evidence.ts';
import {
  approved,
  arrange,
  codes,
  decided,
  ledgerOf,
  makeReady,
  people,
  restart,
  right,
  type Setting,
  shipped,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { system } from '../keys/two-keys.ts';

const { agent } = people();
const health: Asked = { action: 'check_health', resource: 'here' };
const moveTo = (semantics: number): Asked => ({ action: 'upgrade_engine', resource: '*', arguments: { semantics } });

/** What the second version says of the health of a deployment: nobody may look after it. */
const refusal: Decision = {
  verdict: 'refuse',
  reasons: [
    {
      gate: 'precondition',
      code: 'evidence_missing',
      means: 'it is allowed by the second version',
      facts: [],
      next: { kind: 'none', why: 'the second version knows no way' },
    },
  ],
  trace: [{ gate: 'precondition', result: 'failed' }],
};

const first = ENGINES.get(1) as Engine;

/** A second version, which decides and folds in another way: every approval leaves a mark in a cell of its own. */
const marked = (state: State): State => ({
  ...state,
  cells: new Map([...state.cells, ['second_version', new Map([['', Number(markOf(state)) + 1]])]]),
});
const markOf = (state: State): unknown => state.cells.get('second_version')?.get('') ?? 0;

const second: Engine = {
  decide: (catalog, o) => (o.intent.action.id === 'check_health' ? refusal : decide(catalog, o)),
  evolve: (state, entry) => marked(first.evolve(state, entry)),
  createFold: (from) => {
    let state = from;
    return {
      get state() {
        return state;
      },
      apply: (entry) => {
        state = second.evolve(state, entry);
      },
    };
  },
};
const BOTH: Engines = new Map([...ENGINES, [2, second]]);

const inputsOf = async (setting: Setting): Promise<readonly ReceiptInput[]> =>
  (await ledgerOf(setting)).map(({ row }) => ({
    bytes: row.bytes,
    disclosures: row.disclosures.map(({ text }) => text),
  }));

const audit = (inputs: readonly ReceiptInput[], engines?: Engines): VerifyReport => {
  const catalogs = new Map([[shipped.digest, shipped.catalog]]);
  const rederiver = createRederiver({ catalogs, ...(engines === undefined ? {} : { engines }) });
  const verifier = startVerifier({ sha256: nodeSha256, ed25519: nodeEd25519, coverage: 'whole', rederiver });
  for (const input of inputs) verifier.step(input);
  return verifier.finish();
};

const semanticsIn = async (setting: Setting): Promise<readonly number[]> =>
  (await ledgerOf(setting)).map(({ receipt }) => receipt.engine.semantics);

/** A governor that has both versions, and a ledger that moves up in the middle; where the second version begins. */
const movedUp = async (): Promise<{ readonly setting: Setting; readonly from: number }> => {
  const setting = await startGovernor({ engines: BOTH });
  const { governor } = setting;
  await makeReady(setting);
  approved(await governor.submit(agent, health));
  approved(await governor.submit(system, moveTo(2)));
  const from = (await ledgerOf(setting)).length;
  for (let n = 0; n < 3; n++) expect(codes(await governor.submit(agent, health))).toEqual(['evidence_missing']);
  return { setting, from };
};

/** The same receipts with other numbers from a place on, honestly linked. */
const renumbered = async (setting: Setting, from: number, semantics: number): Promise<readonly ReceiptInput[]> => {
  let head = right(emptyHead(nodeSha256, setting.identity.origin(TENANT)));
  const inputs: ReceiptInput[] = [];
  for (const { row, receipt } of await ledgerOf(setting)) {
    const disclosures = row.disclosures.map(({ text }) => text);
    if (receipt.seq < from) {
      head = advanceHead(nodeSha256, head, row.leaf, parseInstant(receipt.at) ?? 0);
      inputs.push({ bytes: row.bytes, disclosures });
      continue;
    }
    const { v: _v, _sd_alg: _a, origin: _o, seq: _s, prev: _p, ...entry } = receipt;
    const moved = { ...entry, engine: { ...receipt.engine, semantics } } as LedgerEntry;
    const appended = right(appendReceipt(nodeSha256, head, moved));
    head = appended.head;
    inputs.push({ bytes: appended.bytes, disclosures });
  }
  return inputs;
};

describe('a governor whose ledger moves up', () => {
  test('decides, folds and records with the new version from the next receipt on', async () => {
    const { setting, from } = await movedUp();
    expect(await semanticsIn(setting)).toEqual([...Array.from({ length: from }, () => 1), 2, 2, 2]);
    const preview = right(await setting.governor.preview(agent, health));
    expect(preview).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'evidence_missing' }] });
  });

  test('does so in the same append too', async () => {
    const store = memoryStore();
    const appends: number[] = [];
    const counting: LedgerStore = {
      ...store,
      append: (id, after, rows) => {
        appends.push(rows.length);
        return store.append(id, after, rows);
      },
    };
    const setting = await startGovernor({ engines: BOTH, store: counting });
    const { governor } = setting;
    await makeReady(setting);
    appends.length = 0;
    const answers = await Promise.all([
      governor.submit(agent, health),
      governor.submit(system, moveTo(2)),
      governor.submit(agent, health),
    ]);
    expect(appends).toEqual([3]);
    expect(answers.map((answer) => decided(answer).decision.verdict)).toEqual(['approve', 'approve', 'refuse']);
    expect((await semanticsIn(setting)).slice(-3)).toEqual([1, 1, 2]);
  });

  test('goes on with it after a restart, on the state that the new version has folded', async () => {
    const { setting } = await movedUp();
    const seen: unknown[] = [];
    const watching: Engine = {
      ...second,
      decide: (catalog, o) => {
        seen.push(markOf(o.state));
        return second.decide(catalog, o);
      },
    };
    const again = await restart(setting, { engines: new Map([...ENGINES, [2, watching]]) });
    expect(codes(await again.governor.submit(agent, health))).toEqual(['evidence_missing']);
    expect(codes(await again.governor.submit(agent, health))).toEqual(['evidence_missing']);
    expect(seen).toEqual([3, 4]);
    expect((await semanticsIn(again)).slice(-3)).toEqual([2, 2, 2]);
    approved(await again.governor.submit(system, moveTo(1)));
    approved(await again.governor.submit(agent, health));
    expect((await semanticsIn(again)).slice(-2)).toEqual([2, 1]);
    expect(audit(await inputsOf(again), BOTH)).toMatchObject({ findingCount: 0, rederived: { falsified: 0 } });
  });

  test('writes no receipt of a move to a version that it lacks', async () => {
    const { setting } = await movedUp();
    const before = (await ledgerOf(setting)).length;
    expect(await setting.governor.submit(system, moveTo(7))).toEqual({
      decided: false,
      why: 'malformed',
      detail: 'at writes.engine_semantics: expected a version of the engine that is here: 1, 2',
    });
    expect(await ledgerOf(setting)).toHaveLength(before);
    expect(codes(await setting.governor.submit(agent, health))).toEqual(['evidence_missing']);
  });

  test('does not go on with a ledger of which it lacks a version, not even right after the move', async () => {
    const { setting, from } = await movedUp();
    const older = await restart(setting, { engines: ENGINES });
    expect(await older.governor.submit(agent, health)).toMatchObject({
      decided: false,
      why: 'not_ready',
      detail: `receipt ${from} was decided with semantics 2, which this version does not have`,
    });
    const fresh = await startGovernor({ engines: BOTH });
    await makeReady(fresh);
    approved(await fresh.governor.submit(system, moveTo(2)));
    const behind = await restart(fresh, { engines: ENGINES });
    for (const answer of [await behind.governor.submit(agent, health), await behind.governor.submit(agent, health)])
      expect(answer).toMatchObject({
        decided: false,
        why: 'not_ready',
        detail: 'the ledger moved to semantics 2, which this version does not have',
      });
  });

  test('does not start without the version with which a new ledger begins', async () => {
    const started = await createGovernor(arrange({ engines: new Map([[2, second]]) }).options);
    expect(E.isLeft(started) && started.left.join()).toContain('the engine of semantics 1');
  });

  test('is the system’s to move, and nobody else’s', async () => {
    const setting = await startGovernor({ engines: BOTH });
    await makeReady(setting);
    expect(await setting.governor.submit(people().owner, moveTo(2))).toMatchObject({ decision: { verdict: 'refuse' } });
  });
});

describe('a verifier of a ledger that moved up in the middle', () => {
  const work = workFolder();
  afterAll(work.remove);

  test('re-derives the exported bundle throughout: each receipt with its version, on the state that the one before left', async () => {
    const { setting } = await movedUp();
    const source = sourceOf(setting);
    right(await setting.governor.seal(TENANT));
    const path = work.path();
    const { size } = await exportTo(source, path);
    const report = await verifyAt(path, { trust: trustOf(source), engines: BOTH });
    expect(report.findings).toEqual([]);
    expect(report.rederived).toMatchObject({ level2: size, falsified: 0, notAvailable: 0 });
    expect(report.reached).toEqual([{ from: 0, to: size - 1, reached: 'ledger' }]);
  });

  test('says "not available" of the receipts whose version it lacks, and falsifies nothing', async () => {
    const { setting, from } = await movedUp();
    const source = sourceOf(setting);
    right(await setting.governor.seal(TENANT));
    const path = work.path();
    await exportTo(source, path);
    const report = await verifyAt(path, { trust: trustOf(source) });
    expect(report.findings).toEqual([]);
    expect(report.overall).toBe('incomplete');
    expect(statusOf(report, 'rederivation')).toBe('incomplete');
    expect(report.rederived).toMatchObject({ level2: from, notAvailable: 3, falsified: 0 });
    expect(report.reached.at(-1)).toMatchObject({ from, reached: 'not_available' });
  });

  test('reaches level 1 for the newer receipts without the older version: their readings rest on a state that is not known', async () => {
    const { setting, from } = await movedUp();
    const { rederived } = audit(await inputsOf(setting), new Map([[2, second]]));
    expect(rederived).toMatchObject({ level1: 3, level2: 0, notAvailable: from, falsified: 0 });
  });

  test('folds with the version of each receipt, on from where the one before left', async () => {
    const { setting, from } = await movedUp();
    const folded: number[] = [];
    const watching: Engine = {
      ...second,
      createFold: (state) => {
        const fold = second.createFold(state);
        expect(state.cells.get('engine_semantics')?.get('')).toBe(2);
        return {
          get state() {
            return fold.state;
          },
          apply: (entry) => {
            folded.push(entry.seq);
            fold.apply(entry);
          },
        };
      },
    };
    const report = audit(await inputsOf(setting), new Map([...ENGINES, [2, watching]]));
    expect(report.rederived.level2).toBe(from + 3);
    expect(folded).toEqual([from, from + 1, from + 2]);
  });

  test('falsifies decisions of one version under the number of the other', async () => {
    const { setting, from } = await movedUp();
    const inputs = await inputsOf(setting);
    expect(audit(inputs, new Map([...ENGINES, [2, first]]))).toMatchObject({
      firstBad: { seq: from },
      rederived: { falsified: 3 },
    });
  });

  test('falsifies a ledger that moves without a receipt, at the first that does', async () => {
    const setting = await startGovernor();
    await makeReady(setting);
    const from = (await ledgerOf(setting)).length;
    approved(await setting.governor.submit(agent, health));
    expect(audit(await renumbered(setting, from, 2), BOTH).firstBad).toMatchObject({
      seq: from,
      why: 'semantics 2 is used, where the receipts before it say 1',
    });
  });

  test('falsifies a ledger that says that it moved and does not, at the first that should have', async () => {
    const { setting, from } = await movedUp();
    expect(audit(await renumbered(setting, from, 1), BOTH).firstBad).toMatchObject({
      seq: from,
      why: 'semantics 1 is used, where the receipts before it say 2',
    });
  });
});

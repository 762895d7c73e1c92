/** Each released meaning of deciding and folding stays; a ledger moves from one to the next by a receipt. */

import { memoryStore } from '@tai-autonomics/adapter-storage';
import {
  advanceHead,
  appendReceipt,
  buildDisclosure,
  codesOf,
  createRederiver,
  type Decision,
  decide,
  decisionBody,
  ENGINES,
  type Engine,
  type Engines,
  emptyHead,
  type LedgerEntry,
  parseInstant,
  type ReceiptInput,
  type State,
  startVerifier,
  type VerifyReport,
} from '@tai-autonomics/core';
import { type Asked, nodeEd25519, nodeSha256, type Row } from '@tai-autonomics/governor';
import { describe, expect, test } from 'vitest';
import {
  approved,
  type Entry,
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
const upgrade: Asked = { action: 'upgrade_engine', resource: '*', arguments: { semantics: 2 } };

/** A second version that means something else: nobody may look after the health of a deployment. */
const refusal: Decision = {
  verdict: 'refuse',
  reasons: [
    {
      gate: 'precondition',
      code: 'spec_version_unknown',
      means: 'it is allowed by the second version',
      facts: [],
      next: { kind: 'none', why: 'the second version knows no way' },
    },
  ],
  trace: [{ gate: 'precondition', result: 'failed' }],
};

interface Second {
  readonly engine: Engine;
  /** From which state it folded on, and what. */
  readonly from: State[];
  readonly applied: number[];
}
const second = (): Second => {
  const first = ENGINES.get(1) as Engine;
  const [from, applied]: [State[], number[]] = [[], []];
  const engine: Engine = {
    decide: (catalog, o) => (o.intent.action.id === 'check_health' ? refusal : decide(catalog, o)),
    createFold: (state) => {
      from.push(state);
      const fold = first.createFold(state);
      return {
        state: fold.state,
        apply: (entry) => {
          applied.push(entry.seq);
          fold.apply(entry);
        },
      };
    },
  };
  return { engine, from, applied };
};

const partsOf = ({ receipt }: Entry): LedgerEntry => {
  const { v: _v, _sd_alg: _a, origin: _o, seq: _s, prev: _p, ...entry } = receipt;
  return entry as LedgerEntry;
};

/** A decision of the first version, as the second one would have taken and recorded it. */
const asSecond = (entry: Entry): { readonly entry: LedgerEntry; readonly texts: readonly string[] } => {
  const values = [...entry.disclosed].map(
    ([name, value]) => [name, name === 'decision/body' ? decisionBody(refusal) : value] as const,
  );
  const made = values.map(([name, value], n) =>
    right(buildDisclosure(nodeSha256, new Uint8Array(16).fill(n + 1), name, value)),
  );
  const changed = {
    ...partsOf(entry),
    engine: { ...entry.receipt.engine, semantics: 2 },
    verdict: 'refuse',
    codes: codesOf(refusal),
    event: 'action_refused',
    writes: [],
    _sd: made.map(({ digest }) => digest).sort(),
  } as unknown as LedgerEntry;
  return { entry: changed, texts: made.map(({ text }) => text) };
};

interface Written {
  readonly inputs: readonly ReceiptInput[];
  readonly rows: readonly Row[];
}

/** The ledger again, with everything from a place on decided by the second version. */
const rewritten = async (setting: Setting, from: number): Promise<Written> => {
  let head = right(emptyHead(nodeSha256, setting.identity.origin(TENANT)));
  const inputs: ReceiptInput[] = [];
  const rows: Row[] = [];
  for (const entry of await ledgerOf(setting)) {
    const { row, receipt } = entry;
    if (receipt.seq < from) {
      head = advanceHead(nodeSha256, head, row.leaf, parseInstant(receipt.at) ?? 0);
      inputs.push({ bytes: row.bytes, disclosures: row.disclosures.map(({ text }) => text) });
      rows.push(row);
      continue;
    }
    const moved = asSecond(entry);
    const appended = right(appendReceipt(nodeSha256, head, moved.entry));
    head = appended.head;
    inputs.push({ bytes: appended.bytes, disclosures: moved.texts });
    rows.push({ seq: receipt.seq, leaf: appended.leaf, bytes: appended.bytes, disclosures: [] });
  }
  return { inputs, rows };
};

const audit = (inputs: readonly ReceiptInput[], engines?: Engines): VerifyReport => {
  const catalogs = new Map([[shipped.digest, shipped.catalog]]);
  const rederiver = createRederiver({ catalogs, ...(engines === undefined ? {} : { engines }) });
  const verifier = startVerifier({ sha256: nodeSha256, ed25519: nodeEd25519, coverage: 'whole', rederiver });
  for (const input of inputs) verifier.step(input);
  return verifier.finish();
};

/** A ledger that moves up, then three decisions; where the second version begins. */
const movedUp = async (
  asked: readonly Asked[] = [upgrade],
): Promise<{ readonly setting: Setting; readonly from: number }> => {
  const setting = await startGovernor();
  await makeReady(setting);
  approved(await setting.governor.submit(agent, health));
  for (const one of asked) approved(await setting.governor.submit(system, one));
  const from = (await ledgerOf(setting)).length;
  for (let n = 0; n < 3; n++) approved(await setting.governor.submit(agent, health));
  return { setting, from };
};

describe('a ledger that moves up in the middle', () => {
  test('re-derives throughout: each receipt with the version that decided it, on the state that the one before left', async () => {
    const { setting, from } = await movedUp();
    const { inputs } = await rewritten(setting, from);
    const { engine, from: begun, applied } = second();
    const report = audit(inputs, new Map([...ENGINES, [2, engine]]));
    expect(report.findings).toEqual([]);
    expect(report.rederived).toMatchObject({ level2: inputs.length, falsified: 0, notAvailable: 0 });
    expect(applied).toEqual([from, from + 1, from + 2]);
    expect(begun).toHaveLength(1);
    expect(begun[0]?.cells.get('engine_semantics')?.get('')).toBe(2);
  });

  test('a verifier without the newer version says "not available" of its receipts, and falsifies nothing', async () => {
    const { setting, from } = await movedUp();
    const { inputs } = await rewritten(setting, from);
    const { rederived, findings } = audit(inputs);
    expect(findings).toEqual([]);
    expect(rederived).toMatchObject({ level2: from, notAvailable: 3, falsified: 0 });
  });

  test('without the older version the newer receipts reach level 1: their readings rest on a state that is not known', async () => {
    const { setting, from } = await movedUp();
    const { inputs } = await rewritten(setting, from);
    const { rederived } = audit(inputs, new Map([[2, second().engine]]));
    expect(rederived).toMatchObject({ level1: 3, level2: 0, notAvailable: from, falsified: 0 });
  });

  test('a decision of the first version under the number of the second is falsified', async () => {
    const { setting, from } = await movedUp();
    const { inputs } = await rewritten(setting, from);
    const first = new Map([...ENGINES, [2, ENGINES.get(1) as Engine]]);
    expect(audit(inputs, first).rederived.falsified).toBe(3);
  });

  test('one that moves without a receipt is falsified at the first that does', async () => {
    const { setting, from } = await movedUp([]);
    const { inputs } = await rewritten(setting, from);
    const report = audit(inputs, new Map([...ENGINES, [2, second().engine]]));
    expect(report.firstBad).toMatchObject({
      seq: from,
      why: 'semantics 2 is used, and no receipt says that the ledger moved to it',
    });
  });
});

test('a governor does not go on with a ledger of which it lacks a version', async () => {
  const { setting, from } = await movedUp();
  const store = memoryStore();
  const { rows } = await rewritten(setting, from);
  right(await store.append(setting.identity.ledger(TENANT), { size: 0, leaf: new Uint8Array(32) }, rows));
  const again = await restart(setting, { store });
  expect(await again.governor.submit(agent, health)).toMatchObject({
    decided: false,
    why: 'not_ready',
    detail: `receipt ${from} was decided with semantics 2, which this version does not have`,
  });
});

test('nobody but the system moves a ledger up', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  expect(await setting.governor.submit(people().owner, upgrade)).toMatchObject({ decision: { verdict: 'refuse' } });
});

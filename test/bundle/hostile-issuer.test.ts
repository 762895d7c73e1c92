/**
 * Whoever holds a ledger's key can seal anything that the schema of a receipt allows, and disclose any JSON beside it. A
 * verifier that decides it again says what does not follow; it never breaks off.
 */
import { createRederiver } from '@tai-autonomics/core/engine';
import { type Json, type Receipt, type ReceiptOf, type Rederived, receiptText } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Entry, ledgerOf, shipped } from '../governor/kit.ts';
import { type Dice, diceOf } from '../receipt/mutants.ts';
import { makeEvidence, workFolder } from './evidence.ts';

const RUNS = 20_000;
const work = workFolder();
let entries: readonly Entry[] = [];

beforeAll(async () => {
  entries = await ledgerOf((await makeEvidence(work.path())).setting);
});
afterAll(work.remove);

const catalogs = new Map([[shipped.digest, shipped.catalog]]);

const JUNK: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1e300,
  '',
  '2026-11-21T09:00:00Z',
  'sub_x',
  [],
  [null],
  [[]],
  ['a', 'a'],
  {},
  { id: null },
  { length: 3 },
  JSON.parse('{"toString":1,"__proto__":{"x":1},"constructor":null}'),
  [{ about: 'svc', observedAt: '2026-11-21T09:00:00.000Z', value: { a: [1] } }],
];

/** A value with one place in it changed: to junk, to a part of another, or left out. */
const spoiled = (value: Json, others: readonly Json[], next: Dice): Json => {
  if (next(3) === 0 || typeof value !== 'object' || value === null) {
    const pool = next(2) === 0 ? JUNK : others;
    return pool[next(pool.length)] ?? null;
  }
  const names = Object.keys(value);
  const name = names[next(Math.max(1, names.length))];
  if (name === undefined) return { extra: JUNK[next(JUNK.length)] ?? null };
  const inner = spoiled((value as Record<string, Json>)[name] ?? null, others, next);
  if (Array.isArray(value)) return (value as readonly Json[]).with(Number(name), inner) as Json;
  const { [name]: _, ...rest } = value as Record<string, Json>;
  return next(6) === 0 ? rest : { ...rest, [name]: inner };
};

/** A receipt with one member changed, if it is still one. */
const forged = (receipt: Receipt, others: readonly Json[], next: Dice): Receipt => {
  const wild = spoiled(receipt as unknown as Json, others, next);
  return E.isRight(receiptText(wild)) ? (wild as unknown as Receipt) : receipt;
};

test('deciding again ends in an answer, whatever an issuer sealed and disclosed', ({ annotate }) => {
  const next = diceOf('issuer');
  const others = entries.flatMap(({ receipt, disclosed }) => [receipt as unknown as Json, ...disclosed.values()]);
  const answers = new Map<string, number>();
  for (let run = 0; run < RUNS / entries.length; run++) {
    const rederiver = createRederiver({ catalogs });
    for (const { receipt, row, disclosed } of entries) {
      const shown = [...disclosed].flatMap(([name, value]): readonly (readonly [string, Json])[] => {
        if (next(12) === 0) return [];
        return [[name, next(4) === 0 ? spoiled(value, others, next) : value]];
      });
      const sealed = next(3) === 0 ? forged(receipt, others, next) : receipt;
      const { status } = rederiver.step(sealed, row.leaf, new Map(shown), next(8) > 0);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  }
  for (const status of ['ok', 'falsified', 'withheld', 'not_available'])
    expect(answers.get(status) ?? 0, status).toBeGreaterThan(0);
  return annotate([...answers].map(([status, count]) => `${status} ${count}`).join(', ')).then(() => {});
});

/** What is said of each receipt of the ledger, some of them said in another way by the issuer. */
const retold = (change: (entry: Entry) => Partial<Entry> = () => ({}), prefixWhole = true): readonly Rederived[] => {
  const rederiver = createRederiver({ catalogs });
  return entries.map((entry) => {
    const { receipt, row, disclosed } = { ...entry, ...change(entry) };
    return rederiver.step(receipt, row.leaf, disclosed, prefixWhole);
  });
};
const placeOf = (is: (receipt: Receipt) => boolean): number => entries.findIndex(({ receipt }) => is(receipt));

describe('an issuer that seals what does not follow', () => {
  test('as it was recorded everything follows', () => {
    expect(retold().every((said) => said.status === 'ok' && said.level === 2)).toBe(true);
  });

  test('names the catalog that decided by another name: found', () => {
    for (const other of [{ id: 'elsewhere' }, { version: '99.0.0' }]) {
      const said = retold(({ receipt }) =>
        receipt.seq === 2 ? { receipt: { ...receipt, catalog: { ...receipt.catalog, ...other } } } : {},
      );
      const { id, version } = shipped.catalog.source.catalog;
      expect(said[2]).toEqual({ status: 'falsified', why: `the catalog of this digest is ${id} ${version}` });
    }
  });

  test('discloses another status of an outcome than it records: found', () => {
    const outcome = placeOf(({ kind }) => kind === 'outcome');
    const body = { status: 'failed', result: null, measured: {}, bounds: {} };
    const said = retold(({ receipt, disclosed }) =>
      receipt.kind === 'outcome' ? { disclosed: new Map([...disclosed, ['outcome/body', body]]) } : {},
    );
    expect(said[outcome]).toEqual({
      status: 'falsified',
      why: 'what is disclosed of the outcome is of another status',
    });
  });

  test('seals writes that the decision does not give: found, whatever is left out or added', () => {
    let spoilt = 0;
    for (const { receipt } of entries) {
      if (receipt.kind !== 'decision' || receipt.verdict === 'refuse') continue;
      for (const writes of [
        receipt.writes.slice(1),
        [...receipt.writes, { cell: 'granted_roles', key: ['sub_x'], add: ['propose_policy'] }],
      ]) {
        if (writes.length === receipt.writes.length) continue;
        spoilt += 1;
        const said = retold((one) => (one.receipt.seq === receipt.seq ? { receipt: { ...receipt, writes } } : {}));
        expect(said[receipt.seq]).toEqual({ status: 'falsified', why: 'deciding again gives other writes' });
      }
    }
    expect(spoilt).toBeGreaterThan(10);
  });

  test('discloses a reading that the ledger before it does not say: found, though nothing is decided otherwise', () => {
    let spoilt = 0;
    for (const { receipt, disclosed } of entries) {
      const readings = disclosed.get('state/readings');
      if (receipt.kind !== 'decision' || typeof readings !== 'object' || readings === null) continue;
      for (const [name, value] of Object.entries(readings as { readonly [fact: string]: Json })) {
        const other = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : undefined;
        if (other === undefined) continue;
        spoilt += 1;
        const told = new Map([...disclosed, ['state/readings', { ...(readings as object), [name]: other } as Json]]);
        const said = retold((one) => (one.receipt.seq === receipt.seq ? { disclosed: told } : {}));
        expect(said[receipt.seq]?.status, `${receipt.seq} ${name}`).toBe('falsified');
      }
    }
    expect(spoilt).toBeGreaterThan(10);
  });

  test('claims a success that its evidence does not show: found', () => {
    const outcome = placeOf((receipt) => receipt.kind === 'outcome' && receipt.status === 'success');
    const elsewhere = (entries: Json): Json =>
      (entries as readonly object[]).map((entry) => ({ ...entry, about: 'another resource' })) as Json;
    const said = retold(({ receipt, disclosed }) =>
      receipt.seq === outcome
        ? {
            disclosed: new Map(
              [...disclosed].map(([name, value]) => [name, name.startsWith('evidence/') ? elsewhere(value) : value]),
            ),
          }
        : {},
    );
    expect(said[outcome]).toEqual({
      status: 'falsified',
      why: 'success is claimed, but the recorded evidence does not show it',
    });
  });

  test('lets what follows refer to its decision by another leaf: found, however far back that is', () => {
    for (const kind of ['outcome', 'consequence'] as const) {
      const place = placeOf((receipt) => receipt.kind === kind && receipt.event !== 'tool_surface_changed');
      const said = retold(({ receipt }) =>
        receipt.seq === place && receipt.kind !== 'decision'
          ? { receipt: { ...receipt, of: { ...receipt.of, leaf: 'A'.repeat(43) } } }
          : {},
      );
      expect(said[place]).toEqual({ status: 'falsified', why: 'it refers to its decision by another leaf' });
    }
  });

  test('says of somebody else, of another intent or incident what followed from a decision: found', () => {
    const followed = entries.flatMap(({ receipt }) => (receipt.kind === 'decision' ? [] : [receipt.seq]));
    expect(followed.length).toBeGreaterThan(2);
    for (const place of followed)
      for (const [other, why] of [
        [{ subject: 'sub_somebody_else' }, 'it is said of another subject than its decision'],
        [{ id: 'A'.repeat(43) }, 'it has the id of another intent than its decision'],
        [{ incident: 'INC-8' }, 'it belongs to another incident or trace than its decision'],
        [{ trace: 'a'.repeat(32) }, 'it belongs to another incident or trace than its decision'],
      ] as const) {
        const said = retold(({ receipt }) => (receipt.seq === place ? { receipt: { ...receipt, ...other } } : {}));
        expect(said[place]).toEqual({ status: 'falsified', why });
      }
  });

  test('says that something ended which never began, or began twice: found', () => {
    const begins = placeOf(({ kind, event }) => kind === 'consequence' && event !== 'tool_surface_changed');
    const outcome = placeOf(({ kind }) => kind === 'outcome');
    const told = (places: readonly number[]): readonly Rederived[] => {
      const rederiver = createRederiver({ catalogs });
      return places.map((place) => {
        const { receipt, row, disclosed } = entries[place] as Entry;
        return rederiver.step(receipt, row.leaf, disclosed, true);
      });
    };
    const all = entries.map((_, place) => place);
    expect(told(all.filter((place) => place !== begins))[outcome - 1]).toEqual({
      status: 'falsified',
      why: 'it ended, and nothing says that it began',
    });
    expect(told(all.toSpliced(begins + 1, 0, begins))[begins + 1]).toEqual({
      status: 'falsified',
      why: 'it began once, and may not begin again',
    });
  });

  test('shows a success by what was seen before the action began: said, since an earlier look says nothing of it', () => {
    const outcome = placeOf((receipt) => receipt.kind === 'outcome' && receipt.status === 'success');
    const ended = (entries[outcome] as Entry).receipt as ReceiptOf<'outcome'>;
    const begins = entries.find(
      ({ receipt }) =>
        receipt.kind === 'consequence' && receipt.event !== 'tool_surface_changed' && receipt.of.seq === ended.of.seq,
    );
    const began = Date.parse(begins?.receipt.at ?? '');
    for (const [ms, early] of [
      [-1, true],
      [0, undefined],
    ] as const) {
      const said = retold(({ receipt, disclosed }) => {
        if (receipt.seq !== outcome) return {};
        const observedAt = new Date(began + ms).toISOString();
        const seen = [...disclosed].map(([name, value]): readonly [string, Json] =>
          name.startsWith('evidence/')
            ? [name, (value as readonly Json[]).map((entry) => ({ ...(entry as object), observedAt })) as Json]
            : [name, value],
        );
        return { disclosed: new Map(seen) };
      });
      expect(said[outcome]).toEqual({ status: 'ok', level: 2, ...(early && { seenBefore: true }) });
    }
  });

  test('discloses evidence at which nothing looked: said and open, and nothing else is', () => {
    const seen = entries.find(({ disclosed }) => disclosed.has('evidence/deployment_stable/git'))?.disclosed;
    const entry = seen?.get('evidence/deployment_stable/git') ?? null;
    const about = (entry as readonly { readonly about: string }[])[0]?.about ?? '';
    for (const { receipt } of entries) {
      if (receipt.kind === 'consequence') continue;
      const looks = receipt.kind === 'outcome' || receipt.event.startsWith('rollback_');
      for (const [name, whose, isRead] of [
        ['evidence/deployment_stable/probe', about, looks],
        ['evidence/made_up/git', about, false],
        ['evidence/deployment_stable/probe', 'another', false],
      ] as const) {
        const entries = (entry as readonly object[]).map((one) => ({ ...one, about: whose })) as unknown as Json;
        const said = retold((one) =>
          one.receipt.seq === receipt.seq ? { disclosed: new Map([...one.disclosed, [name, entries]]) } : {},
        )[receipt.seq];
        if (!isRead)
          expect(said, `${receipt.event} ${name} ${whose}`).toMatchObject({ status: 'ok', level: 2, unread: 1 });
        else expect(said).not.toHaveProperty('unread');
      }
    }
  });

  test('gives a subject or a resource a second pseudonym, or somebody else’s: found', () => {
    const pairs = [
      ['resource', 'ref', 'res_fresh', /the resource has another pseudonym/],
      ['resource', 'id', 'another', /the pseudonym of the resource was somebody else's/],
      ['subject', 'id', 'another', /the pseudonym of the subject was somebody else's/],
    ] as const;
    for (const [what, member, other, why] of pairs) {
      const found = entries.flatMap(({ receipt: { seq } }) =>
        retold(({ receipt, disclosed }) => {
          const intent = disclosed.get('request/intent') as { [name: string]: { [name: string]: Json } } | undefined;
          if (receipt.seq !== seq || intent === undefined) return {};
          const spoiltIntent = { ...intent, [what]: { ...intent[what], [member]: other } } as Json;
          return { disclosed: new Map([...disclosed, ['request/intent', spoiltIntent]]) };
        }).filter((said) => said.status === 'falsified' && why.test(said.why)),
      );
      expect(found.length, `${what}.${member}`).toBeGreaterThan(0);
    }
  });

  test('says nothing of a tool surface that changed: found at the receipt that stands in its place', () => {
    const surface = placeOf(({ event }) => event === 'tool_surface_changed');
    const rederiver = createRederiver({ catalogs });
    const said = entries
      .filter(({ receipt }) => receipt.seq !== surface)
      .map(({ receipt, row, disclosed }, seq) =>
        rederiver.step({ ...receipt, seq } as Receipt, row.leaf, disclosed, true),
      );
    expect(said[surface]).toEqual({
      status: 'falsified',
      why: `the tool surface changed in receipt ${surface - 1}, and this is not the receipt that says so`,
    });
  });

  test('leaves out what a changed tool surface follows from: not re-derived, and not said to be', () => {
    const surface = placeOf(({ event }) => event === 'tool_surface_changed');
    expect(retold(undefined, false)[surface]).toEqual({
      status: 'not_available',
      why: 'what it follows from is the ledger before it',
    });
  });

  test('opens more actions than anybody runs at once: bounded, and said', () => {
    const opened = placeOf((receipt) => receipt.kind === 'decision' && receipt.deadline !== undefined);
    const { receipt, row, disclosed } = entries[opened] as Entry;
    const rederiver = createRederiver({ catalogs });
    const none = new Map<string, Json>();
    for (let seq = 0; seq < 9_700; seq++) rederiver.step({ ...receipt, seq }, row.leaf, none, true);
    for (let seq = 9_700; seq < 10_001; seq++) rederiver.step({ ...receipt, seq }, row.leaf, disclosed, true);
    const begins = entries[placeOf((one) => one.kind === 'consequence' && one.of.seq === opened)]
      ?.receipt as ReceiptOf<'consequence'>;
    const about = (seq: number): Rederived =>
      rederiver.step({ ...begins, of: { ...begins.of, seq } }, row.leaf, none, true);
    expect(about(9_999)).toEqual({ status: 'ok', level: 1 });
    expect(about(0).status).toBe('withheld');
    expect(about(10_000)).toEqual({ status: 'not_available', why: 'too many actions were open at once' });
  });
});

/**
 * A ledger of the product, and what its issuer could seal in its place: another id, subject, event, catalog, beginning or
 * pseudonym. What is said of each receipt by the verifier in Python, which decides it again without next steps, and by ours
 * is the same.
 */
import { createRederiver } from '@tai-autonomics/core/engine';
import {
  buildDisclosure,
  encodeBase64url,
  type Json,
  type LedgerEntry,
  nobleSha256,
  publicKeyOf,
  type Receipt,
  type Rederived,
  receiptText,
  startVerifier,
} from '@tai-autonomics/core/receipt';
import { nodeEd25519 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeEvidence, workFolder } from '../bundle/evidence.ts';
import { approved, type Entry, ledgerOf, people, shipped } from '../governor/kit.ts';
import { approval, KEY, ready } from '../governor/signed.ts';
import { needs } from '../outside-tools.ts';
import { runs, sightings } from '../runs.ts';
import { bytesOf, right, saltOf } from './fixture.ts';
import { type Dice, diceOf } from './mutants.ts';
import { firstFalsified, retold } from './retold.ts';
import { type Sealed, sealedBy } from './sealed.ts';
import { theirs } from './second.ts';

const LEDGERS = runs(600, 60);
const work = workFolder();
let entries: readonly Entry[] = [];

beforeAll(async () => {
  entries = await ledgerOf((await makeEvidence(work.path())).setting);
});
afterAll(work.remove);

/** What the other one does not look at: next steps, and what is said of a refusal. */
const UNSEEN = /deciding again gives other reasons|refusal|binding/;

interface Told {
  readonly receipt: Receipt;
  readonly disclosed: ReadonlyMap<string, Json>;
  /** The place of what it refers to, before anything was left out or put in. */
  readonly of?: number;
}

type Forgery = (told: Told, others: readonly Told[], next: Dice) => Told;
const member =
  (...names: readonly string[]): Forgery =>
  (told, others, next) => {
    const name = names[next(names.length)] ?? '';
    const from = others[next(others.length)]?.receipt as unknown as Record<string, Json>;
    const made: Record<string, Json> = { incident: 'INC-8', trace: 'a'.repeat(32), subject: 'sub_other' };
    const value = next(3) === 0 ? made[name] : from[name];
    const { [name]: _, ...rest } = told.receipt as unknown as Record<string, Json>;
    return { ...told, receipt: (value === undefined ? rest : { ...rest, [name]: value }) as unknown as Receipt };
  };

const inside =
  (disclosure: string, ...path: readonly string[]): Forgery =>
  (told, others, next) => {
    const pool = others.flatMap(({ disclosed }) => at(disclosed.get(disclosure), path) ?? []);
    const value = next(4) === 0 ? null : (pool[next(pool.length)] ?? 'other');
    const before = told.disclosed.get(disclosure);
    // A reading that nobody has to have made may be true all the same: of such a one the other says nothing.
    const isMore = disclosure === 'state/readings' && at(before, path) === undefined;
    return before === undefined || isMore
      ? told
      : { ...told, disclosed: new Map([...told.disclosed, [disclosure, put(before, path, value)]]) };
  };

const at = (json: Json | undefined, [name, ...rest]: readonly string[]): Json | undefined =>
  name === undefined ? json : at((json as Record<string, Json> | undefined)?.[name], rest);

const put = (json: Json, [name, ...rest]: readonly string[], value: Json): Json => {
  if (name === undefined) return value;
  const { [name]: before = null, ...others } = (typeof json === 'object' && json !== null ? json : {}) as Record<
    string,
    Json
  >;
  return { ...others, [name]: put(before, rest, value) };
};

const FORGERIES: readonly Forgery[] = [
  member('id', 'subject', 'incident', 'trace', 'event'),
  member('status', 'catalog', 'deadline', 'codes', 'writes'),
  (told, _, next) => {
    const { id, version, digest } = told.receipt.catalog;
    const catalog = [
      { id: 'elsewhere', version, digest },
      { id, version: '9.9.9', digest },
      { id, version, digest: `${'B'.repeat(42)}A` },
    ][next(3)];
    return { ...told, receipt: { ...told.receipt, ...(catalog && { catalog }) } };
  },
  (told, _, next) => ({
    ...told,
    receipt: { ...told.receipt, engine: { ...told.receipt.engine, semantics: 1 + next(2) } },
  }),
  (told, others, next) => (told.of === undefined ? told : { ...told, of: next(others.length) }),
  (told, _, next) => {
    const names = [...told.disclosed.keys()];
    const gone = names[next(Math.max(1, names.length))];
    return { ...told, disclosed: new Map([...told.disclosed].filter(([name]) => name !== gone)), hides: true } as Told;
  },
  inside('request/intent', 'subject', 'ref'),
  inside('request/intent', 'subject', 'id'),
  inside('request/intent', 'resource', 'ref'),
  inside('request/intent', 'resource', 'id'),
  inside('request/intent', 'named'),
  inside('request/intent', 'action', 'id'),
  inside('request/intent', 'signedBy'),
  inside('outcome/body', 'status'),
  inside('consequence/body', 'added'),
  inside('decision/body', 'verdict'),
  inside('decision/body', 'reasons'),
  ...['approval_count', 'andon_open', 'entitlement_status', 'role_grants'].map((fact) =>
    inside('state/readings', fact),
  ),
  (told, _, next) => {
    const readings = told.disclosed.get('state/readings');
    const names = Object.keys((readings ?? {}) as object);
    const fact = names[next(Math.max(1, names.length))];
    const [value] = [['x', 7, true, []][next(4)] as Json];
    return readings === undefined || fact === undefined
      ? told
      : { ...told, disclosed: new Map([...told.disclosed, ['state/readings', put(readings, [fact], value)]]) };
  },
];

/** Sealed anew, links and references as the issuer would make them. `undefined` where a receipt would be none. */
const sealed = (told: readonly Told[]): Sealed | undefined =>
  sealedBy(nobleSha256, told[0]?.receipt.origin ?? '', told.length, (seq, leaves) => {
    const { receipt, disclosed, of, ...more } = told[seq] as Told;
    const shown = [...disclosed].map(([name, value]) =>
      right(buildDisclosure(nobleSha256, saltOf(`${seq} ${name}`), name, value)),
    );
    const hidden = 'hides' in more ? [`${'C'.repeat(42)}A`] : [];
    const { v: _, _sd_alg: __, origin: ___, seq: ____, prev: _____, ...rest } = receipt;
    const place = told.findIndex(({ receipt: { seq: was } }) => was === of);
    const refers = of === undefined ? {} : { of: { seq: Math.max(0, place), leaf: leaves[place] ?? 'A'.repeat(43) } };
    const entry = { ...rest, ...refers, _sd: [...shown.map(({ digest }) => digest), ...hidden].sort() };
    return { entry: entry as LedgerEntry, shown };
  });

/** The ledger with one or two receipts forged, left out or told twice. */
const issued = (next: Dice): Sealed | undefined => {
  const told: readonly Told[] = entries.map(({ receipt, disclosed }) => ({
    receipt,
    disclosed,
    ...(receipt.kind !== 'decision' && { of: receipt.of.seq }),
  }));
  let now = [...told];
  for (let n = 0; n <= next(2); n++) {
    // What follows from an approval is told of by few receipts: they are met more often.
    const few = now.flatMap(({ of }, i) => (of === undefined ? [] : [i]));
    const i = next(2) === 0 ? (few[next(few.length)] ?? 0) : next(now.length);
    const one = now[i] as Told;
    switch (next(8)) {
      case 0:
        now = now.toSpliced(i, 1);
        break;
      case 1:
        now = now.toSpliced(i, 0, one);
        break;
      default: {
        const forged = (FORGERIES[next(FORGERIES.length)] as Forgery)(one, told, next);
        if (E.isRight(receiptText(forged.receipt))) now = now.with(i, forged);
      }
    }
  }
  return sealed(now);
};

const said = ({ receipts, disclosures, checkpoint, trust }: Sealed): readonly (Rederived | { status: 'not_run' })[] => {
  const verifier = startVerifier({
    sha256: nobleSha256,
    ed25519: nodeEd25519,
    coverage: 'whole',
    checkpoint,
    trust,
    rederiver: createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) }),
  });
  return receipts.map(
    (line, i) => verifier.step({ bytes: bytesOf(line), disclosures: disclosures[i] ?? [] }).rederived,
  );
};

test('of every receipt both say the same, as far as it can be said without next steps', {
  timeout: 180_000,
}, (context) => {
  needs(context, 'python3');
  const next = diceOf('follows');
  const cases = Array.from({ length: LEDGERS }, () => issued(next)).filter((one) => one !== undefined);
  const decidedBy = { [shipped.digest]: shipped.catalog.source };
  const answers = theirs(cases.map((one) => ({ ...one, coverage: 'whole', decidedBy }))) as readonly (ReturnType<
    typeof theirs
  >[number] & { readonly said: readonly string[] })[];
  const found = { together: 0, byOursAlone: 0, withheld: 0, notAvailable: 0 };
  for (const [i, one] of cases.entries()) {
    for (const [seq, mine] of said(one).entries()) {
      const other = answers[i]?.said[seq];
      const shown = { receipt: one.receipts[seq], disclosed: decoded(one.disclosures[seq] ?? []), mine, other };
      if (mine.status === 'withheld' || mine.status === 'not_available') {
        expect(shown).toEqual({ ...shown, other: mine.status });
        found[mine.status === 'withheld' ? 'withheld' : 'notAvailable'] += 1;
      } else if (mine.status === 'falsified') {
        if (other === 'falsified') found.together += 1;
        else {
          expect(shown).toEqual({
            ...shown,
            other: 'undecided',
            mine: { ...mine, why: expect.stringMatching(UNSEEN) },
          });
          found.byOursAlone += 1;
        }
        // What comes behind a receipt that does not follow rests on it.
        break;
      } else expect(shown).toEqual({ ...shown, other: 'undecided' });
    }
  }
  // What the other one does not look at is rare.
  const { byOursAlone: _, ...often } = found;
  for (const [what, count] of Object.entries(often)) expect(count, what).toBeGreaterThan(sightings(5));
  expect(found.together).toBeGreaterThan(sightings(100));
});

const decoded = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => Buffer.from(text, 'base64url').toString('utf8').slice(0, 600));

test('of what approvers sign both say the same: as it was signed, and with one text of it changed', {
  timeout: 180_000,
}, async (context) => {
  needs(context, 'python3');
  const setting = await ready();
  approved(await setting.governor.submit(people().approver, await approval(setting)));
  const ledger = await ledgerOf(setting);
  const other = encodeBase64url(publicKeyOf(new Uint8Array(32).fill(4)) ?? new Uint8Array(0));
  const GRANTED = 'approval_granted';
  const cases = [
    retold(ledger, 'none', (text) => text),
    retold(ledger, 'approver_key_registered', (text) => text.replaceAll(KEY, other)),
    retold(ledger, GRANTED, (text) => text.replaceAll(KEY, other)),
    retold(ledger, GRANTED, (text) => text.replaceAll('"nonce":"n1"', '"nonce":"n2"')),
    retold(ledger, 'role_granted', (text) => text.replace('"subject":{', `"signedBy":"${other}","subject":{`)),
  ];
  for (const [i, { ours, theirs }] of firstFalsified(cases).entries()) {
    expect([i, theirs]).toEqual([i, ours]);
    expect(ours === -1).toBe(i === 0);
  }
});

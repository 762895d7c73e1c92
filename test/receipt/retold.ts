/** A ledger of which one receipt is told otherwise, or left out, sealed again; and where each of the two verifiers finds it. */
import { createRederiver } from '@tai-autonomics/core/engine';
import {
  buildDisclosure,
  encodeBase64url,
  type LedgerEntry,
  nobleSha256,
  startVerifier,
} from '@tai-autonomics/core/receipt';
import { nodeEd25519 } from '@tai-autonomics/governor/node';
import { type Entry, shipped } from '../governor/kit.ts';
import { bytesOf, right, saltOf } from './fixture.ts';
import { type Sealed, sealedBy } from './sealed.ts';
import { theirs } from './second.ts';

/** With each text of the receipts of an event changed. What is not retold keeps its bytes: a signature may be over its leaf. */
export const retold = (ledger: readonly Entry[], event: string, change: (text: string) => string): Sealed =>
  resealed(ledger, (entry) => entry.receipt.event === event, change);

/** Without the receipts of an event. */
export const without = (ledger: readonly Entry[], event: string): Sealed =>
  resealed(
    ledger.filter(({ receipt }) => receipt.event !== event),
    () => false,
    (text) => text,
  );

/** The place of the first receipt that ours and theirs find falsified; -1 where there is none. */
export const firstFalsified = (
  cases: readonly Sealed[],
): readonly { readonly ours: number; readonly theirs: number }[] => {
  const decidedBy = { [shipped.digest]: shipped.catalog.source };
  const answers = theirs(cases.map((one) => ({ ...one, coverage: 'whole', decidedBy }))) as unknown as readonly {
    readonly said: readonly string[];
  }[];
  return cases.map((one, i) => ({ ours: oursIn(one), theirs: answers[i]?.said.indexOf('falsified') ?? -2 }));
};

const resealed = (
  ledger: readonly Entry[],
  isRetold: (entry: Entry) => boolean,
  change: (text: string) => string,
): Sealed => {
  const { origin } = (ledger[0] as Entry).receipt;
  const sealed = sealedBy(nobleSha256, origin, ledger.length, (seq, leaves) => {
    const entry = ledger[seq] as Entry;
    const { receipt, row, disclosed } = entry;
    const isIt = isRetold(entry);
    const one = <A>(value: A): A => (isIt ? (JSON.parse(change(JSON.stringify(value))) as A) : value);
    const shown = isIt
      ? [...disclosed].map(([name, value]) =>
          right(buildDisclosure(nobleSha256, saltOf(`${seq} ${name}`), name, one(value))),
        )
      : row.disclosures.map((each) => ({ ...each, digest: encodeBase64url(nobleSha256(bytesOf(each.text))) }));
    const { v: _, _sd_alg: __, origin: ___, seq: ____, prev: _____, ...rest } = one(receipt);
    const place = receipt.kind === 'decision' ? -1 : ledger.findIndex((other) => other.receipt.seq === receipt.of.seq);
    const of = receipt.kind === 'decision' ? {} : { of: { seq: place, leaf: leaves[place] ?? '' } };
    return { entry: { ...rest, ...of, _sd: shown.map(({ digest }) => digest).sort() } as LedgerEntry, shown };
  });
  if (sealed === undefined) throw new Error('one of them would be no receipt');
  return sealed;
};

const oursIn = ({ receipts, disclosures, checkpoint, trust }: Sealed): number => {
  const rederiver = createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) });
  const verifier = startVerifier({
    sha256: nobleSha256,
    ed25519: nodeEd25519,
    coverage: 'whole',
    checkpoint,
    trust,
    rederiver,
  });
  const said = receipts.map(
    (line, i) => verifier.step({ bytes: bytesOf(line), disclosures: disclosures[i] ?? [] }).rederived.status,
  );
  return said.indexOf('falsified');
};

/**
 * Where a process can die: before and after each call by which a governor leaves something behind, which all go through its ports.
 * Nothing of this is in the product: a point is a port that a test wraps.
 */
import process from 'node:process';
import { parseReceipt } from '@tai-autonomics/core/receipt';
import type { CatalogStore, LedgerStore, Row, Signer, SnapshotStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** The ports through which something is left behind. */
export interface Ports {
  readonly LedgerStore: LedgerStore;
  readonly Signer: Signer;
  readonly SnapshotStore: SnapshotStore;
  readonly CatalogStore: CatalogStore;
}

/** One place to die: `call` is `port.method`, of an append with what it is to write. */
export interface Point {
  readonly call: string;
  readonly of?: Written;
  readonly when: 'before' | 'after' | 'during';
}

/** What an append is for, by its receipts. */
export type Written = 'decision' | 'registration' | 'approval' | 'beginning' | 'outcome' | 'purge order';

const APPENDS: readonly Written[] = ['decision', 'registration', 'approval', 'beginning', 'outcome', 'purge order'];

/**
 * Every method of every port that leaves something behind, with its points; the others with what they do instead. The test of this
 * folder reads the ports' source: a method that is not here fails it.
 */
export const METHODS: Readonly<Record<string, 'reads' | 'ends' | { readonly test: string } | readonly Point[]>> = {
  'LedgerStore.append': APPENDS.flatMap((of) => both('LedgerStore.append', of)),
  'LedgerStore.head': 'reads',
  'LedgerStore.read': 'reads',
  'LedgerStore.find': 'reads',
  'LedgerStore.purge': both('LedgerStore.purge'),
  'LedgerStore.putCheckpoint': both('LedgerStore.putCheckpoint'),
  'LedgerStore.checkpoint': 'reads',
  'LedgerStore.ledgers': 'reads',
  // Its segment was read back before, and run again it goes on: each of its calls is broken there.
  'LedgerStore.shed': { test: 'test/storage/segments.test.ts' },
  // One transaction, after the receipt that says so; run again it goes on.
  'LedgerStore.forget': { test: 'test/storage/forget.test.ts' },
  // A commit that changes nothing.
  'LedgerStore.probe': 'reads',
  'LedgerStore.close': 'ends',
  'CatalogStore.read': 'reads',
  'CatalogStore.write': both('CatalogStore.write'),
  // A draft decides nothing, and one that is gone was never missed by a receipt.
  'DraftStore.read': 'reads',
  'DraftStore.write': 'reads',
  'DraftStore.remove': 'reads',
  'SnapshotStore.read': 'reads',
  'SnapshotStore.write': both('SnapshotStore.write'),
  'SnapshotStore.remove': both('SnapshotStore.remove'),
  'SigningKey.sign': both('Signer.sign'),
  'Signer.highWaterMark': 'reads',
  'Signer.marks': 'reads',
  'Signer.raise': both('Signer.raise'),
  // The receipt stands before it, and asked again it goes on.
  'Signer.lower': { test: 'test/governor/restores.test.ts' },
  'InsuranceMonitor.look': 'reads',
  'ResourceDirectory.find': 'reads',
  'ResourceDirectory.names': 'reads',
  'SubjectDirectory.of': 'reads',
  'Observer.observe': 'reads',
  // What a handler does is outside; it dies in the middle of it.
  Handler: [{ call: 'Handler', when: 'during' }],
};

/** All of them. */
export const POINTS: readonly Point[] = Object.values(METHODS).flatMap((rows) => (Array.isArray(rows) ? rows : []));

/** `LedgerStore.append of an outcome, before` */
export const nameOf = ({ call, of, when }: Point): string => `${when} ${call}${of === undefined ? '' : ` (${of})`}`;

/** SIGKILL to itself: nothing after this runs, no handler, no flush. */
export const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

/** The ports of a process that dies at a point. */
export const dyingAt = (ports: Ports, point: Point): Ports => ({
  LedgerStore: dying('LedgerStore', ports.LedgerStore, point),
  Signer: dying('Signer', ports.Signer, point),
  SnapshotStore: dying('SnapshotStore', ports.SnapshotStore, point),
  CatalogStore: dying('CatalogStore', ports.CatalogStore, point),
});

/** A port of a process that dies at a point. */
export const dying = <P extends object>(name: string, port: P, { call, of, when }: Point): P =>
  new Proxy(port, {
    get: (target, member) => {
      const found: unknown = Reflect.get(target, member);
      if (typeof found !== 'function' || call !== `${name}.${String(member)}`) return found;
      return async (...given: readonly unknown[]) => {
        const isIt = of === undefined || writtenIn(given[2] as readonly Row[]).includes(of);
        if (isIt && when === 'before') die();
        const answer: unknown = await Reflect.apply(found, target, given);
        if (isIt && when === 'after') die();
        return answer;
      };
    },
  });

/** That a rollback begins, and a call behind the gate. */
const BEGINNINGS: ReadonlySet<string> = new Set(['rollback_initiated', 'files_begun']);

const writtenIn = (rows: readonly Row[]): readonly Written[] =>
  rows.flatMap(({ bytes }): readonly Written[] => {
    const receipt = parseReceipt(bytes);
    if (E.isLeft(receipt)) return [];
    const { kind, event } = receipt.right;
    if (kind === 'outcome') return ['outcome'];
    if (kind === 'consequence') return BEGINNINGS.has(event) ? ['beginning'] : [];
    if (receipt.right.deadline !== undefined) return ['approval'];
    if (event === 'tenant_registered') return ['registration'];
    return event === 'disclosures_purged' ? ['purge order'] : ['decision'];
  });

function both(call: string, of?: Written): readonly Point[] {
  return (['before', 'after'] as const).map((when) => ({ call, when, ...(of === undefined ? {} : { of }) }));
}

/** A ledger as far as it was folded: its end, its state, and what it says about itself. As values, and as the bytes of a snapshot. */
import type { State } from '@tai-autonomics/core';
import { activeCatalog, emptyState } from '@tai-autonomics/core/engine';
import {
  checkpointOf,
  decodeBase64url,
  emptyHead,
  encodeBase64url,
  type LedgerHead,
  type Sha256,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type Annals, noAnnals } from '../ledger/annals.ts';
import { frontierOfStart, type TreeStart, treeStart } from '../ledger/tree-cache.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { SnapshotBinding, TakenSnapshot } from './snapshots.ts';

/** All that the next receipt follows from. */
export interface FoldedLedger {
  readonly head: LedgerHead;
  readonly state: State;
  readonly annals: Annals;
}

/** The same, with the leaves that its tree goes on from. */
export interface LedgerStart extends FoldedLedger {
  readonly tree: TreeStart;
}

/** The part under which it is kept. */
export const STATE_PART = 'state';

/** A ledger before its first receipt; `undefined` if the origin can't be one. */
export const nothingFolded = (sha256: Sha256, origin: string): LedgerStart | undefined => {
  const head = emptyHead(sha256, origin);
  return E.isLeft(head)
    ? undefined
    : { head: head.right, state: emptyState, annals: noAnnals, tree: { size: 0, peaks: [], rest: [] } };
};

/** What a snapshot says, byte for byte the same for the same ledger; `rest` are the leaves behind the last whole tile. */
export const formatFolded = (
  { head, state, annals }: FoldedLedger,
  rest: readonly Uint8Array[],
): { readonly binding: SnapshotBinding; readonly payload: Uint8Array } => {
  const { peaks } = treeStart(head.frontier, rest);
  const binding = {
    part: STATE_PART,
    origin: head.origin,
    size: head.size,
    leaf: encodeBase64url(head.prev),
    semantics: annals.semantics,
    root: encodeBase64url(checkpointOf(nodeSha256, head).root),
    catalog: activeCatalog(state) ?? '',
  };
  const payload = {
    lastAt: head.lastAt,
    peaks: peaks.map(encodeBase64url),
    rest: rest.map(encodeBase64url),
    state: stateJson(state),
    annals: { ...annals, keys: { named: annals.keys.named, revoked: [...annals.keys.revoked] } },
  };
  return { binding, payload: Buffer.from(JSON.stringify(payload), 'utf8') };
};

/** Reads it back. The MAC was checked, so that what can't be read was written by another version. */
export const parseFolded = (sha256: Sha256, { binding, payload }: TakenSnapshot): E.Either<string, LedgerStart> => {
  const read = readPayload(payload);
  if (read === undefined) return E.left('it was written by another version');
  const { lastAt, state, annals } = read;
  const prev = decodeBase64url(binding.leaf);
  const tree = { size: binding.size, peaks: hashesIn(read.peaks), rest: hashesIn(read.rest) };
  const frontier = frontierOfStart(sha256, tree);
  if (prev === undefined || frontier === undefined) return E.left('its tree is not one');
  const head: LedgerHead = { origin: binding.origin, size: binding.size, prev, frontier, lastAt };
  const isBound =
    encodeBase64url(checkpointOf(sha256, head).root) === binding['root'] &&
    annals.semantics === binding.semantics &&
    (activeCatalog(state) ?? '') === binding['catalog'];
  return isBound ? E.right({ head, state, annals, tree }) : E.left('it is not of the ledger that it is bound to');
};

/** Whether two are of the same ledger at the same place, in whatever order their cells were written. */
export const foldedDigest = ({ head, state, annals }: FoldedLedger): string => {
  const cells = [...state.cells].sort(byName).map(([id, values]) => [id, [...values].sort(byName)]);
  const open = [...state.open].sort(([a], [b]) => a - b);
  const keys = { named: annals.keys.named, revoked: [...annals.keys.revoked].sort(byName) };
  const { root } = checkpointOf(nodeSha256, head);
  const all = [head.origin, head.size, encodeBase64url(head.prev), encodeBase64url(root), head.lastAt];
  const text = JSON.stringify([all, cells, open, state.began ?? null, { ...annals, keys }]);
  return encodeBase64url(nodeSha256(Buffer.from(text, 'utf8')));
};

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** In the order in which the cells stand: whoever goes through them meets them as before. */
const stateJson = ({ cells, open, began }: State) => ({
  cells: [...cells].map(([id, values]) => [id, [...values]]),
  open: [...open].map(([seq, { deadline, begun }]) => [seq, deadline, begun]),
  ...(began === undefined ? {} : { began }),
});

type StateJson = ReturnType<typeof stateJson>;

interface Payload {
  readonly lastAt: number;
  readonly peaks: readonly string[];
  readonly rest: readonly string[];
  readonly state: StateJson;
  readonly annals: Omit<Annals, 'keys'> & {
    readonly keys: {
      readonly named: Annals['keys']['named'];
      readonly revoked: readonly (readonly [string, number])[];
    };
  };
}

const readPayload = (
  bytes: Uint8Array,
): (Pick<Payload, 'lastAt' | 'peaks' | 'rest'> & { readonly state: State; readonly annals: Annals }) | undefined => {
  try {
    const json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Payload;
    const { lastAt, peaks, rest, annals } = json;
    const { cells, open, began } = json.state;
    const state: State = {
      cells: new Map((cells as [string, [string, never][]][]).map(([id, values]) => [id, new Map(values)])),
      open: new Map((open as [number, number, boolean][]).map(([seq, deadline, begun]) => [seq, { deadline, begun }])),
      ...(began === undefined ? {} : { began }),
    };
    const { named, revoked } = annals.keys;
    return { lastAt, peaks, rest, state, annals: { ...annals, keys: { named, revoked: new Map(revoked) } } };
  } catch {
    return undefined;
  }
};

const hashesIn = (texts: readonly string[]): readonly Uint8Array[] =>
  texts.map((text) => decodeBase64url(text) ?? new Uint8Array(0));

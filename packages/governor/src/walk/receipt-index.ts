/**
 * Which blocks of a ledger may hold a receipt with a word. A block of 16 receipts has 256 bits, two of them for each word: 2 bytes
 * a receipt. It may point at a block in vain, and never passes one over.
 */
import type { ReadRow } from '../api.ts';
import { wordsOf } from './choose-receipts.ts';

/** Receipts of a block. */
export const BLOCK = 16;
/** Words of 32 bits of a block. */
const CELLS = 8;

/** An index that grows with its ledger. */
export interface ReceiptIndex {
  /** Takes the next receipt of the ledger. */
  readonly add: (row: ReadRow) => void;
  /** Whether a block may hold a receipt that has a word of each group. */
  readonly mayHold: (groups: readonly (readonly string[])[]) => (block: number) => boolean;
  /** All that it is, as plain data: another one goes on from a copy. */
  readonly memory: IndexMemory;
}

/** What an index remembers. */
export interface IndexMemory {
  bits: Uint32Array;
}

/** An index of an empty ledger, or one that goes on. */
export const createReceiptIndex = (memory: IndexMemory = { bits: new Uint32Array(64 * CELLS) }): ReceiptIndex => {
  const makeRoom = (block: number): void => {
    if ((block + 1) * CELLS <= memory.bits.length) return;
    const grown = new Uint32Array(memory.bits.length * 2);
    grown.set(memory.bits);
    memory.bits = grown;
  };
  const holds = (block: number, places: readonly number[]): boolean =>
    places.every((place) => ((memory.bits[block * CELLS + (place >>> 5)] ?? 0) & (1 << (place & 31))) !== 0);
  return {
    memory,
    add: (row) => {
      const block = Math.floor(row.receipt.seq / BLOCK);
      makeRoom(block);
      const { bits } = memory;
      for (const word of wordsOf(row))
        for (const place of placesOf(word)) {
          const cell = block * CELLS + (place >>> 5);
          bits[cell] = (bits[cell] ?? 0) | (1 << (place & 31));
        }
    },
    mayHold: (groups) => {
      const wanted = groups.map((words) => words.map(placesOf));
      return (block) => wanted.every((group) => group.some((places) => holds(block, places)));
    },
  };
};

/** The two bits of a word, by FNV-1a. */
const placesOf = (word: string): readonly [number, number] => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return [hash & 255, (hash >>> 16) & 255];
};

/** A table from pairs of small whole numbers to a number: open addressing in one typed array, so that a look allocates nothing. */

export interface PairTable {
  /** What stands there; `undefined`: nothing. */
  get(a: number, b: number): number | undefined;
  /** Puts a number there, from 0 to 2^31 - 2. Nothing is taken out again, and nothing stands there twice. */
  add(a: number, b: number, value: number): void;
}

/** Numbers an entry takes: the pair, and the value plus one. A zero there: nobody took the place. */
const WIDTH = 3;
const FIRST_SLOTS = 8;
/** Up to so many slots, the table grows by four: most tables stay small, and those that do not grow far. */
const SMALL = 4_096;

/** An empty table. */
export const createPairTable = (): PairTable => {
  let slots = FIRST_SLOTS;
  let entries = new Int32Array(slots * WIDTH);
  let size = 0;

  /** Where the pair stands, or would. */
  const placeOf = (a: number, b: number): number => {
    const mixed = Math.imul(Math.imul(a, 0x9e37_79b1) ^ b, 0x85eb_ca6b);
    let slot = (mixed ^ (mixed >>> 15)) & (slots - 1);
    for (;;) {
      const at = slot * WIDTH;
      if (entries[at + 2] === 0 || (entries[at] === a && entries[at + 1] === b)) return at;
      slot = (slot + 1) & (slots - 1);
    }
  };

  const put = (a: number, b: number, stored: number): void => {
    const at = placeOf(a, b);
    entries[at] = a;
    entries[at + 1] = b;
    entries[at + 2] = stored;
  };

  const grow = (): void => {
    const old = entries;
    slots *= slots < SMALL ? 4 : 2;
    entries = new Int32Array(slots * WIDTH);
    for (let at = 0; at < old.length; at += WIDTH) {
      const stored = old[at + 2] as number;
      if (stored !== 0) put(old[at] as number, old[at + 1] as number, stored);
    }
  };

  return {
    get: (a, b) => {
      const stored = entries[placeOf(a, b) + 2] as number;
      return stored === 0 ? undefined : stored - 1;
    },
    add: (a, b, value) => {
      // At most two thirds are taken.
      if (size * 3 >= slots * 2) grow();
      put(a, b, value + 1);
      size += 1;
    },
  };
};

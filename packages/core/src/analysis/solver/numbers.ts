/** Differences as a theory of a search: literals that say x − y ≤ c, asserted one after the other. */
import type { Quantity } from '../symbolic/unknown.ts';
import { contradictionIn, type Difference, type Edge, type System } from './bounds.ts';
import type { Lit, Theory } from './trail.ts';

/** A theory that is told what literals mean. */
export interface Numbers extends Theory {
  readonly means: (lit: Lit, difference: Difference) => void;
}

/** A difference between places; none stands for the number 0. */
interface Placed {
  readonly to?: number;
  readonly from?: number;
  readonly c: number;
}

/** A system to which places and differences are added. */
interface Growing extends System {
  readonly places: Map<string, number>;
  readonly edges: Edge[][];
  readonly maxOf: number[];
  readonly minOf: number[];
}

/** Nothing is said yet. */
export const createNumbers = (): Numbers => {
  const system: Growing = {
    places: new Map(),
    mirrored: false,
    edges: [],
    max: [],
    min: [],
    maxOf: [],
    minOf: [],
    value: [],
    parent: [],
  };
  const { edges, places, maxOf, minOf } = system;
  const said = new Map<Lit, Placed>();
  const known: boolean[] = [];
  const undo: (() => void)[] = [];
  const placeOf = (q: Quantity): number => places.get(q.key) ?? added(system, q);
  const lowers = (place: number): void => {
    const [value, parent] = [system.value[place] as number, system.parent[place]];
    undo.push(() => {
      system.value[place] = value;
      system.parent[place] = parent;
    });
  };
  const set = (bounds: number[], by: number[], place: number, c: number, lit: Lit): void => {
    const [before, beforeBy] = [bounds[place] as number, by[place] as number];
    undo.push(() => {
      bounds[place] = before;
      by[place] = beforeBy;
    });
    bounds[place] = c;
    by[place] = lit;
  };
  return {
    means: (lit, { x, y, c }) => {
      known[lit] = true;
      said.set(lit, {
        c,
        ...(x === undefined ? {} : { to: placeOf(x) }),
        ...(y === undefined ? {} : { from: placeOf(y) }),
      });
    },
    knows: (lit) => known[lit] === true,
    assert: (lit) => {
      const { to, from, c } = said.get(lit) as Placed;
      if (to !== undefined && from !== undefined) {
        edges[from]?.push({ from, to, c, of: lit });
        undo.push(() => void edges[from]?.pop());
        return contradictionIn(system, [from], lowers);
      }
      if (to !== undefined) {
        if (c >= (system.max[to] as number)) return undefined;
        set(system.max, maxOf, to, c, lit);
        return contradictionIn(system, [to], lowers);
      }
      if (from === undefined || -c <= (system.min[from] as number)) return undefined;
      set(system.min, minOf, from, 0 - c, lit);
      return contradictionIn(system, [from], lowers);
    },
    mark: () => undo.length,
    back: (mark) => {
      while (undo.length > mark) undo.pop()?.();
    },
  };
};

/** A place more, at which an integer can be anything of its range. */
const added = (s: Growing, q: Quantity): number => {
  const place = s.edges.push([]) - 1;
  s.places.set(q.key, place);
  s.max.push(q.max);
  s.min.push(q.min);
  s.value.push(q.max);
  s.parent.push(undefined);
  s.maxOf.push(-1);
  s.minOf.push(-1);
  return place;
};

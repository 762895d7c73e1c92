/** Differences as a theory of a search: literals that say x − y ≤ c, asserted one after the other. */
import type { Quantity } from '../symbolic/unknown.ts';
import { contradictionIn, type Difference, type Edge, type System } from './bounds.ts';
import type { Lit, Theory } from './sat.ts';

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

/** Nothing is said yet. */
export const createNumbers = (): Numbers => {
  const edges: Edge[][] = [];
  const places = new Map<string, number>();
  const [maxOf, minOf]: [number[], number[]] = [[], []];
  const system: System & { readonly edges: Edge[][] } = {
    places,
    mirrored: false,
    edges,
    max: [],
    min: [],
    maxOf,
    minOf,
    value: [],
    parent: [],
  };
  const said = new Map<Lit, Placed>();
  const undo: (() => void)[] = [];
  const placeOf = (q: Quantity): number => {
    const known = places.get(q.key);
    if (known !== undefined) return known;
    const place = edges.push([]) - 1;
    places.set(q.key, place);
    system.max.push(q.max);
    system.min.push(q.min);
    system.value.push(q.max);
    system.parent.push(undefined);
    maxOf.push(-1);
    minOf.push(-1);
    return place;
  };
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
      said.set(lit, {
        c,
        ...(x === undefined ? {} : { to: placeOf(x) }),
        ...(y === undefined ? {} : { from: placeOf(y) }),
      });
    },
    knows: (lit) => said.has(lit),
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

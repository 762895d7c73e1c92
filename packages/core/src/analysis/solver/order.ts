/** In which order a search decides, a heap of variables (VSIDS), and when it starts anew. */

/** Variables by how often they were in conflicts lately. */
export interface Order {
  readonly heap: number[];
  readonly place: number[];
  readonly weight: number[];
  readonly among: number[];
  round: number;
  by: number;
}

/** 1 1 2 1 1 2 4 …: how long to go on before starting anew. */
export const luby = (i: number): number => {
  let k = 1;
  while (2 ** k - 1 < i) k += 1;
  let at = i;
  while (2 ** k - 1 !== at) {
    at -= 2 ** (k - 1) - 1;
    k = 1;
    while (2 ** k - 1 < at) k += 1;
  }
  return 2 ** (k - 1);
};

/** Counts a conflict. */
export const bump = (o: Order, variable: number): void => {
  o.weight[variable] = (o.weight[variable] as number) + o.by;
  if ((o.weight[variable] as number) > 1e100) {
    for (const v of o.weight.keys()) o.weight[v] = (o.weight[v] as number) * 1e-100;
    o.by *= 1e-100;
  }
  if ((o.place[variable] as number) >= 0) rise(o, o.place[variable] as number);
};

/** Puts a variable in, unless it is in already. */
export const insert = (o: Order, variable: number): void => {
  if ((o.place[variable] as number) >= 0) return;
  o.place[variable] = o.heap.push(variable) - 1;
  rise(o, o.place[variable]);
};

/** Takes the variable out that was in most conflicts lately. */
export const removeFirst = (o: Order): number | undefined => {
  const [first] = o.heap;
  if (first === undefined) return undefined;
  const last = o.heap.pop() as number;
  o.place[first] = -1;
  if (o.heap.length > 0) {
    o.heap[0] = last;
    o.place[last] = 0;
    sink(o, 0);
  }
  return first;
};

const rise = (o: Order, from: number): void => {
  const variable = o.heap[from] as number;
  let at = from;
  while (at > 0) {
    const up = (at - 1) >> 1;
    const above = o.heap[up] as number;
    if ((o.weight[above] as number) >= (o.weight[variable] as number)) break;
    o.heap[at] = above;
    o.place[above] = at;
    at = up;
  }
  o.heap[at] = variable;
  o.place[variable] = at;
};

const sink = (o: Order, from: number): void => {
  const variable = o.heap[from] as number;
  let at = from;
  for (;;) {
    let down = 2 * at + 1;
    if (down >= o.heap.length) break;
    const right = o.heap[down + 1];
    if (right !== undefined && (o.weight[right] as number) > (o.weight[o.heap[down] as number] as number)) down += 1;
    const below = o.heap[down] as number;
    if ((o.weight[below] as number) <= (o.weight[variable] as number)) break;
    o.heap[at] = below;
    o.place[below] = at;
    at = down;
  }
  o.heap[at] = variable;
  o.place[variable] = at;
};

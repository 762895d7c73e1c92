/** Every way in which a document can be wrong at each of its places, generated from the document itself. */

export type Place = readonly (string | number)[];
export interface Spoilt {
  readonly place: Place;
  /** What was done there. */
  readonly how: string;
  /** The spoilt copy, made when it is asked for. */
  readonly document: () => unknown;
}

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

/** A copy with another value at a place; `undefined` takes the member away. */
const replaced = (document: unknown, [step, ...rest]: Place, value: unknown): unknown => {
  if (step === undefined) return value;
  if (Array.isArray(document)) return document.map((item, i) => (i === step ? replaced(item, rest, value) : item));
  const members = Object.entries(isObject(document) ? document : {});
  const changed = members.map(([name, old]) => [name, name === step ? replaced(old, rest, value) : old] as const);
  const added = members.some(([name]) => name === step) ? [] : [[String(step), value] as const];
  return Object.fromEntries([...changed, ...added].filter(([, member]) => member !== undefined));
};

const otherTypes = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return [null, {}];
  if (isObject(value)) return [null, [null]];
  switch (typeof value) {
    case 'string':
      return [null, 7];
    case 'number':
      return [null, String(value)];
    default:
      return [null, String(value)];
  }
};

/** What is spoilt, and where; `isOptional` and `isFree` say what the format allows at a place. */
export interface Form {
  /** May the member be left out? */
  readonly isOptional: (place: Place) => boolean;
  /** May a constant of any type stand there? */
  readonly isFree: (place: Place) => boolean;
  /** Is it a list that stands for a set? */
  readonly isSet: (place: Place) => boolean;
  /** Is it the name of something that is declared elsewhere? */
  readonly isReference: (place: Place) => boolean;
}

/** Walks a document and yields each spoilt copy. */
export function* spoils(document: unknown, form: Form, place: Place = [], here = document): Generator<Spoilt> {
  const at = (where: Place, how: string, value: unknown): Spoilt => ({
    place: where,
    how,
    document: () => replaced(document, where, value),
  });
  if (place.length > 0) {
    if (typeof place.at(-1) === 'string' && !form.isOptional(place)) yield at(place, 'missing', undefined);
    if (!form.isFree(place))
      for (const other of otherTypes(here)) yield at(place, `another type: ${JSON.stringify(other)}`, other);
  }
  if (typeof here === 'string' && form.isReference(place)) yield at(place, 'a name of nothing', 'name_of_nothing');
  if (Array.isArray(here)) {
    if (here.length > 0 && form.isSet(place)) yield at(place, 'a repetition', [...here, here[0]]);
    for (const [i, item] of here.entries()) yield* spoils(document, form, [...place, i], item);
  } else if (isObject(here)) {
    yield at([...place, 'no such member'], 'an unknown member', 7);
    for (const [name, value] of Object.entries(here)) yield* spoils(document, form, [...place, name], value);
  }
}

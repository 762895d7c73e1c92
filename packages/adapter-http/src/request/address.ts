/** What the address of a request says: the parts of its path that a route names, and its query. */
import type { Problem } from '../answer/problem.ts';
import type { Shapes } from '../schema/shape.ts';

/** The parts of an address, each a text of its declared form. */
export interface Address {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** What a route declares of its address. */
interface Declared {
  readonly path?: Shapes;
  readonly query?: Shapes;
  /** A query that nobody declared is not looked at. */
  readonly isOpen: boolean;
}

/**
 * Reads the address. A part of another form is 400, as is a name in the query that nobody declared, or one that comes twice.
 */
export const readAddress = (
  request: Request,
  params: Readonly<Record<string, string>>,
  { path, query, isOpen }: Declared,
): Address | Problem => {
  if (path === undefined && query === undefined && isOpen) return NOWHERE;
  const wrong = faultIn(params, path ?? {}, 'path');
  if (wrong !== undefined) return wrong;
  const asked: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (!Object.hasOwn(query ?? {}, name)) return malformed(`the query: expected ${listed(query ?? {})}`);
    if (Object.hasOwn(asked, name)) return malformed(`the query: expected ${name} once`);
    asked[name] = value;
  }
  return faultIn(asked, query ?? {}, 'query') ?? { path: params, query: asked };
};

const NOWHERE: Address = { path: {}, query: {} };

const malformed = (detail: string): Problem => ({ problem: 'malformed', detail });

const listed = (shapes: Shapes): string => {
  const names = Object.keys(shapes);
  return names.length === 0 ? 'none' : `no name but ${names.join(', ')}`;
};

const faultIn = (values: Readonly<Record<string, string>>, shapes: Shapes, where: string): Problem | undefined => {
  for (const [name, shape] of Object.entries(shapes))
    if (Object.hasOwn(values, name) && !shape.holds(values[name]))
      return malformed(`the ${where}: expected ${name} to be ${shape.expected}`);
  return undefined;
};

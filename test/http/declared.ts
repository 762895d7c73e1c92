/** The law of problems: a route answers with none that its declaration lacks. */

interface Declaration {
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Declaration>>>>;

/** What is answered where no route is: it has no declaration. */
const UNROUTED = ['not_found', 'method_not_allowed'];

/** Throws where an answer is a problem, and the document doesn't declare its code at the route that was asked. */
export const declaredOrThrow = async (
  document: Readonly<Record<string, unknown>>,
  { method, url }: Request,
  response: Response,
): Promise<void> => {
  if (response.headers.get('content-type') !== 'application/problem+json' || method === 'HEAD') return;
  const { code } = (await response.clone().json()) as { readonly code: string };
  const { pathname } = new URL(url);
  const paths = Object.entries(document['paths'] as Paths);
  const found = paths.find(([path]) => path === pathname) ?? paths.find(([path]) => isOf(path, pathname));
  const declaration = found?.[1][method.toLowerCase()];
  if (declaration === undefined) {
    if (!UNROUTED.includes(code)) throw new Error(`${method} ${pathname} is no route, and answers ${code}`);
    return;
  }
  const codes = declaration.responses[String(response.status)]?.description?.split(', ') ?? [];
  if (!codes.includes(code)) throw new Error(`${method} ${found?.[0]} answers ${code}, which it does not declare`);
};

const isOf = (template: string, pathname: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname);

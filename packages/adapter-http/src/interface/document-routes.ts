/** The routes by which a door describes itself: for programs, and for people. */
import { jsonResponse } from '../answer/answer.ts';
import type { Door } from '../options.ts';
import { type DocsPage, docsPage } from './docs-page.ts';
import { type Route, routeFor } from './route.ts';

/** Makes `GET /openapi.json` and `GET /docs` of a document, which is asked for when somebody wants it. */
export const documentRoutes = <D extends Pick<Door, 'limits'>>(
  document: () => Readonly<Record<string, unknown>>,
): { readonly readOpenapi: Route<D>; readonly readDocs: Route<D> } => {
  const open = routeFor<undefined, D>('none', async () => undefined);
  let page: DocsPage | undefined;
  return {
    readOpenapi: open(
      {
        operationId: 'readOpenapi',
        means: 'this interface, as OpenAPI 3.1',
        summary: 'This document',
        success: { status: 200, means: 'OpenAPI 3.1', body: { schema: { type: 'object' } } },
        problems: [],
      },
      () => jsonResponse(document()),
    ),
    readDocs: open(
      {
        operationId: 'readDocs',
        means: 'this interface, as a page for people',
        summary: 'This interface as a page: no script, nothing from elsewhere',
        success: { status: 200, means: 'HTML', body: 'page' },
        problems: [],
      },
      () => {
        // The page is made when it is first asked for: a process that nobody asks needs none.
        page ??= docsPage(document());
        return new Response(page.html, { status: 200, headers: page.headers });
      },
    ),
  };
};

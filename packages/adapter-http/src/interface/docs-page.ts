/** The interface as a page for people: one file, no script, nothing from elsewhere, and a style that its policy names by its hash. */

import { encodeBase64, isPlainObject } from '@tai-autonomics/core/receipt';
import { sha256 } from '@tai-autonomics/governor/door';
import { utf8 } from '../request/bytes.ts';

/** The page, and the headers that it is sent with. */
export interface DocsPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Members = Readonly<Record<string, unknown>>;

/** Renders an OpenAPI document of ours. Whatever stands in it is text, never markup. */
export const docsPage = (document: Members): DocsPage => {
  const html = pageOf(document);
  const hash = encodeBase64(sha256(utf8(STYLE)));
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'sha256-${hash}'`,
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  };
};

const STYLE = `
:root{color-scheme:light dark;--line:#d0d7de;--soft:#f6f8fa;--ink:#1f2328;--dim:#59636e;--get:#0969da;--post:#1a7f37}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#151b23;--ink:#e6edf3;--dim:#9198a1;--get:#4493f8;--post:#3fb950}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:2rem 1rem 6rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink)}
h1{margin:0 0 .25rem;font-size:1.6rem}h2{margin:2.5rem 0 .5rem;font-size:1.2rem}
p{margin:.4rem 0}.dim,dt,th{color:var(--dim)}
details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0}
summary{padding:.6rem .8rem;cursor:pointer}details[open]>summary{border-bottom:1px solid var(--line)}
details>div{padding:.4rem .8rem .8rem}
b{display:inline-block;min-width:3.4rem;font:600 .8rem ui-monospace,monospace}.get{color:var(--get)}.post{color:var(--post)}
code,pre{font:.85rem/1.45 ui-monospace,monospace}pre{overflow-x:auto;background:var(--soft);border-radius:.4rem;padding:.7rem;margin:.4rem 0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-top:1px solid var(--line);font-size:.9rem}
summary:focus-visible,a:focus-visible{outline:2px solid var(--get);outline-offset:2px}a{color:var(--get)}
`;

const CHARACTERS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (value: unknown): string =>
  String(value ?? '').replaceAll(/[&<>"']/g, (character) => CHARACTERS[character] ?? '');

const inside = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (node, step) => (isPlainObject(node) && Object.hasOwn(node, step) ? node[step] : undefined),
    value,
  );
const membersIn = (value: unknown): readonly (readonly [string, unknown])[] =>
  isPlainObject(value) ? Object.entries(value) : [];

const pageOf = (document: Members): string => {
  const operations = membersIn(document['paths']).flatMap(([path, methods]) =>
    membersIn(methods).map(([method, operation]) => operationOf(method, path, operation)),
  );
  const schemas = membersIn(inside(document, 'components', 'schemas')).map(
    ([name, schema]) =>
      `<details id="${escaped(name)}"><summary><code>${escaped(name)}</code></summary><div>${json(schema)}</div></details>`,
  );
  const title = escaped(inside(document, 'info', 'title'));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: interface</title><style>${STYLE}</style></head>
<body><h1>${title}</h1><p>${escaped(inside(document, 'info', 'description'))}</p>
<p class="dim">Send <code>Authorization: Bearer tai_…</code>. The same as a document: <a href="/openapi.json">/openapi.json</a></p>
<main><h2>Routes</h2>${operations.join('\n')}<h2>Schemas</h2>${schemas.join('\n')}</main></body></html>
`;
};

const operationOf = (method: string, path: string, operation: unknown): string => {
  const security = inside(operation, 'security');
  const key = Array.isArray(security) && security.length === 0 ? 'no key' : 'a key';
  return [
    `<details id="${escaped(inside(operation, 'operationId'))}">`,
    `<summary><b class="${method === 'get' ? 'get' : 'post'}">${escaped(method.toUpperCase())}</b> <code>${escaped(path)}</code>`,
    ` <span class="dim">${key}</span></summary><div><p>${escaped(inside(operation, 'summary'))}</p>`,
    parametersOf(inside(operation, 'parameters')),
    bodyOf(inside(operation, 'requestBody', 'content')),
    answersOf(inside(operation, 'responses')),
    '</div></details>',
  ].join('');
};

const parametersOf = (parameters: unknown): string => {
  if (!Array.isArray(parameters)) return '';
  const rows = parameters.map(
    (one) =>
      `<tr><td><code>${escaped(inside(one, 'name'))}</code></td><td>${escaped(inside(one, 'in'))}</td><td>${escaped(inside(one, 'description'))}</td></tr>`,
  );
  return `<table><tr><th>name</th><th>in</th><th></th></tr>${rows.join('')}</table>`;
};

const bodyOf = (content: unknown): string =>
  membersIn(content)
    .map(([type, body]) => `<p>Takes <code>${escaped(type)}</code>: ${schemaOf(inside(body, 'schema'))}</p>`)
    .join('');

const answersOf = (responses: unknown): string => {
  const rows = membersIn(responses).map(([status, response]) => {
    const types = membersIn(inside(response, 'content')).map(
      ([type, body]) => `<code>${escaped(type)}</code> ${schemaOf(inside(body, 'schema'))}`,
    );
    return `<tr><td><code>${escaped(status)}</code></td><td>${escaped(inside(response, 'description'))}</td><td>${types.join('<br>')}</td></tr>`;
  });
  return `<table><tr><th>answer</th><th></th><th></th></tr>${rows.join('')}</table>`;
};

const POINTER = '#/components/schemas/';

const schemaOf = (schema: unknown): string => {
  const all = [schema, ...[inside(schema, 'oneOf')].flat()];
  return all
    .flatMap((one) => {
      const pointer = inside(one, '$ref');
      if (typeof pointer !== 'string' || !pointer.startsWith(POINTER)) return [];
      const name = escaped(pointer.slice(POINTER.length));
      return [`<a href="#${name}">${name}</a>`];
    })
    .join(' or ');
};

const json = (schema: unknown): string => `<pre>${escaped(JSON.stringify(schema, null, 2))}</pre>`;

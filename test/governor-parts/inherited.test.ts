/** What a deployment reads of files and doors is the same in a host in which something changed `Object.prototype`. */
import { parseConfig } from '@tai-autonomics/cli';
import { parseCredentials, resourceDirectory } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { detectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { readDocument } from '../packs/read-document.ts';

const hash = 'A'.repeat(43);
const key = { keyId: '0123456789abcdef', hash, scope: [] };
const iam = { declared: { bindings: [] }, observed: { etag: 'e', bindings: [{ role: 'r', members: ['user:a@b.c'] }] } };

/** Documents as text, what reads each, and the optional members of each that are left out. */
const read: readonly (readonly [text: string, parse: (json: unknown) => unknown])[] = [
  ...[
    { ...key, tenant: 'acme', subject: { type: 'agent', id: 'bot' } },
    { ...key, subject: { type: 'marketplace', id: 'shop' } },
    { ...key, tenant: 'acme', subject: {} },
    { tenant: 'acme', subject: { type: 'user', id: 'ann' } },
  ].map((one): readonly [string, (json: unknown) => unknown] => [
    JSON.stringify({ format: 'tai-autonomics/credentials@1', credentials: [one] }),
    parseCredentials,
  ]),
  ['{"credentials":[]}', parseCredentials],
  ['{"mode":"eval","session":"s","domain":"d"}', parseConfig],
  ['{"mode":"contractual","domain":"d"}', parseConfig],
  ['{"mode":"eval","domain":"d","repositories":{"acme":{"x":{}}},"iam":{"acme":{"x":{}}}}', parseConfig],
  ['{"acme":{"checkout":{"kind":"service"},"copy":{}}}', (json) => E.isRight(resourceDirectory(json as never))],
  ...[iam, readDocument('prometheus-calm'), {}, { head: 'a' }, { status: 'success', data: {} }].map(
    (raw): readonly [string, (json: unknown) => unknown] => [
      JSON.stringify(raw),
      (json) => detectors.map(({ detect, seenAt }) => [detect(json), seenAt?.(json)]),
    ],
  ),
];

const said = (): string =>
  JSON.stringify(
    read.map(([text, parse]) => {
      const document = parseStrictJson(text, { comments: false, maxBytes: 1 << 20, maxDepth: 32 });
      return E.isRight(document) ? parse(document.right.value) : 'unreadable';
    }),
  );

const MEMBERS =
  `format credentials keyId hash scope tenant tenants subject type id relations expiresAt disabled mode session domain
  catalog packs selfHosted modules owners repositories deployments metrics throttle resources iam insurance dataRule path releaseTags
  repository declared policy google kind environment aliases bindings etag members role condition version observed status data
  resultType result values warnings isPartial head tags changes changeCount items metadata spec`.split(/\s+/);

test('whatever stands on Object.prototype, the same is read of a text', () => {
  const clean = said();
  const differing: string[] = [];
  for (const name of MEMBERS)
    for (const value of [true, [], {}, 'agent', ['x'], 'production', 3]) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
      let seen = '';
      try {
        seen = said();
      } catch (error) {
        seen = String(error);
      } finally {
        delete (Object.prototype as unknown as Record<string, unknown>)[name];
      }
      if (seen !== clean) differing.push(`${name}: ${JSON.stringify(value)}`);
    }
  expect(differing).toEqual([]);
});

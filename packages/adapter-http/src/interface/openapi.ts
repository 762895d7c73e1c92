/** The interface as OpenAPI 3.1, made of what the routes declare. Schemas are JSON Schema 2020-12; requests may not have other members. */
import { PROBLEMS, type ProblemCode } from '../answer/problem.ts';
import { BATCH_TYPE, EVENT_TYPE } from '../events/event-http.ts';
import { IDEMPOTENCY_KEY, NEEDLESS_KEY } from '../request/idempotency.ts';
import { ref, type Schema } from '../schema/schema.ts';
import type { Shapes } from '../schema/shape.ts';
import { closedSchema, openSchema } from '../schema/shape.ts';
import type { Body, Declared, Route, RouteKey, Success } from './route.ts';

/** What a document says of itself, and the schemas of its answers. */
interface Described {
  readonly description: string;
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** The document of these routes, by method and path. */
export const openapiOf = (
  routes: Readonly<Record<string, Pick<Route, 'declared'>>>,
  { description, schemas }: Described,
): Readonly<Record<string, unknown>> => {
  const paths: Record<string, Record<string, Schema>> = {};
  const bodies: Record<string, Schema> = {};
  for (const [name, { declared }] of Object.entries(routes)) {
    const [method = '', path = ''] = name.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(method, declared) };
    if (declared.body !== undefined) bodies[declared.body.name] = bodySchema(declared.body);
  }
  const known = { ...schemas, ...bodies };
  return {
    openapi: '3.1.1',
    info: {
      title: 'TAI Autonomics',
      version: '0.1.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description,
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', bearerFormat: 'tai_<keyid>_<secret>' },
        keyInUrl: { type: 'apiKey', in: 'query', name: 'key' },
        snsSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'x-amz-sns-message-type',
          description: 'No key: the message has a signature of Amazon SNS in it.',
        },
      },
      schemas: reachable(paths, known),
    },
  };
};

/** The schemas that something refers to, in their order. */
const reachable = (paths: unknown, known: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> => {
  const names = new Set<string>();
  const follow = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g))
      if (!names.has(name)) {
        names.add(name);
        follow(known[name] ?? {});
      }
  };
  follow(paths);
  return Object.fromEntries(Object.entries(known).filter(([name]) => names.has(name)));
};

const bodySchema = ({ holds }: Body): Schema => {
  if (!('members' in holds)) return holds.schema;
  return holds.others === 'ignored' ? openSchema(holds.members) : closedSchema(holds.members);
};

/** What stands at a route where it is not the document's own: a key in the header. */
const SECURITY: Readonly<Partial<Record<RouteKey, readonly Schema[]>>> = {
  none: [],
  push: [{ key: [] }, { keyInUrl: [] }],
  signed: [{ snsSignature: [] }],
};

const operationOf = (
  method: string,
  { operationId, summary, key, body, success, stepUp, problems, ...declared }: Declared,
): Schema => ({
  operationId,
  summary,
  responses: { [success.status]: successOf(success), ...problemsOf(problems, stepUp) },
  ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
  ...parametersOf(method === 'POST' ? keyed(declared) : declared),
  ...(SECURITY[key] === undefined ? {} : { security: SECURITY[key] }),
});

const contentOf = ({ name, events }: Body): Schema => ({
  'application/json': { schema: ref(name) },
  ...(events === undefined ? {} : { [EVENT_TYPE]: { schema: ref(name) }, [BATCH_TYPE]: { schema: ref(name) } }),
});

type Declaring = Pick<Declared, 'headers' | 'path' | 'query'>;

/** Every POST takes `Idempotency-Key`: the one that reads it says so itself. */
const keyed = ({ headers = [], ...others }: Declaring): Declaring => ({
  ...others,
  headers: headers.includes(IDEMPOTENCY_KEY) ? headers : [...headers, NEEDLESS_KEY],
});

const parametersOf = ({ headers = [], path = {}, query = {} }: Declaring): Schema => {
  const parameters = [
    ...placed(path, 'path'),
    ...placed(query, 'query'),
    ...headers.map((header) => ({ ...header, in: 'header', required: false })),
  ];
  return parameters.length === 0 ? {} : { parameters };
};

const placed = (shapes: Shapes, where: 'path' | 'query'): readonly Schema[] =>
  Object.entries(shapes).map(
    ([
      name,
      {
        schema: { description, ...schema },
      },
    ]) => ({
      name,
      in: where,
      required: where === 'path',
      ...(description === undefined ? {} : { description }),
      schema,
    }),
  );

/** What is not JSON, by its media type. */
const MEDIA: Readonly<Record<'text' | 'bundle' | 'events' | 'page', readonly [string, Schema]>> = {
  text: ['text/plain', { type: 'string' }],
  bundle: ['application/gzip', { description: 'bytes' }],
  events: ['text/event-stream', { type: 'string' }],
  page: ['text/html', { type: 'string' }],
};

const successOf = ({ means: description, body }: Success): Schema => {
  if (body === undefined) return { description };
  if (typeof body === 'string') {
    const [media, schema] = MEDIA[body];
    return { description, content: { [media]: { schema } } };
  }
  const schema = 'schema' in body ? body.schema : oneOf(body.json);
  return { description, content: { 'application/json': { schema } } };
};

const oneOf = (names: readonly string[]): Schema => {
  const [first = ''] = names;
  return names.length === 1 ? ref(first) : { oneOf: names.map(ref) };
};

/** The problems that a route may answer with, by status; and what comes with the status of a step-up. */
const problemsOf = (codes: readonly ProblemCode[], stepUp: string | undefined): Schema => {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: codes.filter((code) => PROBLEMS[code].status === status).join(', '),
        content: {
          'application/problem+json': { schema: ref('Problem') },
          ...(stepUp === undefined || status !== PROBLEMS.forbidden.status
            ? {}
            : { 'application/json': { schema: ref(stepUp) } }),
        },
      },
    ]),
  );
};

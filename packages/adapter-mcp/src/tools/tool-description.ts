/** A tool as agents read it: its name, its arguments, its hints. All of it is derived from what the pack declares. */
import type { Tool } from '@modelcontextprotocol/server';
import { express, type JsonSchema, jsonSchemaOf } from '@tai-autonomics/core/author';
import type { VisibleAction, VisibleTool } from '@tai-autonomics/governor';
import { BRIEF_SCHEMA, envelopeSchemaOf } from '../answer/envelope-schema.ts';
import { choosesAction, memberOf, needsResource, WHOLE_TENANT } from './call.ts';

type Argument = VisibleAction['arguments'][string];
type Property = Partial<JsonSchema> & {
  readonly description: string;
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[];
};

/** A tool as `tools/list` shows it. */
export const describeTool = (tool: VisibleTool): Tool => {
  return {
    name: tool.tool,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchemaOf(tool),
    outputSchema: BRIEF_SCHEMA,
    annotations: annotationsOf(tool),
  };
};

/** All that a tool answers with: the envelope, and its result after a success. */
export const outputSchemaOf = ({ actions }: VisibleTool): NonNullable<Tool['outputSchema']> => {
  // What changes the ledger alone returns nothing: its receipt is the answer.
  const answering = actions.filter(({ effect }) => effect !== 'internal');
  return envelopeSchemaOf(answering.map(({ returns }) => returns));
};

const resourceOf = (tool: VisibleTool): Property => ({
  type: 'string',
  description: needsResource(tool) ? 'What this is about, for instance a service.' : 'What this is about.',
  ...(needsResource(tool) ? {} : { default: WHOLE_TENANT }),
});

const actionOf = ({ actions }: VisibleTool): Property => ({
  type: 'string',
  enum: actions.map(({ action }) => action),
  description: `What to do. ${actions.map(({ action, means }) => `${action}: ${means}.`).join(' ')}`,
});

/** Bounds that every value of a kind has. They are checked all the same, and need not be paid for with every argument. */
const EVERYWHERE: Readonly<Record<string, number>> = {
  minLength: 1,
  maxLength: 1_024,
  maxItems: 256,
  maximum: Number.MAX_SAFE_INTEGER,
};

/** A schema without what goes without saying. */
const brief = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema)
      .filter(([word, value]) => !Object.hasOwn(EVERYWHERE, word) || EVERYWHERE[word] !== value)
      .map(([word, value]) => [word, word === 'items' ? brief(value as JsonSchema) : value]),
  ) as unknown as JsonSchema;

/** Defaults that say no more than that the argument may be left out. */
const isNothing = (value: unknown): boolean =>
  value === '1970-01-01T00:00:00.000Z' ||
  value === '9999-12-31T23:59:59.999Z' ||
  (Array.isArray(value) && value.length === 0);

/** One member that carries the same argument of one or several actions. */
const argumentOf = (uses: readonly Argument[]): Property => {
  const schemas = [...new Map(uses.map(({ type }) => [JSON.stringify(type), brief(jsonSchemaOf(type))])).values()];
  const [only] = schemas;
  const description = [...new Set(uses.map(({ means }) => means))].join('; or: ');
  const defaults = uses.flatMap(({ type, otherwise }) => (otherwise === undefined ? [] : [express(type, otherwise)]));
  return {
    ...(schemas.length === 1 && only !== undefined ? only : { anyOf: schemas }),
    description,
    ...(uses.length === 1 && defaults.length === 1 && !isNothing(defaults[0]) ? { default: defaults[0] } : {}),
  };
};

const argumentsOf = ({ actions }: VisibleTool): { properties: Record<string, Property>; required: string[] } => {
  const uses = new Map<string, Argument[]>();
  for (const action of actions) {
    for (const [name, argument] of Object.entries(action.arguments)) {
      const member = memberOf(actions, name);
      uses.set(member, [...(uses.get(member) ?? []), argument]);
    }
  }
  const properties = Object.fromEntries([...uses].map(([member, all]) => [member, argumentOf(all)]));
  const isRequired = (all: readonly Argument[]): boolean =>
    all.length === actions.length && all.every(({ otherwise }) => otherwise === undefined);
  return { properties, required: [...uses].filter(([, all]) => isRequired(all)).map(([member]) => member) };
};

/** The arguments of a tool as JSON Schema 2020-12. With several actions, `action` chooses and decides what else is needed. */
const inputSchemaOf = (tool: VisibleTool): Tool['inputSchema'] => {
  const own = argumentsOf(tool);
  const properties: Record<string, Property> = {
    ...(choosesAction(tool) ? { action: actionOf(tool) } : {}),
    resource: resourceOf(tool),
    ...own.properties,
  };
  const required = [
    ...(choosesAction(tool) ? ['action'] : []),
    ...(needsResource(tool) ? ['resource'] : []),
    ...own.required,
  ];
  return {
    type: 'object',
    // Plain JSON; the SDK's type of JSON knows no `readonly`.
    properties: properties as unknown as NonNullable<Tool['inputSchema']['properties']>,
    required,
    additionalProperties: false,
  };
};

/** Hints for hosts, all four said: the protocol's defaults would call every tool destructive and open to the world. */
const annotationsOf = (tool: VisibleTool): NonNullable<Tool['annotations']> => ({
  readOnlyHint: tool.actions.every(({ effect }) => effect === 'read'),
  destructiveHint: needsResource(tool),
  idempotentHint: tool.actions.every(({ idempotent }) => idempotent),
  openWorldHint: needsResource(tool),
});

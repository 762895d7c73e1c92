/** Agents pay for `tools/list` in every session: what it may cost, and the rules of the big model APIs for what a tool may be. */
import { readFileSync } from 'node:fs';
import type { TextDecoder as NodeTextDecoder } from 'node:util';
import type { Tool } from '@modelcontextprotocol/client';
import { ROLES } from '@tai-autonomics/core/author';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectInMemory } from './clients.ts';
import { createTenants, ownerOf, robotOf } from './tenants.ts';

declare global {
  /** What the tokenizer's types ask for by the DOM's name. */
  interface TextDecoder extends NodeTextDecoder {}
}

const tokens = (json: unknown): number => encode(typeof json === 'string' ? json : JSON.stringify(json)).length;

/** Every tool of the largest plan, as an agent with every role sees it, and as the owner does. */
let agents: readonly Tool[] = [];
let owners: readonly Tool[] = [];
let instructions = '';
beforeAll(async () => {
  const { governor, buy } = await createTenants();
  await buy('acme', 'enterprise');
  const listed = async (caller: Parameters<typeof connectInMemory>[0]['caller']): Promise<readonly Tool[]> => {
    const { client, close } = await connectInMemory({ governor, caller }, '2026-07-28');
    const { tools } = await client.listTools();
    instructions = client.getInstructions() ?? '';
    await close();
    return tools;
  };
  agents = await listed(robotOf('acme', ...ROLES));
  owners = await listed({ ...ownerOf('acme'), scope: ROLES });
  await governor.close();
});

/** JSON Schemas in a schema, itself among them. */
const schemasIn = (json: unknown): readonly Readonly<Record<string, unknown>>[] =>
  typeof json !== 'object' || json === null
    ? []
    : [json as Readonly<Record<string, unknown>>, ...Object.values(json).flatMap(schemasIn)];

test('the tools of the largest plan cost an agent less than 8 000 tokens, and what the page says', () => {
  expect(agents.length).toBeGreaterThan(25);
  const [, said = '0'] = /less than ([\d ]+) tokens/.exec(readFileSync('docs/mcp.md', 'utf8')) ?? [];
  expect(said).toBe('8 000');
  expect(tokens(agents)).toBeLessThan(Number(said.replaceAll(' ', '')));
});

test('the instructions cost less than 800 tokens, and what every tool answers stands in them once', () => {
  expect(tokens(instructions)).toBeLessThan(800);
  for (const member of ['outcome', 'reasons', 'next', 'receipt', 'schema://envelope'])
    expect(instructions).toContain(member);
  expect(new Set(agents.map(({ outputSchema }) => JSON.stringify(outputSchema))).size).toBe(1);
  expect(tokens(agents[0]?.outputSchema)).toBeLessThan(50);
});

const everybody = (): readonly Tool[] => [...agents, ...owners];

describe('what the big model APIs say of a tool', () => {
  test('a name has at most 64 characters, and no other than letters, digits, _ and -', () => {
    for (const { name } of everybody()) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });
  test('a name begins with a letter or an underscore', () => {
    for (const { name } of everybody()) expect(name).toMatch(/^[a-zA-Z_]/);
  });
  test('a description has at most 1 024 characters', () => {
    for (const { description = '' } of everybody()) {
      expect(description.length).toBeGreaterThan(20);
      expect(description.length).toBeLessThanOrEqual(1_024);
    }
  });
  test('the root of an input schema is an object, without oneOf, anyOf, allOf, not and enum', () => {
    for (const { inputSchema } of everybody()) {
      expect(inputSchema.type).toBe('object');
      for (const word of ['oneOf', 'anyOf', 'allOf', 'not', 'enum'])
        expect(Object.hasOwn(inputSchema, word)).toBe(false);
    }
  });
  test('a member has a name of at most 64 letters, digits, _, . and -', () => {
    for (const { inputSchema } of everybody())
      for (const name of Object.keys(inputSchema.properties ?? {})) expect(name).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
  });
  test('every member has a description, and a type or a choice of types', () => {
    for (const { inputSchema } of everybody())
      for (const member of Object.values(inputSchema.properties ?? {})) {
        expect(member).toMatchObject({ description: expect.stringMatching(/./) });
        expect(Object.hasOwn(member as object, 'type') || Object.hasOwn(member as object, 'anyOf')).toBe(true);
      }
  });
  test('what is required is declared', () => {
    for (const { inputSchema } of everybody())
      for (const name of inputSchema.required ?? []) expect(Object.keys(inputSchema.properties ?? {})).toContain(name);
  });
  test('no schema refers to another, and a list says what is in it', () => {
    for (const { inputSchema } of everybody())
      for (const schema of schemasIn(inputSchema)) {
        expect(Object.hasOwn(schema, '$ref')).toBe(false);
        if (schema['type'] === 'array') expect(Object.hasOwn(schema, 'items')).toBe(true);
      }
  });
  test('there are at most 128 tools, and no two have one name', () => {
    expect(agents.length).toBeLessThanOrEqual(128);
    for (const list of [agents, owners]) expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  });
});

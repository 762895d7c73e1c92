/**
 * A list that costs an agent little: each tool by its name and the first sentence of what it says of itself. Everything else
 * is told on demand, by `describe_tool`, which decides nothing. What a tool takes is checked the same, whatever was listed.
 */
import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import { noticeOf } from '@tai-autonomics/core/engine';
import type { Envelope } from '../answer/envelope.ts';
import { BRIEF_SCHEMA } from '../answer/envelope-schema.ts';
import { markLines } from '../answer/words.ts';
import type { Reader } from '../recorded-read.ts';

/** How much of each tool `tools/list` says: all of it, or what is needed to choose one. */
export type Listing = 'full' | 'brief';

/** The listing of this name; `undefined` for any other name. */
export const listingOf = (name: string): Listing | undefined =>
  name === 'full' || name === 'brief' ? name : undefined;

/** The tool that tells the rest of another one. */
export const DESCRIBE_TOOL = 'describe_tool';

/** The whole list in brief. A pack's tool of the name `describe_tool` takes the place of the door's. */
export const listBriefly = (tools: readonly Tool[]): readonly Tool[] =>
  tools.some(({ name }) => name === DESCRIBE_TOOL) ? tools.map(briefOf) : [...tools.map(briefOf), TOOL];

/** Answers a call of `describe_tool`. A tool that the caller does not have is answered like one that never was. */
export const describeOnDemand = (
  { governor: { mode } }: Pick<Reader, 'governor'>,
  tools: readonly Tool[],
  given: Readonly<Record<string, unknown>>,
): CallToolResult => {
  const { tool: name } = given;
  const tool = tools.find((one) => one.name === name);
  if (typeof name !== 'string' || Object.keys(given).length > 1)
    return answer({
      ...noticeOf(mode),
      outcome: 'invalid',
      why: 'malformed',
      detail: 'tool is the only argument, and the name of a tool',
    });
  if (tool === undefined)
    return answer({
      ...noticeOf(mode),
      outcome: 'invalid',
      why: 'malformed',
      detail: 'no such tool exists for you; list the tools again',
    });
  return answer({ ...noticeOf(mode), outcome: 'approved', verdict: 'approve', status: 'success', result: tool }, tool);
};

const briefOf = ({ name, description = '', annotations }: Tool): Tool => ({
  name,
  description: firstSentence(description),
  inputSchema: { type: 'object', properties: {} },
  // The protocol takes a tool that says nothing for one that changes the world.
  annotations:
    annotations?.readOnlyHint === true
      ? { readOnlyHint: true }
      : { destructiveHint: annotations?.destructiveHint ?? true },
});

const firstSentence = (text: string): string => /^.*?[.:](?=\s|$)/su.exec(text)?.[0].replace(/:$/u, '.') ?? text;

const TOOL: Tool = {
  name: DESCRIBE_TOOL,
  description: 'What a tool does and which arguments it takes. Call it before you call a tool for the first time.',
  inputSchema: {
    type: 'object',
    properties: { tool: { type: 'string', description: 'The name of a tool of this list' } },
    required: ['tool'],
    additionalProperties: false,
  },
  outputSchema: BRIEF_SCHEMA,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
};

const answer = (envelope: Envelope, tool?: Tool): CallToolResult => {
  const lines =
    tool === undefined
      ? [`INVALID ${DESCRIBE_TOOL}: ${envelope.detail}.`]
      : [`APPROVED ${DESCRIBE_TOOL}: answered; nothing was decided.`, JSON.stringify(tool)];
  return {
    content: [{ type: 'text', text: [...lines, ...markLines(envelope)].join('\n') }],
    structuredContent: envelope,
    isError: tool === undefined,
  };
};

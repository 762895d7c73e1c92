/**
 * Messages, read as strictly as every body at the other doors: what says a member twice is no message. A gateway in front that
 * reads the first of two members would authorise something else than is done.
 */
import { parseStrictJson } from '@tai-autonomics/governor/json';

/** An answer of JSON-RPC that says what is wrong with a message. */
export interface MessageFault {
  readonly jsonrpc: '2.0';
  readonly id: string | number | null;
  readonly error: { readonly code: -32_700 | -32_600; readonly message: string };
}

const DEPTH_MAX = 64;

/**
 * What is wrong with the text of a message: -32700 for what is no JSON; -32600, with the message's id where it says one, for
 * JSON that two readers could take for two things: a member twice, `__proto__`, `constructor` or `prototype`, a lone surrogate.
 */
export const messageFault = (text: Uint8Array | string, maxBytes: number): MessageFault | undefined => {
  const strict = parseStrictJson(text, { comments: false, maxBytes, maxDepth: DEPTH_MAX });
  if (strict._tag === 'Right') return undefined;
  const { line, column, expected, found } = strict.left;
  const why = `line ${line}, column ${column}: expected ${expected}, found ${found}`;
  const lenient = parse(typeof text === 'string' ? text : new TextDecoder().decode(text));
  if (lenient === undefined)
    return { jsonrpc: '2.0', id: null, error: { code: -32_700, message: `Parse error: ${why}` } };
  return { jsonrpc: '2.0', id: idOf(lenient), error: { code: -32_600, message: `Invalid Request: ${why}` } };
};

const idOf = (message: unknown): string | number | null => {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'id')) return null;
  const { id } = message as { readonly id: unknown };
  return typeof id === 'number' || (typeof id === 'string' && isWellFormed(id)) ? id : null;
};

/** An id with a lone surrogate can't be sent back: the answer would be what the message was refused for. */
const isWellFormed = (text: string): boolean => new TextDecoder().decode(new TextEncoder().encode(text)) === text;

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

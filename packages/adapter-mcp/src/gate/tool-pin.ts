/** What is pinned of a tool: everything that a model is told of it. */
import type { Tool } from '@modelcontextprotocol/server';
import { nodeSha256 } from '@tai-autonomics/governor/node';

/** The SHA-256 of a tool's description, schemas and hints, base64url; `undefined` for what can't be written down. */
export const pinOf = ({
  name,
  title,
  description,
  inputSchema,
  outputSchema,
  annotations,
}: Tool): string | undefined => {
  try {
    return digestOf({ name, title, description, inputSchema, outputSchema, annotations });
  } catch {
    // Deeper than a stack, say: it can't be compared, so it is never as it was.
    return undefined;
  }
};

/** The SHA-256 of a value, base64url: the same for the same members in another order. Throws for what is deeper than the stack. */
export const digestOf = (value: unknown): string =>
  Buffer.from(nodeSha256(Buffer.from(JSON.stringify(sorted(value))))).toString('base64url');

const sorted = (value: unknown): unknown => {
  // A list says that it is one: without it, `[]` and `{}` were the same, and an object and the list of its pairs.
  if (Array.isArray(value)) return ['list', ...value.map(sorted)];
  if (typeof value !== 'object' || value === null) return value;
  // Pairs, so that no member's name means anything to the host.
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => ['member', name, sorted(member)]);
};

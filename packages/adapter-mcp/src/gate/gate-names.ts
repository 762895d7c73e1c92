/** How the tools and arguments of somebody else's server are called in a pack. */
import { nodeSha256 } from '@tai-autonomics/governor/node';

/** What every action of a gate's pack takes, beside what it declares of the tool's own arguments. */
export const GATE_ARGUMENTS = ['gate_pin', 'gate_seen', 'gate_call', 'gate_mode'] as const;

/** The value of `gate_pin` for a tool that is not described as it was imported. */
export const CHANGED = 'changed';

/** The value of `gate_pin` while nobody knows how the tool is described: its server cannot be reached. */
export const UNREACHABLE = 'unreachable';

/** The action of a tool; two tools never have the same. */
export const actionNameOf = (pack: string, tool: string): string => nameOf(`${pack}_${tool}`);

/** The argument of a pack for one of a tool's. */
export const argumentNameOf = (name: string): string => nameOf(name);

/** What is not a pack's own kind of name is made one, and told apart by a piece of its digest. */
const nameOf = (text: string): string => {
  if (/^[a-z][a-z0-9_]{0,63}$/.test(text)) return text;
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  const digest = Buffer.from(nodeSha256(Buffer.from(text)))
    .toString('hex')
    .slice(0, 8);
  return `${/^[a-z]/.test(plain) ? '' : 'x_'}${plain}`.slice(0, 55).concat('_', digest);
};

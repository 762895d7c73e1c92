/** What a gate has to say before its first call. */
import type { GateOptions } from './gate.ts';
import { actionNameOf } from './gate-names.ts';
import { actionsOf, pinIn } from './pack-actions.ts';

/**
 * What whoever starts a gate has to know, a line each: that the pack is not in force for the caller, tools that it doesn't
 * have or that changed, and what the server offers that doesn't pass. Asks the server; empty where all is as it should be.
 */
export const gateNotices = async (options: GateOptions): Promise<readonly string[]> => {
  const { pack, upstream, caller, shadow } = options;
  const [tools, actions] = await Promise.all([upstream.tools(), actionsOf(options)]);
  const meanwhile = shadow === true ? 'is passed on and recorded as refused' : 'is unknown';
  // Whoever cannot be asked now refuses each call, and says why.
  if (actions === undefined) return [];
  if (actions.size === 0)
    return [
      `the pack ${pack} is not in force for ${caller.subject.type}:${caller.subject.id} of ${caller.tenant}, so every call ${meanwhile}: ` +
        `add its file to \`packs\` of config.json, let whoever holds the ledger read it (SIGHUP or a new start), and give --scope a role of ${pack}`,
    ];
  if (tools === undefined)
    return ['the server behind the gate cannot be reached: calls are refused until it can, and each tries again'];
  const named = [...tools].map(([name, tool]) => ({ name, tool, action: actions.get(actionNameOf(pack, name)) }));
  const without = named.filter(({ action }) => action === undefined).map(({ name }) => name);
  const changed = named.flatMap(({ name, tool, action }) =>
    action !== undefined && pinIn(action) !== tool.pin ? [name] : [],
  );
  const others = await upstream.others();
  return [
    ...(without.length === 0
      ? []
      : [`not in the pack ${pack}, or beyond --scope: ${some(without)}; a call of one ${meanwhile} (tai mcp import)`]),
    ...(changed.length === 0
      ? []
      : [
          `described otherwise than when they were imported: ${some(changed)}; an Andon is raised, see docs/mcp-gate.md`,
        ]),
    ...(others.length === 0 ? [] : [`the server also offers ${others.join(', ')}: the gate passes tools alone`]),
  ];
};

/** The first of many names. */
const some = (names: readonly string[]): string =>
  `${names
    .slice(0, 10)
    .map((name) => JSON.stringify(name.slice(0, 100)))
    .join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;

/** The pack of a gate, as the tenant of its caller has it. */
import type { Caller, Governor, VisibleAction, VisibleTool } from '@tai-autonomics/governor';
import { CHANGED, UNREACHABLE } from './gate-names.ts';

/** Whose pack is looked at. */
interface PackOf {
  readonly governor: Governor;
  readonly caller: Caller;
  readonly pack: string;
}

/** The actions of a pack, by name. */
export type PackActions = ReadonlyMap<string, VisibleAction>;

/** The actions of the gate's pack that the caller has now; `undefined` where the governor cannot say. */
export const actionsOf = async ({ governor, caller, pack }: PackOf): Promise<PackActions | undefined> => {
  const tools = await governor.tools(caller);
  return tools._tag === 'Left' ? undefined : actionsIn(tools.right, pack);
};

/** The digest under which a tool was imported. */
export const pinIn = ({ arguments: declared }: VisibleAction): string | undefined => {
  const type = Object.hasOwn(declared, 'gate_pin') ? declared['gate_pin']?.type : undefined;
  return type?.type === 'enum' ? type.values.find((value) => value !== CHANGED && value !== UNREACHABLE) : undefined;
};

/** What is said of a tool whose server cannot be reached; a pack of an earlier import knows no better than that it changed. */
export const unreachableIn = ({ arguments: declared }: VisibleAction): string => {
  const type = Object.hasOwn(declared, 'gate_pin') ? declared['gate_pin']?.type : undefined;
  return type?.type === 'enum' && type.values.includes(UNREACHABLE) ? UNREACHABLE : CHANGED;
};

/** A governor in this process answers the same list as long as nothing changed. */
const remembered = new WeakMap<readonly VisibleTool[], { readonly pack: string; readonly actions: PackActions }>();

const actionsIn = (tools: readonly VisibleTool[], pack: string): PackActions => {
  const known = remembered.get(tools);
  if (known?.pack === pack) return known.actions;
  const own = tools.filter((tool) => tool.pack === pack).flatMap(({ actions }) => actions);
  const actions = new Map(own.map((one) => [one.action, one]));
  remembered.set(tools, { pack, actions });
  return actions;
};

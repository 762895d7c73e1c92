/** Tests one condition of an action on whole observations: for questions about a policy, not for deciding. */
import type { Catalog } from '../catalog.ts';
import type { Observation } from '../observation.ts';
import type { Condition } from '../policy/condition.ts';
import type { FactId } from '../policy/fact.ts';
import { argumentReader } from '../reading.ts';
import type { CompiledAction } from './action.ts';
import { compileCondition, type Truth } from './evaluator.ts';
import { actionScope, complaints, createSlots } from './scope.ts';

/** What conditions of an action are on an observation. They must be unfolded, and well-typed in the action's catalog. */
export const createTester = (
  catalog: Pick<Catalog, 'facts' | 'readerOf'>,
  { action }: CompiledAction,
): ((c: Condition) => (o: Observation) => Truth) => {
  const outer = {
    fact: (id: FactId) => catalog.facts.get(id),
    names: () => catalog.facts.keys(),
    reader: catalog.readerOf,
  };
  const scope = actionScope(outer, action.arguments, argumentReader);
  return (c) => {
    const slots = createSlots();
    const test = compileCondition(c, [], { scope, slots, to: complaints() });
    const readers = slots.facts.map((id) => scope.reader(id));
    return (o) => test(readers.map((reader) => reader(o)));
  };
};

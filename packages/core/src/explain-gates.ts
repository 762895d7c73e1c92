/** One decision, gate by gate: what each required, what was seen, and what was needed. */
import type { Catalog } from './catalog.ts';
import type { CompiledAction, CompiledRequirement } from './compile/action.ts';
import { FALSE, TRUE } from './compile/evaluator.ts';
import { express, type Type, type Wire } from './data/value.ts';
import { decide } from './decide.ts';
import type { Reason } from './decision.ts';
import { GATES, type GateId } from './gates/gate.ts';
import type { Observation } from './observation.ts';
import type { Condition } from './policy/condition.ts';
import type { FactId } from './policy/fact.ts';
import { type Missing, missingOf, type Sight } from './reading.ts';

/** What was seen of a fact: its value in wire form, or why there is none. */
export interface FactSeen {
  readonly fact: FactId;
  readonly reading: { readonly known: Wire } | { readonly missing: Missing | 'invalid' };
}
/** One requirement of a gate. */
export interface ExplainedRequirement {
  readonly code: string;
  readonly means: string;
  readonly truth: 'true' | 'false' | 'unknown';
  readonly needed: Condition;
  readonly seen: readonly FactSeen[];
}
/** One gate with its requirements. A gate that was not evaluated shows what it would have said. */
export interface ExplainedGate {
  readonly gate: GateId;
  readonly result: 'passed' | 'failed' | 'not_evaluated';
  readonly requirements: readonly ExplainedRequirement[];
  /** The reasons that the decision gives at this gate. */
  readonly reasons: readonly Reason[];
}

/** The gates of one observation; empty if the catalog has no such action. For whoever may read all of it: it hides nothing. */
export const explainGates = (catalog: Catalog, o: Observation): readonly ExplainedGate[] => {
  const action = catalog.actions.get(o.intent.action.id);
  if (action === undefined) return [];
  const decision = decide(catalog, o);
  const sights = action.readers.map((reader) => reader(o));
  return GATES.map(
    (gate, g): ExplainedGate => ({
      gate,
      result: decision.trace[g]?.result ?? 'not_evaluated',
      requirements: action.requirements
        .filter((r) => r.gate === g)
        .map((r) => explainRequirement(catalog, action, r, sights)),
      reasons: decision.verdict === 'approve' ? [] : decision.reasons.filter((reason) => reason.gate === gate),
    }),
  );
};

const explainRequirement = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  sights: readonly Sight[],
): ExplainedRequirement => {
  const truth = r.test(sights);
  const seen = [...new Set(r.slots)].map((slot): FactSeen => {
    const fact = action.facts[slot] ?? '';
    const sight = sights[slot] ?? '';
    return typeof sight === 'symbol'
      ? { fact, reading: { missing: missingOf(sight) ?? 'invalid' } }
      : { fact, reading: { known: express(typeOf(catalog, action, fact), sight) } };
  });
  return {
    code: r.code,
    means: r.means,
    truth: truth === TRUE ? 'true' : truth === FALSE ? 'false' : 'unknown',
    needed: r.when,
    seen,
  };
};

const typeOf = (catalog: Catalog, action: CompiledAction, id: FactId): Type =>
  catalog.facts.get(id)?.type ?? action.action.arguments[id.slice('argument.'.length)]?.type ?? { type: 'string' };

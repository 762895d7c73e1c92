/** For whoever writes packs and policies: their types, the typed condition builder, words and schemas of what is declared. */
export { type JsonSchema, jsonSchemaOf } from '../data/json-schema.ts';
export type { ResultSchema, ResultType } from '../data/result-schema.ts';
export {
  admit,
  describeType,
  express,
  type FieldType,
  type RecordsType,
  sameValue,
  type Type,
  type Value,
  type Wire,
} from '../data/value.ts';
export { DAYS, type Day, type Window } from '../data/windows.ts';
export {
  normaliseSelection,
  type PackSelection,
  type SelectionNote,
  type SelectionProblem,
} from '../entitlement/pack-selection.ts';
export {
  type Action,
  type ActionId,
  type After,
  type Ask,
  type Change,
  type Choice,
  type Code,
  type Does,
  type EventId,
  type Limits,
  NAMED_KINDS,
  type NamedKind,
  type OutcomeStatus,
  RELATIONS,
  type Relation,
  type Remedy,
  type Requirement,
  type RunsStep,
  STATUSES,
  type Status,
  SUBJECT_TYPES,
  type SubjectType,
  type Times,
  type Who,
  type Write,
} from '../policy/action.ts';
export type { PackId, Plan, PlanId, Tool, ToolId } from '../policy/catalog-source.ts';
export {
  type Comparison,
  type Condition,
  type FactOperand,
  OPS,
  type Op,
  type Operand,
  type Quantified,
  type Right,
} from '../policy/condition.ts';
export {
  all,
  any,
  conditionsOn,
  each,
  type FactTerm,
  type ListTerm,
  type Named,
  namesOf,
  not,
  row,
} from '../policy/condition-builder.ts';
export { describeCondition } from '../policy/condition-text.ts';
export type {
  Argument,
  Cell,
  CellId,
  ContextFact,
  Fact,
  FactId,
  LedgerFact,
  ObservedFact,
  PlanFact,
  RequestFact,
  StepFact,
  Term,
} from '../policy/fact.ts';
export type { PolicyId, PolicyRequirement, PolicyTarget } from '../policy/policy-document.ts';
export { expectedRole, isRole, PACK_ROLE_FORM, type PackRole, ROLES, type Role, rolesOf } from '../policy/role.ts';
export type { AccountTerms, DomainTerms, SupportTerms } from '../policy/support-terms.ts';
export {
  CATEGORIES,
  type Category,
  FIRST_ROLLOUT,
  parseRecipe,
  RECIPE_FORMAT,
  type Recipe,
  type RecipeArguments,
  type RecipeStep,
  recipeDigest,
  recipeName,
  STEPS_MAX,
  type Undo,
} from '../recipe/recipe.ts';
export { isMoreSpecific } from '../recipe/specificity.ts';

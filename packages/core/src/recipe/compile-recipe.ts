/** A recipe under a catalog: what it names, in the types that it has; and its conditions, unfolded. */
import type { Catalog } from '../catalog.ts';
import type { CompiledAction } from '../compile/action.ts';
import { compileCondition } from '../compile/evaluator.ts';
import { aboutWritten, expandCondition } from '../compile/expand.ts';
import { type Complaints, checkKept, compileTerm, complaints, createSlots, type Scope } from '../compile/scope.ts';
import type { Issue, Path } from '../data/issue.ts';
import type { Condition } from '../policy/condition.ts';
import { expectedRole, rolesOf } from '../policy/role.ts';
import type { Recipe, RecipeArguments, RecipeStep } from './recipe.ts';

/** A recipe as a catalog reads it. Where there are issues, the rest means nothing. */
export interface CompiledRecipe {
  readonly issues: readonly Issue[];
  readonly symptom: Condition;
  readonly verify: Condition;
}

/** What a remedy takes so that its incident knows of it. */
const INCIDENT_ARGUMENT = 'incident';

/** Everything that is wrong with what a recipe names, with its place in the recipe. */
export const compileRecipe = (catalog: Catalog, recipe: Recipe): CompiledRecipe => {
  const to = complaints();
  const scope = scopeOf(catalog);
  const symptom = checkCondition(catalog, recipe.symptom, ['symptom'], scope, to);
  const verify = checkCondition(catalog, recipe.verify, ['verify'], scope, to);
  const needed = new Set<string>();
  const last = recipe.steps.length - 1;
  for (const [i, { action, arguments: args, undo, incident }] of recipe.steps.entries()) {
    checkAsked(catalog, { action, args, path: ['steps', i] }, scope, to, needed);
    if (i === last) checkLast(catalog, { action, incident }, ['steps', i], to);
    else {
      checkIncident(catalog, { action, incident }, ['steps', i], to);
      // An incident has one remedy, the last step: asked for before, it would be over too early.
      if (action === recipe.steps[last]?.action)
        to.add(['steps', i, 'action'], 'before the last step another action than the last one', `\`${action}\``);
    }
    if (undo.by !== 'action') continue;
    checkIncident(catalog, undo, ['steps', i, 'undo'], to);
    checkAsked(catalog, { action: undo.action, args: undo.arguments, path: ['steps', i, 'undo'] }, scope, to, needed);
    if (undo.action === action && JSON.stringify(undo.arguments) === JSON.stringify(args))
      to.add(['steps', i, 'undo'], 'what takes the step back', 'the step itself');
  }
  checkRoles(catalog, recipe, needed, to);
  return { issues: to.issues, symptom, verify };
};

/** An action to ask questions about conditions with, whichever it is: they look at none of its arguments. */
export const hostOf = (catalog: Catalog): CompiledAction | undefined => {
  let host: CompiledAction | undefined;
  for (const action of catalog.actions.values()) {
    const size = Object.keys(action.action.arguments).length;
    if (host === undefined || size < Object.keys(host.action.arguments).length) host = action;
    if (size === 0) break;
  }
  return host;
};

/** Whether an action takes an incident; `undefined` for one that there isn't. */
const takesIncident = (catalog: Catalog, action: string): boolean | undefined => {
  const known = catalog.actions.get(action);
  return known === undefined ? undefined : Object.hasOwn(known.action.arguments, INCIDENT_ARGUMENT);
};

/** What may be asked for in the incident. */
type InIncident = Pick<RecipeStep, 'action'> & { readonly incident: true | undefined };

/** The last step is the remedy: it is asked for in the incident, and needn't say so. */
const checkLast = (catalog: Catalog, { action, incident }: InIncident, path: Path, to: Complaints): void => {
  if (takesIncident(catalog, action) === false)
    to.add([...path, 'action'], 'a remedy: an action that takes an incident', `\`${action}\``);
  if (incident === true)
    to.add([...path, 'incident'], 'nothing: the last step is always asked for in the incident', '`true`');
};

/** A step before the last, and a way back, are asked for in the incident exactly where their action takes one. */
const checkIncident = (
  catalog: Catalog,
  { action, incident }: Partial<InIncident> & Pick<InIncident, 'action'>,
  path: Path,
  to: Complaints,
): void => {
  const takes = takesIncident(catalog, action);
  if (takes === true && incident === undefined)
    to.add([...path, 'incident'], `\`true\`: \`${action}\` takes an incident`, 'nothing');
  if (takes === false && incident === true)
    to.add([...path, 'incident'], `nothing: \`${action}\` takes no incident`, '`true`');
};

const scopeOf = (catalog: Catalog): Scope => ({
  fact: (id) => catalog.facts.get(id),
  names: () => catalog.facts.keys(),
  reader: catalog.readerOf,
});

const checkCondition = (catalog: Catalog, c: Condition, path: Path, scope: Scope, to: Complaints): Condition => {
  const about = aboutWritten(c, path, to);
  const unfolded = expandCondition(c, catalog.source, path, about);
  const slots = createSlots();
  compileCondition(unfolded, path, { scope, slots, to: about });
  checkKept(slots.facts, {}, scope, path, to);
  return unfolded;
};

interface AskedFor {
  readonly action: string;
  readonly args: RecipeArguments;
  readonly path: Path;
}

/** An action that an agent may ask for, with all its arguments, each of its type. */
const checkAsked = (
  catalog: Catalog,
  { action, args, path }: AskedFor,
  scope: Scope,
  to: Complaints,
  needed: Set<string>,
): void => {
  const known = catalog.actions.get(action)?.action;
  if (known === undefined) {
    to.add(
      [...path, 'action'],
      `an action of the catalog${to.hint(action, () => catalog.actions.keys())}`,
      `\`${action}\``,
    );
    return;
  }
  if (!known.who.includes('agent') && !known.who.includes('service'))
    to.add([...path, 'action'], 'an action that an agent or a service may ask for', `\`${action}\``);
  for (const role of known.roles) needed.add(role);
  for (const [name, term] of Object.entries(args)) {
    const argument = Object.hasOwn(known.arguments, name) ? known.arguments[name] : undefined;
    if (argument === undefined || name === INCIDENT_ARGUMENT)
      to.add([...path, 'arguments', name], `an argument of \`${action}\``, `\`${name}\``);
    else compileTerm(term, argument.type, scope, [...path, 'arguments', name], to);
  }
  for (const [name, { otherwise }] of Object.entries(known.arguments))
    if (otherwise === undefined && name !== INCIDENT_ARGUMENT && !Object.hasOwn(args, name))
      to.add([...path, 'arguments', name], `the argument \`${name}\` of \`${action}\``, 'nothing');
};

/** The roles are those that the actions ask for, all of them and no others. */
const checkRoles = (catalog: Catalog, { roles }: Recipe, needed: ReadonlySet<string>, to: Complaints): void => {
  const known = rolesOf(catalog.source);
  for (const [i, role] of roles.entries()) {
    if (!known.includes(role)) to.add(['roles', i], expectedRole(known, role), `\`${role}\``);
    else if (!needed.has(role)) to.add(['roles', i], 'a role that a step asks for', `\`${role}\``);
    else if (roles.indexOf(role) < i) to.add(['roles', i], 'each role once', `\`${role}\` again`);
  }
  for (const role of [...needed].sort())
    if (!(roles as readonly string[]).includes(role))
      to.add(['roles'], `the role \`${role}\`, which a step asks for`, 'nothing');
};

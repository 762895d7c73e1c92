/** The governor's own door: what is asked must be of its form before anything is looked up. */
import type { Catalog } from '@tai-autonomics/core';
import { canonicalize, isWellFormed, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, Caller, NotDecided } from '../api.ts';
import type { ResourceDirectory, TenantResource } from '../ports.ts';
import { namesFault, WHOLE_TENANT } from '../resources/name.ts';
import { INCIDENT_ID } from './correlation.ts';

/** The longest text that an argument may be, and room for others beside it. */
const MAX_ARGUMENT_CHARACTERS = 131_072;
const ID = /^[^\p{Cc}]{1,200}$/u;

/** Checks and normalises what is asked, by whom: names in their one spelling, a resource by its one name. What the action is called is for a catalog to say; see `actionOf`. */
export const admit = (
  caller: Caller,
  asked: Asked,
  resources: ResourceDirectory,
  mintId: () => string,
): E.Either<NotDecided, Asked & { readonly id: string }> => {
  const { id = mintId(), action, resource, arguments: args = {}, incident, trace } = asked;
  if (!isName(id)) return malformed('an intent id has 1 to 200 characters');
  if (!isName(action)) return malformed('an action has a name of 1 to 200 characters');
  const misnamed = namesFault(caller, resource);
  if (misnamed !== undefined) return malformed(misnamed);
  if (incident !== undefined && !INCIDENT_ID.test(incident))
    return malformed('an incident id has letters, digits and _.:- only');
  if (trace !== undefined && !/^(?!0{32})[0-9a-f]{32}$/.test(trace)) return malformed('a trace id is 32 hex digits');
  const text = canonicalize(args as Json);
  if (E.isLeft(text)) return malformed(`arguments.${text.left.path.join('.')}: expected ${text.left.expected}`);
  if (!text.right.startsWith('{')) return malformed('arguments are an object');
  if (text.right.length > MAX_ARGUMENT_CHARACTERS)
    return malformed(`arguments have at most ${MAX_ARGUMENT_CHARACTERS} characters`);
  // Parsed anew, so that nobody can change them between the decision and the receipt.
  const copy = JSON.parse(text.right) as Readonly<Record<string, unknown>>;
  return E.right({ ...asked, id, resource: nameOf(resources, { tenant: caller.tenant, resource }), arguments: copy });
};

/** An action id, an alias of one, or a tool: a tool's first action stands for it. What nobody knows stays as it is. */
export const actionOf = (catalog: Catalog, name: string): string => {
  if (catalog.actions.has(name)) return name;
  const { actions, tools } = catalog.source.aliases ?? {};
  const alias = own(actions, name);
  if (alias !== undefined) return alias;
  return catalog.tools.get(own(tools, name) ?? name)?.actions[0] ?? name;
};

/** A lone surrogate has no bytes in UTF-8, so no receipt can hold it. */
const isName = (x: unknown): x is string => typeof x === 'string' && ID.test(x) && isWellFormed(x);

const malformed = (detail: string): E.Either<NotDecided, never> => E.left({ decided: false, why: 'malformed', detail });

/** The one name of a resource: an alias is another way to write it. */
const nameOf = (resources: ResourceDirectory, of: TenantResource): string =>
  of.resource === WHOLE_TENANT ? of.resource : (resources.find(of)?.name ?? of.resource);

const own = (table: Readonly<Record<string, string>> | undefined, name: string): string | undefined =>
  table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;

/** What is registered on this machine: by tenant, then by resource, so that two tenants with one name never meet. */
import type { TenantResource } from '../ports.ts';

/** A tenant's resources, and what is registered for each. */
export type Places<A> = Readonly<Record<string, Readonly<Record<string, A>>>>;

/** What is registered for a resource of a tenant; `undefined` where nothing is, and where `places` are not places. */
export const registeredFor = (places: unknown, { tenant, resource }: TenantResource): unknown =>
  own(own(places, tenant), resource);

/** What is registered for a resource of a tenant, and for no other tenant's resource of that name. */
export const placeFor = <A>(places: Places<A>, of: TenantResource): A | undefined =>
  registeredFor(places, of) as A | undefined;

const isTable = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

const own = (table: unknown, name: string): unknown =>
  isTable(table) && Object.hasOwn(table, name) ? table[name] : undefined;

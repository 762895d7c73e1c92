/**
 * The operator's ledger says which ledger is whose: one receipt a tenant, with the tenant's pseudonym and the origin of its
 * ledger. It is derived from the tenant's own first receipt, so that a process that died in between is made up for.
 */
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import { keyOf, systemOf } from '../intent/record-decision.ts';
import { OPERATOR } from '../ledger/operator.ts';
import type { Tenant, Tenants } from '../tenant.ts';
import { type Ask, type Asking, askAsSystem } from './ask-as-system.ts';

/** Registers a tenant whose first receipt is durable, once a process at most. Never rejects; what fails is reported. */
export type Register = (tenant: Tenant) => Promise<void>;

/** The registration of one governor's tenants. The tenant's name is no part of it. */
export const createRegister = (
  context: Pick<Context, 'store' | 'identity' | 'onFault'> & Asking,
  tenants: Pick<Tenants, 'open'>,
): Register => {
  const { store, identity, onFault } = context;
  const looked = new WeakSet<Tenant>();

  const register = async ({ id, ledger: { origin } }: Tenant): Promise<void> => {
    const missed = (why: string): void => onFault(`${origin}: the operator’s ledger does not name it yet: ${why}`);
    const tenant = identity.resource(OPERATOR, id);
    const asked: Ask = {
      id: `register ${tenant}`,
      action: 'register_tenant',
      resource: '*',
      arguments: { tenant, origin },
    };
    // One row is found faster than the operator's ledger is folded.
    const row = await store.find(identity.ledger(OPERATOR), keyOf(identity, systemOf(OPERATOR), asked).id);
    if (E.isLeft(row)) return missed(row.left.detail);
    if (row.right !== undefined) return;
    const operator = await tenants.open(OPERATOR);
    if (E.isLeft(operator)) return missed(operator.left.detail);
    await askAsSystem(context, operator.right, asked, ({ annals }) => !annals.closed);
  };

  return async (tenant) => {
    if (tenant.id === OPERATOR || tenant.ledger.head.size === 0 || looked.has(tenant)) return;
    looked.add(tenant);
    try {
      await register(tenant);
    } catch (thrown) {
      onFault(`${tenant.ledger.origin}: ${messageOf(thrown)}`);
    }
  };
};

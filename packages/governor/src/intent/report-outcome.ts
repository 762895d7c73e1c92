/** What a caller says of a step that it carried out. */
import { either as E } from 'fp-ts';
import type { Governor, NotDecided } from '../api.ts';
import type { Context } from '../context.ts';
import type { Tenants } from '../tenant.ts';
import type { Dispatcher } from './dispatch.ts';

/** Whose approval it was, its receipt's own subject says. */
export const reportOutcome =
  (
    { identity }: Pick<Context, 'identity'>,
    tenants: Pick<Tenants, 'open'>,
    dispatcher: Pick<Dispatcher, 'report'>,
  ): Governor['report'] =>
  async ({ tenant: id, subject }, of, how) => {
    const opened = await tenants.open(id);
    if (E.isLeft(opened)) return opened;
    const ref = identity.subject(id, subject.type, subject.id);
    const outcome = await dispatcher.report(opened.right, of, ref, how);
    return outcome === undefined ? E.left(NOTHING_OPEN) : E.right(outcome);
  };

const NOTHING_OPEN: NotDecided = {
  decided: false,
  why: 'malformed',
  detail: 'nothing that this caller carries out is open there; what nobody reported is recorded as unknown',
};

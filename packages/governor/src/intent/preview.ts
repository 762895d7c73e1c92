/** Previews: what would be decided now. Nothing is recorded, and a preview can't be executed. */
import { audienceOf, needsEvidence, outward } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Governor } from '../api.ts';
import type { Context } from '../context.ts';
import { goneTo, movedTo } from '../ledger/elsewhere.ts';
import type { Tenants } from '../tenant.ts';
import { actionOf, admit } from './admit.ts';
import { gather } from './gather-evidence.ts';
import { withIncident } from './named-incident.ts';
import { namedRefusal } from './named-refusal.ts';
import { withPseudonyms } from './pseudonyms.ts';
import { recallFrom } from './recall.ts';
import { observationFor, type Recorder } from './record-decision.ts';

/** The preview of one governor. */
export const createPreview = (
  context: Pick<Context, 'store' | 'clock' | 'observers' | 'subjects' | 'place'> & Recorder,
  tenants: Pick<Tenants, 'open'>,
  mintId: () => string,
): Governor['preview'] => {
  const { store, clock, resources, catalogs, identity, subjects, observers, place } = context;
  return async (caller, asked, audience) => {
    const admitted = admit(caller, asked, resources, mintId);
    if (E.isLeft(admitted)) return admitted;
    const opened = await tenants.open(caller.tenant);
    if (E.isLeft(opened)) return opened;
    const { state, head, engine } = opened.right.ledger;
    const to = goneTo(state, place, caller, asked);
    if (to !== undefined) return E.left(movedTo(to));
    if (engine === undefined)
      return E.left({ decided: false, why: 'not_ready', detail: 'the ledger moved to a version that is not here' });
    const active = await catalogs.loadIn(state);
    if (E.isLeft(active)) return active;
    const { catalog } = active.right;
    const action = actionOf(catalog, admitted.right.action);
    const labelled = withIncident(catalog, { ...admitted.right, action });
    if (E.isLeft(labelled)) return labelled;
    const called = labelled.right;
    const named = withPseudonyms(identity, catalog, caller.tenant, called);
    const stamp = await subjects.stamp(opened.right, catalog, caller.subject, called, named);
    if (E.isLeft(stamp)) return stamp;
    const now = (): number => Math.max(clock(), head.lastAt);
    const blind = observationFor(context, active.right, { caller, asked: named, evidence: [] }, now(), state);
    const { ref } = blind.intent.subject;
    const refusal = await namedRefusal(store, opened.right.ledger, active.right, ref, named, (requester) =>
      subjects.behind(opened.right, requester),
    );
    if (E.isLeft(refusal)) return refusal;
    const evidence = await gather(
      observers,
      { tenant: caller.tenant, about: named.resource },
      needsEvidence(catalog, blind),
      recallFrom(catalog, blind),
    );
    const seen = observationFor(
      context,
      active.right,
      { caller, asked: named, evidence, named: { ...refusal.right, ...stamp.right } },
      now(),
      state,
    );
    return E.right(outward(engine.decide(catalog, seen), audience ?? audienceOf(catalog, seen)));
  };
};

/**
 * Whom an intent names. A name, `agent:bot`, is replaced by its pseudonym before anything is decided or recorded; what kind of
 * subject that is, is stamped where the deployment knows it.
 */
import type { Catalog, Observation } from '@tai-autonomics/core';
import { NAMED_KINDS, type NamedKind } from '@tai-autonomics/core/author';
import { namingArgument } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Asked, Caller, NotDecided, TenantId } from '../api.ts';
import { messageOf } from '../bounded-text.ts';
import type { Identity } from '../ledger/identity.ts';
import type { NamedSubject, SubjectDirectory } from '../ports.ts';
import { nameFault } from '../resources/name.ts';

/** What is asked, with a pseudonym in the place of a name; and the kind of whom it names, if the deployment knows it. */
export interface Naming<A extends Asked> {
  readonly asked: A;
  readonly stamp: Pick<Observation['intent'], 'named'>;
}

/** Names subjects of one deployment. */
export interface SubjectNames {
  /** Whoever asks is there: remembered while the process has room. */
  met(caller: Caller): void;
  /** The same intent with a pseudonym where it names somebody. */
  resolve<A extends Asked>(tenant: TenantId, catalog: Catalog, asked: A): Promise<E.Either<NotDecided, Naming<A>>>;
}

/** Subjects that are remembered because they asked for something; the one longest ago makes room. */
const MET_MAX = 10_000;

/** `agent:bot`; `undefined` for a pseudonym, or for what names nobody. */
const parseName = (text: string): NamedSubject | undefined => {
  const at = text.indexOf(':');
  const type = NAMED_KINDS.find((kind) => kind === text.slice(0, Math.max(at, 0)));
  const id = text.slice(at + 1);
  return type === undefined || nameFault(id) !== undefined ? undefined : { type, id };
};

const isSame = (a: NamedSubject, b: NamedSubject): boolean => a.type === b.type && a.id === b.id;

/** Names subjects by what the directory lists and by who asked for something. */
export const createSubjectNames = (
  identity: Pick<Identity, 'subject'>,
  directory: SubjectDirectory | undefined,
): SubjectNames => {
  const met = new Map<string, NamedKind>();
  const placeOf = (tenant: TenantId, ref: string): string => `${tenant}\u0000${ref}`;

  const kindOf = async (
    tenant: TenantId,
    ref: string,
    name: NamedSubject | undefined,
  ): Promise<NamedKind | undefined> => {
    const known = met.get(placeOf(tenant, ref));
    if (known !== undefined || directory === undefined) return known;
    const listed = await directory.of(tenant);
    if (listed === 'any') return name?.type;
    if (name !== undefined) return listed.some((one) => isSame(one, name)) ? name.type : undefined;
    return listed.find(({ type, id }) => identity.subject(tenant, type, id) === ref)?.type;
  };

  return {
    met: ({ tenant, subject: { type, id } }) => {
      const kind = NAMED_KINDS.find((each) => each === type);
      if (kind === undefined) return;
      const place = placeOf(tenant, identity.subject(tenant, type, id));
      met.delete(place);
      met.set(place, kind);
      for (const oldest of met.keys()) {
        if (met.size <= MET_MAX) break;
        met.delete(oldest);
      }
    },
    resolve: async (tenant, catalog, asked) => {
      const compiled = catalog.actions.get(asked.action);
      const argument = compiled === undefined ? undefined : namingArgument(compiled.action);
      const given = argument === undefined ? undefined : asked.arguments?.[argument];
      if (compiled === undefined || argument === undefined || typeof given !== 'string')
        return E.right({ asked, stamp: {} });
      const name = parseName(given);
      const ref = name === undefined ? given : identity.subject(tenant, name.type, name.id);
      const resolved = { ...asked, arguments: { ...asked.arguments, [argument]: ref } };
      if (!compiled.facts.includes('named_kind')) return E.right({ asked: resolved, stamp: {} });
      try {
        const kind = await kindOf(tenant, ref, name);
        return E.right({ asked: resolved, stamp: kind === undefined ? {} : { named: kind } });
      } catch (thrown) {
        const detail = `the directory of subjects does not answer: ${messageOf(thrown)}`;
        return E.left({ decided: false, why: 'store_unavailable', detail });
      }
    },
  };
};

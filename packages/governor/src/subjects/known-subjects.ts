/**
 * Who is known in a tenant: what kind of subject an intent names is stamped on it before it is decided, so that nobody is granted
 * anything who is not there.
 */
import type { Catalog, Observation } from '@tai-autonomics/core';
import type { NamedKind } from '@tai-autonomics/core/author';
import { namingArgument } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Asked, NotDecided, TenantId } from '../api.ts';
import { messageOf } from '../bounded-text.ts';
import type { Identity } from '../ledger/identity.ts';
import type { LedgerStore, NamedSubject, SubjectDirectory } from '../ports.ts';
import { createAskers, kindIn, type ReadOn } from './askers.ts';

/** The kind of whom an intent names, if the deployment knows it. */
export type NamedStamp = Pick<Observation['intent'], 'named'>;

/** Knows the subjects of one deployment. */
export interface KnownSubjects {
  /** The stamp of an intent; `given` is the intent as the caller wrote it, with a name where `asked` has its pseudonym. */
  stamp(
    tenant: { readonly id: TenantId; readonly ledger: ReadOn },
    catalog: Catalog,
    given: Asked,
    asked: Asked,
  ): Promise<E.Either<NotDecided, NamedStamp>>;
}

/** Knows subjects by what the directory lists and by who asked for something. */
export const createKnownSubjects = (
  identity: Pick<Identity, 'subject'>,
  store: Pick<LedgerStore, 'read'>,
  directory: SubjectDirectory | undefined,
): KnownSubjects => {
  const askers = createAskers(store);
  const listedKind = async (tenant: TenantId, ref: string, name: NamedSubject | undefined): Promise<Kind> => {
    const listed = (await directory?.of(tenant)) ?? [];
    if (listed === 'any') return name?.type;
    if (name !== undefined) return listed.some((one) => isSame(one, name)) ? name.type : undefined;
    return listed.find(({ type, id }) => identity.subject(tenant, type, id) === ref)?.type;
  };

  return {
    stamp: async ({ id: tenant, ledger }, catalog, given, asked) => {
      const compiled = catalog.actions.get(asked.action);
      if (compiled === undefined || !compiled.facts.includes('named_kind')) return E.right({});
      const argument = namingArgument(compiled.action);
      const ref = argument === undefined ? undefined : asked.arguments?.[argument];
      if (argument === undefined || typeof ref !== 'string') return E.right({});
      try {
        const name = nameIn(given.arguments?.[argument]);
        const kind = (await listedKind(tenant, ref, name)) ?? (await askers.kindOf(ledger, ref));
        return E.right(kind === undefined ? {} : { named: kind });
      } catch (thrown) {
        const detail = `whom the intent names cannot be looked up: ${messageOf(thrown)}`;
        return E.left({ decided: false, why: 'store_unavailable', detail });
      }
    },
  };
};

type Kind = NamedKind | undefined;

/** `agent:bot`; `undefined` for a pseudonym, or for what names nobody. */
const nameIn = (text: unknown): NamedSubject | undefined => {
  if (typeof text !== 'string') return undefined;
  const at = text.indexOf(':');
  const type = kindIn(text.slice(0, Math.max(at, 0)));
  return type === undefined ? undefined : { type, id: text.slice(at + 1) };
};

const isSame = (a: NamedSubject, b: NamedSubject): boolean => a.type === b.type && a.id === b.id;

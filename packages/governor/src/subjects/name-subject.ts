/**
 * Whom an intent names. A name, `agent:bot`, is replaced by its pseudonym before anything is decided or recorded; what kind of
 * subject that is, is stamped where the deployment knows it.
 */
import type { Catalog, Observation } from '@tai-autonomics/core';
import { NAMED_KINDS, type NamedKind } from '@tai-autonomics/core/author';
import { namingArgument, recordedObservation } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Asked, NotDecided, TenantId } from '../api.ts';
import { messageOf } from '../bounded-text.ts';
import type { Identity } from '../ledger/identity.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openRow } from '../ledger/read-row.ts';
import type { LedgerStore, NamedSubject, SubjectDirectory } from '../ports.ts';
import { nameFault } from '../resources/name.ts';

/** What is asked, with a pseudonym in the place of a name; and the kind of whom it names, if the deployment knows it. */
export interface Naming<A extends Asked> {
  readonly asked: A;
  readonly stamp: Pick<Observation['intent'], 'named'>;
}

type Place = Pick<Ledger, 'id' | 'tree' | 'head'>;

/** Names subjects of one deployment. */
export interface SubjectNames {
  /** The same intent with a pseudonym where it names somebody. */
  resolve<A extends Asked>(
    tenant: { readonly id: TenantId; readonly ledger: Place },
    catalog: Catalog,
    asked: A,
  ): Promise<E.Either<NotDecided, Naming<A>>>;
}

/** Receipts that are looked through, the newest first, for one of who is named. */
const LOOKED_AT_MAX = 10_000;
const CHUNK = 500;

const kindIn = (type: string | undefined): NamedKind | undefined => NAMED_KINDS.find((kind) => kind === type);

/** `agent:bot`; `undefined` for a pseudonym, or for what names nobody. */
const parseName = (text: string): NamedSubject | undefined => {
  const at = text.indexOf(':');
  const type = kindIn(text.slice(0, Math.max(at, 0)));
  const id = text.slice(at + 1);
  return type === undefined || nameFault(id) !== undefined ? undefined : { type, id };
};

const isSame = (a: NamedSubject, b: NamedSubject): boolean => a.type === b.type && a.id === b.id;

/** What kind of subject asked for something under a pseudonym: whoever did is there. */
const kindOfAsker = async (
  store: Pick<LedgerStore, 'read'>,
  { id, tree, head }: Place,
  ref: string,
): Promise<NamedKind | undefined> => {
  const from = Math.max(0, head.size - LOOKED_AT_MAX);
  for (let end = head.size; end > from; end -= CHUNK) {
    for await (const row of store.read(id, Math.max(from, end - CHUNK), end)) {
      if (E.isLeft(row)) throw new Error(row.left.detail);
      const opened = openRow(row.right, tree);
      if (E.isLeft(opened)) throw new Error(opened.left);
      const { receipt, disclosed } = opened.right;
      if (receipt.subject !== ref || disclosed === undefined) continue;
      const kind = kindIn(recordedObservation(receipt, disclosed)?.observation.intent.subject.type);
      if (kind !== undefined) return kind;
    }
  }
  return undefined;
};

/** Names subjects by what the directory lists and by who asked for something. */
export const createSubjectNames = (
  identity: Pick<Identity, 'subject'>,
  store: Pick<LedgerStore, 'read'>,
  directory: SubjectDirectory | undefined,
): SubjectNames => {
  const listedKind = async (
    tenant: TenantId,
    ref: string,
    name: NamedSubject | undefined,
  ): Promise<NamedKind | undefined> => {
    const listed = (await directory?.of(tenant)) ?? [];
    if (listed === 'any') return name?.type;
    if (name !== undefined) return listed.some((one) => isSame(one, name)) ? name.type : undefined;
    return listed.find(({ type, id }) => identity.subject(tenant, type, id) === ref)?.type;
  };

  return {
    resolve: async ({ id: tenant, ledger }, catalog, asked) => {
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
        const kind = (await listedKind(tenant, ref, name)) ?? (await kindOfAsker(store, ledger, ref));
        return E.right({ asked: resolved, stamp: kind === undefined ? {} : { named: kind } });
      } catch (thrown) {
        const detail = `whom the intent names can not be looked up: ${messageOf(thrown)}`;
        return E.left({ decided: false, why: 'store_unavailable', detail });
      }
    },
  };
};

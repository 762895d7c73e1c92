/**
 * Who is known in a tenant: what kind of subject an intent names is stamped on it before it is decided, so that nobody is granted
 * anything who is not there.
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

/** The kind of whom an intent names, if the deployment knows it. */
export type NamedStamp = Pick<Observation['intent'], 'named'>;

/** Knows the subjects of one deployment. */
export interface KnownSubjects {
  /** The stamp of an intent; `given` is the intent as the caller wrote it, with a name where `asked` has its pseudonym. */
  stamp(
    tenant: { readonly id: TenantId; readonly ledger: Place },
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
        const kind = (await listedKind(tenant, ref, name)) ?? (await kindOfAsker(store, ledger, ref));
        return E.right(kind === undefined ? {} : { named: kind });
      } catch (thrown) {
        const detail = `whom the intent names can not be looked up: ${messageOf(thrown)}`;
        return E.left({ decided: false, why: 'store_unavailable', detail });
      }
    },
  };
};

type Place = Pick<Ledger, 'id' | 'tree' | 'head'>;
type Kind = NamedKind | undefined;

/** Receipts that are looked through, the newest first, for one of who is named. */
const LOOKED_AT_MAX = 10_000;
const CHUNK = 500;

const kindIn = (type: string | undefined): Kind => NAMED_KINDS.find((kind) => kind === type);

/** `agent:bot`; `undefined` for a pseudonym, or for what names nobody. */
const nameIn = (text: unknown): NamedSubject | undefined => {
  if (typeof text !== 'string') return undefined;
  const at = text.indexOf(':');
  const type = kindIn(text.slice(0, Math.max(at, 0)));
  return type === undefined ? undefined : { type, id: text.slice(at + 1) };
};

const isSame = (a: NamedSubject, b: NamedSubject): boolean => a.type === b.type && a.id === b.id;

/** What kind of subject asked for something under a pseudonym: whoever did is there. */
const kindOfAsker = async (store: Pick<LedgerStore, 'read'>, { id, tree, head }: Place, ref: string): Promise<Kind> => {
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

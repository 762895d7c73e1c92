/**
 * Who is known in a tenant: what kind of subject an intent names is stamped on it before it is decided, so that nobody is granted
 * anything who is not there.
 */
import type { Catalog, Observation, State } from '@tai-autonomics/core';
import type { NamedKind } from '@tai-autonomics/core/author';
import { type CompiledAction, namingArgument } from '@tai-autonomics/core/engine';
import { isPlainObject, own } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, NotDecided, TenantId } from '../api.ts';
import { messageOf } from '../bounded-text.ts';
import type { Identity } from '../ledger/identity.ts';
import type { LedgerStore, NamedSubject, SubjectDirectory } from '../ports.ts';
import { createAskers, kindIn, type ReadOn } from './askers.ts';

/** The kind of whom an intent names, and who stands behind who asks, as far as the deployment knows it. */
export type NamedStamp = Pick<Observation['intent'], 'named' | 'person'>;

/** The cell in which a ledger keeps who was registered to stand behind a subject. */
const PERSONS_CELL = 'subject_persons';

type Name = Pick<Observation['intent']['subject'], 'type' | 'id'>;

/** Knows the subjects of one deployment. */
export interface KnownSubjects {
  /** The stamp of an intent; `given` is the intent as the caller wrote it, with a name where `asked` has its pseudonym. */
  stamp(
    tenant: { readonly id: TenantId; readonly ledger: ReadOn & { readonly state: State } },
    catalog: Catalog,
    caller: Name,
    given: Asked,
    asked: Asked,
  ): Promise<E.Either<NotDecided, NamedStamp>>;
  /** Who stands behind whoever was refused: the user of its name, and the one whom the directory names. */
  behind(
    tenant: TenantId,
    requester: Name,
  ): Promise<E.Either<NotDecided, { readonly namesake?: string; readonly person?: string }>>;
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

  const personOf = async (tenant: TenantId, who: Name): Promise<string | undefined> => {
    const listed = (await directory?.of(tenant)) ?? [];
    if (listed === 'any') return undefined;
    const behind = (of: Name): string | undefined =>
      listed.find((one) => isSame(one, of) && one.person !== undefined)?.person;
    // Who stands behind may be an account of somebody too; whoever was met already leads nowhere new.
    const met = new Set<string>();
    let found = behind(who);
    for (let id = found; id !== undefined && !met.has(id); id = behind({ type: 'user', id })) {
      met.add(id);
      found = id;
    }
    return found === undefined ? undefined : identity.subject(tenant, 'user', found);
  };

  /** An agent or a service is its namesake's, unless the directory says whose it is. */
  const personStamp = async (tenant: TenantId, who: Name, { cells }: State): Promise<NamedStamp> => {
    const ref = identity.subject(tenant, who.type, who.id);
    const registered = cells.get(PERSONS_CELL)?.get(ref);
    const person = (await personOf(tenant, who)) ?? (typeof registered === 'string' ? registered : undefined);
    const namesake = kindIn(who.type) === undefined || who.type === 'user' ? undefined : who.id;
    const behind = person ?? (namesake === undefined ? undefined : identity.subject(tenant, 'user', namesake));
    return behind === undefined ? {} : { person: behind };
  };

  return {
    stamp: async ({ id: tenant, ledger }, catalog, caller, given, asked) => {
      const compiled = catalog.actions.get(asked.action);
      if (compiled === undefined) return E.right({});
      const argument = compiled.facts.includes('named_kind') ? namingArgument(compiled.action) : undefined;
      const ref = argument === undefined ? undefined : asked.arguments?.[argument];
      return lookedUp(async () => {
        const behind = concernsPersons(compiled) ? await personStamp(tenant, caller, ledger.state) : {};
        if (argument === undefined || typeof ref !== 'string') return behind;
        const name = nameIn(given.arguments?.[argument]);
        const kind = (await listedKind(tenant, ref, name)) ?? (await askers.kindOf(ledger, ref));
        return { ...behind, ...(kind === undefined ? {} : { named: kind }) };
      });
    },
    behind: (tenant, requester) =>
      lookedUp(async () => {
        const person = await personOf(tenant, requester);
        const { type, id } = requester;
        return {
          ...(type === 'user' ? {} : { namesake: identity.subject(tenant, 'user', id) }),
          ...(person === undefined ? {} : { person }),
        };
      }),
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

/** Whether an action asks who stands behind its asker, or keeps it. */
const concernsPersons = ({ facts, action }: CompiledAction): boolean =>
  facts.includes('person') ||
  action.writes.some(({ change }) =>
    Object.values(change).some((term: unknown) => isPlainObject(term) && own(term, 'fact') === 'person'),
  );

const lookedUp = async <A>(look: () => Promise<A>): Promise<E.Either<NotDecided, A>> => {
  try {
    return E.right(await look());
  } catch (thrown) {
    const detail = `whom the intent names cannot be looked up: ${messageOf(thrown)}`;
    return E.left({ decided: false, why: 'store_unavailable', detail });
  }
};

const isSame = (a: Name, b: Name): boolean => a.type === b.type && a.id === b.id;

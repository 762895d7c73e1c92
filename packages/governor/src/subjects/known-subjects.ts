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
import { messageOf } from '../bounds/bounded-text.ts';
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
  /** Who stands behind whoever was refused: the user of its name, and the one to whom directory and ledger lead. */
  behind(
    tenant: { readonly id: TenantId; readonly ledger: { readonly state: State } },
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

  /**
   * The last one of those who stand behind a subject: as the directory says, else as was registered, until that leads nowhere
   * new. An agent or a service that the directory gives to nobody is its namesake's, unless who was registered leads on.
   */
  const personOf = async (tenant: TenantId, who: Name, { cells }: State): Promise<string | undefined> => {
    const listed = (await directory?.of(tenant)) ?? [];
    const persons = listed === 'any' ? [] : listed.filter(({ person }) => person !== undefined);
    const named = (name: Name): Link => ({ name, ref: identity.subject(tenant, name.type, name.id) });
    const stated = ({ name, ref }: Link): Link | undefined => {
      const is = (one: Name): boolean => (name === undefined ? named(one).ref === ref : isSame(one, name));
      const id = persons.find(is)?.person;
      return id === undefined ? undefined : named({ type: 'user', id });
    };
    const registered = ({ ref }: Link): Link | undefined => {
      const found = cells.get(PERSONS_CELL)?.get(ref);
      return typeof found === 'string' ? { ref: found } : undefined;
    };
    const last = (first: Link): string => {
      const met: string[] = [];
      let link: Link | undefined = first;
      let { ref } = first;
      while (link !== undefined && !met.includes(link.ref)) {
        ({ ref } = link);
        met.push(ref);
        link = stated(link) ?? registered(link);
      }
      // Of a circle, the same one from wherever it is entered.
      return link === undefined ? ref : (met.slice(met.indexOf(link.ref)).sort()[0] ?? ref);
    };
    const asker = named(who);
    const isOfNamesake = kindIn(who.type) !== undefined && who.type !== 'user' && stated(asker) === undefined;
    const told = isOfNamesake ? registered(asker) : undefined;
    const leadsOn = told !== undefined && last(told) !== told.ref;
    const found = last(!isOfNamesake ? asker : leadsOn ? told : named({ type: 'user', id: who.id }));
    return found === asker.ref ? undefined : found;
  };

  return {
    stamp: async ({ id: tenant, ledger }, catalog, caller, given, asked) => {
      const compiled = catalog.actions.get(asked.action);
      if (compiled === undefined) return E.right({});
      const argument = compiled.facts.includes('named_kind') ? namingArgument(compiled.action) : undefined;
      const ref = argument === undefined ? undefined : asked.arguments?.[argument];
      return lookedUp(async () => {
        const behind = concernsPersons(compiled) ? personIn(await personOf(tenant, caller, ledger.state)) : {};
        if (argument === undefined || typeof ref !== 'string') return behind;
        const name = nameIn(given.arguments?.[argument]);
        const kind = (await listedKind(tenant, ref, name)) ?? (await askers.kindOf(ledger, ref));
        return { ...behind, ...(kind === undefined ? {} : { named: kind }) };
      });
    },
    behind: ({ id: tenant, ledger }, requester) =>
      lookedUp(async () => {
        const person = await personOf(tenant, requester, ledger.state);
        const { type, id } = requester;
        if (type === 'user') return personIn(person);
        const namesake = identity.subject(tenant, 'user', id);
        return { namesake, ...personIn(person === namesake ? undefined : person) };
      }),
  };
};

type Kind = NamedKind | undefined;

/** Somebody on the way to who stands behind: of who was registered only the pseudonym is known. */
interface Link {
  readonly ref: string;
  readonly name?: Name;
}

const personIn = (person: string | undefined): Pick<NamedStamp, 'person'> => (person === undefined ? {} : { person });

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

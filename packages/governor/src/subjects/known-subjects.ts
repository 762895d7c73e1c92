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
import { type Persons, personsIn } from './persons.ts';

/** The kind of whom an intent names, and who stands behind who asks, as far as the deployment knows it. */
export type NamedStamp = Pick<Observation['intent'], 'named' | 'person' | 'persons'>;

/** The cells in which a ledger keeps who was registered to stand behind a subject, and what kind of subject it is. */
const PERSONS_CELL = 'subject_persons';
const KINDS_CELL = 'subject_kinds';
const NONE: ReadonlyMap<string, unknown> = new Map();

type Name = Pick<Observation['intent']['subject'], 'type' | 'id'>;
type Refusal = NonNullable<Observation['intent']['refusal']>;

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
  ): Promise<E.Either<NotDecided, Pick<Refusal, 'namesake' | 'person' | 'persons'>>>;
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

  const personsOf = async (tenant: TenantId, { cells }: State): Promise<Persons> => {
    const listed = (await directory?.of(tenant)) ?? [];
    return personsIn({
      listed: listed === 'any' ? [] : listed,
      registered: cells.get(PERSONS_CELL) ?? NONE,
      kinds: cells.get(KINDS_CELL) ?? NONE,
      refOf: (type, id) => identity.subject(tenant, type, id),
    });
  };

  return {
    stamp: async ({ id: tenant, ledger }, catalog, caller, given, asked) => {
      const compiled = catalog.actions.get(asked.action);
      if (compiled === undefined) return E.right({});
      const argument = compiled.facts.includes('named_kind') ? namingArgument(compiled.action) : undefined;
      const ref = argument === undefined ? undefined : asked.arguments?.[argument];
      const asks = concernsPersons(compiled);
      if (!asks && typeof ref !== 'string') return E.right({});
      return lookedUp(async () => {
        const own = identity.subject(tenant, caller.type, caller.id);
        const behind = asks ? saidOf(await personsOf(tenant, ledger.state), caller, own) : {};
        if (argument === undefined || typeof ref !== 'string') return behind;
        const name = nameIn(given.arguments?.[argument]);
        // Whoever introduces a subject by a name says its kind twice.
        const said = introduces(compiled) ? name?.type : undefined;
        const kind = (await listedKind(tenant, ref, name)) ?? (await askers.kindOf(ledger, ref)) ?? said;
        return { ...behind, ...(kind === undefined ? {} : { named: kind }) };
      });
    },
    behind: ({ id: tenant, ledger }, requester) =>
      lookedUp(async () => {
        const persons = await personsOf(tenant, ledger.state);
        const { type, id } = requester;
        if (type === 'user') return saidOf(persons, requester, identity.subject(tenant, type, id));
        const namesake = identity.subject(tenant, 'user', id);
        return { namesake, ...saidOf(persons, requester, namesake) };
      }),
  };
};

type Kind = NamedKind | undefined;

/** Who stands behind a subject, as far as it is somebody else than whoever is taken for them where nothing is said. */
const saidOf = (persons: Persons, who: Name, otherwise: string): Pick<NamedStamp, 'person' | 'persons'> => {
  const [one, all] = [persons.oneOf(who), persons.of(who)];
  return {
    ...(one === otherwise ? {} : { person: one }),
    ...(all.length === 1 && all[0] === one ? {} : { persons: all }),
  };
};

/** `agent:bot`; `undefined` for a pseudonym, or for what names nobody. */
const nameIn = (text: unknown): NamedSubject | undefined => {
  if (typeof text !== 'string') return undefined;
  const at = text.indexOf(':');
  const type = kindIn(text.slice(0, Math.max(at, 0)));
  return type === undefined ? undefined : { type, id: text.slice(at + 1) };
};

/** Whether an action asks who stands behind its asker, or keeps it. Worked out once each. */
const concernsPersons = (compiled: CompiledAction): boolean => {
  const known = CONCERN.get(compiled);
  if (known !== undefined) return known;
  const { facts, action } = compiled;
  const concerns =
    facts.some(isPersons) ||
    action.writes.some(({ change }) =>
      Object.values(change).some((term: unknown) => isPlainObject(term) && isPersons(own(term, 'fact'))),
    );
  CONCERN.set(compiled, concerns);
  return concerns;
};
const CONCERN = new WeakMap<CompiledAction, boolean>();
const isPersons = (fact: unknown): boolean => fact === 'person' || fact === 'persons';

/** Whether an action keeps what kind of subject another one is. */
const introduces = ({ action }: CompiledAction): boolean => action.writes.some(({ cell }) => cell === KINDS_CELL);

const lookedUp = async <A>(look: () => Promise<A>): Promise<E.Either<NotDecided, A>> => {
  try {
    return E.right(await look());
  } catch (thrown) {
    const detail = `whom the intent names cannot be looked up: ${messageOf(thrown)}`;
    return E.left({ decided: false, why: 'store_unavailable', detail });
  }
};

const isSame = (a: Name, b: Name): boolean => a.type === b.type && a.id === b.id;

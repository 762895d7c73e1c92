/**
 * Who stands behind a subject. Accounts that credentials or registrations join, whichever way, are one person; an agent or a
 * service may be of several: of whom its credentials say, of whom it was registered to, and of its namesake.
 */
import type { SubjectType } from '@tai-autonomics/core/author';
import type { NamedSubject } from '../ports.ts';

/** What is known of the subjects of a tenant. */
export interface PersonSources {
  /** Whom credentials name, those without a person too. */
  readonly listed: readonly NamedSubject[];
  /** Who was registered to stand behind a subject, by pseudonyms. */
  readonly registered: ReadonlyMap<string, unknown>;
  /** What kind of subject was registered under a pseudonym. */
  readonly kinds: ReadonlyMap<string, unknown>;
  /** The pseudonym of a name. */
  readonly refOf: (type: SubjectType, id: string) => string;
}

type Name = Pick<NamedSubject, 'type' | 'id'>;

/** Knows the persons of a tenant as they are at one instant. */
export interface Persons {
  /** Everybody behind a subject, sorted: one pseudonym for all accounts of a person. Itself, where nobody is. */
  of(who: { readonly type: SubjectType; readonly id: string }): readonly string[];
  /** One of them: whom a credential names, else who was registered where that leads on, else the namesake. */
  oneOf(who: { readonly type: SubjectType; readonly id: string }): string;
}

/** Joins the accounts once; each question is a look. */
export const personsIn = ({ listed, registered, kinds, refOf }: PersonSources): Persons => {
  const refOfName = ({ type, id }: Name): string => refOf(type, id);
  const named = new Map<string, Name>();
  const stated = new Map<string, readonly string[]>();
  for (const one of listed) {
    if (one.person === undefined) continue;
    const ref = refOfName(one);
    named.set(ref, one);
    stated.set(ref, [...(stated.get(ref) ?? []), refOf('user', one.person)]);
  }
  const toldOf = (ref: string): string | undefined => {
    const told = registered.get(ref);
    return typeof told === 'string' ? told : undefined;
  };
  const isAccount = (ref: string): boolean => {
    const kind = named.get(ref)?.type ?? kinds.get(ref);
    return kind !== 'agent' && kind !== 'service';
  };
  const accounts = joined();
  for (const [ref, persons] of stated) if (isAccount(ref)) for (const person of persons) accounts.join(ref, person);
  for (const [ref, person] of registered) if (isAccount(ref) && typeof person === 'string') accounts.join(ref, person);

  /** Where an agent or a service leads. Its namesake is not behind it where its credentials alone, uncontradicted, say who is. */
  const waysOf = (ref: string, name: Name | undefined): readonly string[] => {
    const said = stated.get(ref) ?? [];
    const told = toldOf(ref);
    const isSettled =
      said.length > 0 && (told === undefined || said.some((one) => accounts.root(one) === accounts.root(told)));
    const namesake = name === undefined || isSettled ? [] : [refOf('user', name.id)];
    return [...said, ...(told === undefined ? [] : [told]), ...namesake];
  };
  const of: Persons['of'] = (who) => {
    const found = new Set<string>();
    const met = new Set<string>();
    const visit = (ref: string, name: Name | undefined, isOne: boolean): void => {
      if (met.has(ref)) return;
      met.add(ref);
      const ways = isOne ? [] : waysOf(ref, name);
      if (ways.length === 0) found.add(accounts.root(ref));
      for (const way of ways) visit(way, named.get(way), isAccount(way));
    };
    visit(refOf(who.type, who.id), who as Name, !isOfSomebody(who.type));
    return [...found].sort();
  };
  return {
    of,
    oneOf: (who) => {
      const ref = refOf(who.type, who.id);
      if (!isOfSomebody(who.type)) return accounts.root(ref);
      const [said] = stated.get(ref) ?? [];
      if (said !== undefined) return accounts.root(said);
      const told = toldOf(ref);
      const leadsOn = told !== undefined && accounts.root(told) !== told;
      return accounts.root(leadsOn ? told : refOf('user', who.id));
    },
  };
};

const isOfSomebody = (type: string): boolean => type === 'agent' || type === 'service';

/** Sets of accounts that are joined two by two; each has one account that stands for it, the first in order. */
const joined = () => {
  const above = new Map<string, string>();
  const root = (ref: string): string => {
    let at = ref;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  const join = (a: string, b: string): void => {
    const [first = '', second = ''] = [root(a), root(b)].sort();
    if (first !== second) above.set(second, first);
  };
  return { root, join };
};

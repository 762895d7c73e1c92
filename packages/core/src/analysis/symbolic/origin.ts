/** Where an unknown stands in an observation, and the unknowns that a type makes. */

import type { TextForm } from '../../data/text-form.ts';
import type { Type } from '../../data/value.ts';
import { MAX_STRING } from '../../data/value.ts';
import type { Argument, ContextName, FactId, ObservedFact, Term } from '../../policy/fact.ts';
import { canonicalize, type Json } from '../../receipt/index.ts';
import { AT, type Choice, type Expression } from './unknown.ts';

/** A place of an observation that can hold anything of a type. */
export type Origin = { readonly value: Expression } & (
  | { readonly kind: 'context'; readonly of: ContextName }
  | { readonly kind: 'observed'; readonly fact: FactId; readonly declared: ObservedFact; readonly gap: Choice }
  | { readonly kind: 'argument'; readonly name: string; readonly declared: Argument; readonly presence: Choice }
  | {
      readonly kind: 'content';
      readonly cell: string;
      readonly key: readonly Term[];
      readonly type: Type;
      readonly unset: Choice;
    }
);

/** An observed fact is known or has one of the four gaps. */
export const OBSERVED = ['missing', 'known', 'stale', 'untrusted', 'conflicting'] as const;
/** An argument is given, or not: then it has its default, or is invalid. */
export const ARGUMENT = ['absent', 'given', 'invalid'] as const;
/** A cell holds something, or was never written. */
export const CONTENT = ['unset', 'set'] as const;

/** One text for one value, whatever the order of its members. */
export const signature = (value: unknown): string => {
  const text = canonicalize(value as Json);
  return text._tag === 'Right' ? text.right : JSON.stringify(value);
};

/** A choice about an unknown. Its first label costs nothing; each other one counts as one thing of the observation. */
export const presence = (
  owner: string,
  what: string,
  labels: readonly string[],
  latest?: Choice['latest'],
): Choice => ({
  key: `choice ${owner} ${what}`,
  owner,
  labels,
  costs: labels.map((_, i) => Number(i > 0)),
  ...(latest === undefined ? {} : { latest }),
});

/** An unknown of a type. `plain`: a text that comes from a credential or a door, without control characters. */
export const unknownOf = (key: string, type: Type, plain = false): Expression => {
  switch (type.type) {
    case 'boolean':
      return among(key, [false, true]);
    case 'enum':
      return among(key, type.values);
    case 'integer': {
      const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = type;
      return { kind: 'quantity', quantity: { key, min, max }, plus: 0 };
    }
    case 'instant':
      return { kind: 'quantity', quantity: key === AT.key ? AT : { ...AT, key }, plus: 0 };
    case 'string':
      return {
        kind: 'word',
        word: { key, maxLength: plain ? 256 : (type.maxLength ?? MAX_STRING), plain, ...formOf(type) },
      };
    case 'set':
      return {
        kind: 'collection',
        collection: { key, ...(type.of === undefined ? {} : { of: type.of }), ...formOf(type) },
      };
    case 'records':
      return { kind: 'rows', rows: { key, type } };
  }
};

const formOf = ({ form }: { readonly form?: TextForm }): { readonly form?: TextForm } =>
  form === undefined ? {} : { form };

const among = (key: string, labels: readonly (string | boolean)[]): Expression => ({
  kind: 'choice',
  choice: { key, owner: key, labels, costs: labels.map(() => 0) },
});

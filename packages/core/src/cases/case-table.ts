/**
 * A table of cases: given this observation, this decision. A pack ships one (`cases.json`), a tenant writes more:
 *
 * ```json
 * { "given": { "at": "2026-11-21T08:00:00Z", "mode": "contractual", "intent": { … }, "state": { … },
 *              "facts": { "deployment_stable": true } },
 *   "cases": [
 *     { "note": "everything holds", "expect": { "verdict": "approve" } },
 *     { "note": "an uncommitted edit", "given": { "facts": { "deployment_stable": false } },
 *       "expect": { "verdict": "refuse", "codes": ["deployment_not_stable"], "next": ["world"] } } ] }
 * ```
 *
 * `given` of a case lies over `given` of the table: objects merge, lists replace, `null` takes a member away. It is an
 * observation as `parseObservation` reads it, with one thing more: `facts` states each fact freshly, by the first source
 * that may state it.
 */

import { either as E } from 'fp-ts';
import {
  type Codec,
  closed,
  custom,
  document,
  id,
  list,
  oneOf,
  optional,
  parseWith,
  prose,
  tagged,
} from '../data/codec.ts';
import type { Issue } from '../data/issue.ts';
import type { NextStep } from '../next-step.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';
import type { Document } from './document.ts';

/** What a case expects. `codes` and `next` have one entry a reason, in the order of the gates; `step` is the approved one. */
export type Expected =
  | { readonly verdict: 'approve'; readonly step?: string; readonly with?: Document }
  | { readonly verdict: 'refuse'; readonly codes: readonly string[]; readonly next?: readonly NextStep['kind'][] };

/** One row: what differs from the table's scene, and what is decided then. */
export interface Case {
  readonly note: string;
  readonly given?: Document;
  readonly expect: Expected;
}

/** A table of cases over one scene. With `pack` the coverage is that of the whole pack, else that of the actions asked for. */
export interface CaseTable {
  readonly pack?: string;
  readonly given?: Document;
  readonly cases: readonly Case[];
}

const KINDS = [
  'authority',
  'request',
  'information',
  'world',
  'time',
  'none',
] as const satisfies readonly NextStep['kind'][];

/** Reads a table of cases; everything that is wrong with it is listed. Two cases of one note are refused. */
export const parseCaseTable = (json: unknown): E.Either<readonly [Issue, ...Issue[]], CaseTable> => {
  const parsed = parseWith(CaseTableCodec, json);
  if (E.isLeft(parsed)) return parsed;
  const notes = new Set<string>();
  const issues: Issue[] = [];
  for (const [i, { note }] of parsed.right.cases.entries()) {
    if (notes.has(note))
      issues.push({ path: ['cases', i, 'note'], expected: 'a note of its own', found: JSON.stringify(note) });
    notes.add(note);
  }
  const [first, ...rest] = issues;
  return first === undefined ? parsed : E.left([first, ...rest]);
};

const part: Codec<Document> = custom('an object', { type: 'object' }, (x) => (isPlainObject(x) ? x : undefined));
const approve: Codec<Expected> = closed<Extract<Expected, { verdict: 'approve' }>>('an approval', {
  verdict: oneOf('approve', ['approve'] as const),
  step: optional(id),
  with: optional(part),
});
const refuse: Codec<Expected> = closed<Extract<Expected, { verdict: 'refuse' }>>('a refusal', {
  verdict: oneOf('refuse', ['refuse'] as const),
  codes: list(id, 1),
  next: optional(list(oneOf('a kind of next step', KINDS))),
});
const expected: Codec<Expected> = tagged<Expected>('what is expected', 'verdict', { approve, refuse });
const Row: Codec<Case> = closed<Case>('a case', { note: prose, given: optional(part), expect: expected });
export const CaseTableCodec: Codec<CaseTable> = document(
  closed<CaseTable>('a table of cases', {
    pack: optional(id),
    given: optional(part),
    cases: list(Row, 1),
  }),
);

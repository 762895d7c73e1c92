/**
 * An observation as a person writes it in a file: for `tai decide`, for tables of cases, for examples.
 *
 * Cells are written by name; a keyed cell is an object from key to value. Instants are RFC 3339 text.
 */
import { either as E } from 'fp-ts';
import type { Catalog } from './catalog.ts';
import { type Codec, closed, custom, document, list, oneOf, optional, parseWith, text } from './data/codec.ts';
import { type Ms, parseInstant } from './data/instant.ts';
import { HINTS_MAX, type Issue, type Path, picture, suggestion } from './data/issue.ts';
import { nameFault } from './data/name.ts';
import { admit, describeType, type Value } from './data/value.ts';
import type { Environment, Evidence, Mode, Observation, Refusal } from './observation.ts';
import { NAMED_KINDS, type NamedKind, SUBJECT_TYPES, type SubjectType } from './policy/action.ts';
import type { Cell } from './policy/fact.ts';
import { expectedRole, type Role, RoleCodec, rolesOf } from './policy/role.ts';
import { isPlainObject } from './receipt/encoding/json.ts';
import { cellKey, type State } from './state.ts';

interface SubjectJson {
  readonly type: SubjectType;
  readonly id: string;
  readonly ref?: string;
  readonly scope?: readonly Role[];
}
interface ResourceJson {
  readonly id: string;
  readonly ref?: string;
  readonly environment?: Environment;
}
interface RefusalJson {
  readonly requester?: string;
  readonly namesake?: string;
  readonly person?: string;
  readonly persons?: readonly string[];
  readonly binding?: string;
  readonly asks?: readonly string[];
}
interface EvidenceJson {
  readonly fact: string;
  readonly about?: string;
  readonly value: unknown;
  readonly source: string;
  readonly observedAt?: Ms;
}
interface ObservationJson {
  readonly id?: string;
  readonly at: Ms;
  readonly mode: Mode;
  readonly catalog?: string;
  readonly intent: {
    readonly subject: SubjectJson;
    readonly action: { readonly id: string; readonly arguments?: Readonly<Record<string, unknown>> };
    readonly resource: ResourceJson;
    readonly binding?: string;
    readonly refusal?: RefusalJson;
    readonly named?: NamedKind;
    readonly person?: string;
    readonly persons?: readonly string[];
    readonly signedBy?: string;
  };
  readonly evidence?: readonly EvidenceJson[];
  readonly state?: Readonly<Record<string, unknown>>;
}

/**
 * Parses an observation that was written by hand. `about` is the intent's resource and `observedAt` is `at` where they
 * are absent; a subject and a resource are their own pseudonyms; `binding` is `binding`. Everything that is wrong is listed.
 */
export const parseObservation = (
  catalog: Catalog,
  json: unknown,
): E.Either<readonly [Issue, ...Issue[]], Observation> => {
  const parsed = parseWith(ObservationJsonCodec, json);
  if (E.isLeft(parsed)) return parsed;
  const { id = 'observation', at, mode, catalog: decides, intent, evidence = [], state = {} } = parsed.right;
  const issues: Issue[] = [];
  misnamed(parsed.right, issues);
  unknownFacts(catalog, evidence, issues);
  unknownRoles(catalog, intent.subject.scope, issues);
  const cells = readState(catalog, state, issues);
  const [first, ...rest] = issues;
  if (first !== undefined) return E.left([first, ...rest]);
  const { subject, action, resource, binding = 'binding', refusal, named, person, persons, signedBy } = intent;
  return E.right({
    id,
    at,
    mode,
    ...(decides === undefined ? {} : { catalog: decides }),
    intent: {
      subject: {
        type: subject.type,
        id: subject.id,
        ref: subject.ref ?? subject.id,
        scope: [...new Set(subject.scope ?? [])].sort(),
      },
      action: { id: action.id, arguments: action.arguments ?? {} },
      resource: {
        id: resource.id,
        ref: resource.ref ?? resource.id,
        ...(resource.environment === undefined ? {} : { environment: resource.environment }),
      },
      binding,
      ...(refusal === undefined ? {} : { refusal: readRefusal(refusal) }),
      ...(named === undefined ? {} : { named }),
      ...(person === undefined ? {} : { person }),
      ...(persons === undefined ? {} : { persons: setOf(persons) }),
      ...(signedBy === undefined ? {} : { signedBy }),
    },
    evidence: evidence.map(
      (e): Evidence => ({
        fact: e.fact,
        about: e.about ?? resource.id,
        value: e.value,
        source: e.source,
        observedAt: e.observedAt ?? at,
      }),
    ),
    state: cells,
  });
};

/** Whom and what an observation names, each in its one spelling: an Andon on another spelling would not be found. */
const misnamed = ({ intent: { subject, resource }, evidence = [] }: ObservationJson, issues: Issue[]): void => {
  const look = (name: string | undefined, path: Path): void => {
    const fault = name === undefined ? undefined : nameFault(name);
    if (fault !== undefined) issues.push({ path, expected: 'a name in its one spelling', found: fault });
  };
  look(subject.id, ['intent', 'subject', 'id']);
  look(subject.ref, ['intent', 'subject', 'ref']);
  look(resource.id, ['intent', 'resource', 'id']);
  look(resource.ref, ['intent', 'resource', 'ref']);
  for (const [n, { about }] of evidence.entries()) look(about, ['evidence', n, 'about']);
};

/** Evidence about a fact that no pack declares would be passed over without a word: most often it is a slip of the pen. */
const unknownFacts = (catalog: Catalog, evidence: readonly EvidenceJson[], issues: Issue[]): void => {
  for (const [n, { fact }] of evidence.entries())
    if (!catalog.facts.has(fact))
      issues.push({
        path: ['evidence', n, 'fact'],
        expected: `a fact of the catalog${hintOf(fact, catalog.facts.keys(), issues)}`,
        found: `\`${fact}\``,
      });
};

/** A role that no pack declares grants nothing: most often it is a slip of the pen. */
const unknownRoles = (catalog: Catalog, scope: readonly Role[] = [], issues: Issue[]): void => {
  const known = rolesOf(catalog.source);
  for (const [n, role] of scope.entries())
    if (!known.includes(role))
      issues.push({
        path: ['intent', 'subject', 'scope', n],
        expected: expectedRole(known, role),
        found: `\`${role}\``,
      });
};

/** The nearest known name, for the first issues alone: looking for it takes its time. */
const hintOf = (name: string, known: Iterable<string>, issues: readonly Issue[]): string =>
  issues.length < HINTS_MAX ? suggestion(name, known) : '';

const readRefusal = ({ requester = '', namesake, person, persons, binding = '', asks = [] }: RefusalJson): Refusal => ({
  requester,
  ...(namesake === undefined ? {} : { namesake }),
  ...(person === undefined ? {} : { person }),
  ...(persons === undefined ? {} : { persons: setOf(persons) }),
  binding,
  asks: setOf(asks),
});

const setOf = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

const readState = (catalog: Catalog, json: Readonly<Record<string, unknown>>, issues: Issue[]): State => {
  const cells = new Map<string, ReadonlyMap<string, Value>>();
  for (const [id, value] of Object.entries(json)) {
    const cell = catalog.cells.get(id);
    if (cell === undefined) {
      issues.push({
        path: ['state', id],
        expected: `a cell of the catalog${hintOf(id, catalog.cells.keys(), issues)}`,
        found: `\`${id}\``,
      });
      continue;
    }
    const values = new Map<string, Value>();
    readCell(cell, value, [], ['state', id], values, issues);
    cells.set(id, values);
  }
  return { cells, open: new Map() };
};

const readCell = (
  cell: Cell,
  json: unknown,
  keys: readonly string[],
  path: Path,
  into: Map<string, Value>,
  issues: Issue[],
): void => {
  if (keys.length === cell.key.length) {
    const value = admit(cell.type)(json);
    if (value === undefined) issues.push({ path, expected: describeType(cell.type), found: picture(json) });
    else into.set(cellKey(keys), value);
    return;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    issues.push({ path, expected: `an object from ${cell.key[keys.length] ?? 'key'} to value`, found: picture(json) });
    return;
  }
  const isName = NAMING.has(cell.key[keys.length] ?? '');
  for (const [key, value] of Object.entries(json)) {
    const fault = isName ? nameFault(key) : undefined;
    if (fault !== undefined)
      issues.push({ path: [...path, key], expected: 'a name in its one spelling', found: fault });
    readCell(cell, value, [...keys, key], [...path, key], into, issues);
  }
};

/** Parts of keys that name somebody or something. */
const NAMING: ReadonlySet<string> = new Set(['scope', 'subject', 'resource', 'tenant', 'owner']);

const name: Codec<string> = text('a string of 1 to 256 characters', /^[^\p{Cc}\p{Cs}]{1,256}$/u);
const instant: Codec<Ms> = custom('an RFC 3339 instant', { type: 'string', format: 'date-time' }, (x) =>
  typeof x === 'string' ? parseInstant(x) : undefined,
);
const anything: Codec<unknown> = custom<unknown>('a JSON value', {}, (x) => x);
const plainObject: Codec<Readonly<Record<string, unknown>>> = custom('an object', { type: 'object' }, (x) =>
  isPlainObject(x) ? x : undefined,
);

/** An observation as it is written, before the catalog's cells are looked up. */
export const ObservationJsonCodec: Codec<ObservationJson> = document(
  closed<ObservationJson>('an observation', {
    id: optional(name),
    at: instant,
    mode: oneOf('eval or contractual', ['eval', 'contractual'] as const),
    catalog: optional(name),
    intent: closed<ObservationJson['intent']>('an intent', {
      subject: closed<SubjectJson>('a subject', {
        type: oneOf('a subject type', SUBJECT_TYPES),
        id: name,
        ref: optional(name),
        scope: optional(list(RoleCodec)),
      }),
      action: closed<ObservationJson['intent']['action']>('an action', { id: name, arguments: optional(plainObject) }),
      resource: closed<ResourceJson>('a resource', {
        id: name,
        ref: optional(name),
        environment: optional(oneOf('an environment', ['sandbox', 'production', 'unknown'] as const)),
      }),
      binding: optional(name),
      refusal: optional(
        closed<RefusalJson>('a refusal', {
          requester: optional(name),
          namesake: optional(name),
          person: optional(name),
          persons: optional(list(name)),
          binding: optional(name),
          asks: optional(list(name)),
        }),
      ),
      named: optional(oneOf('a kind of subject', NAMED_KINDS)),
      person: optional(name),
      persons: optional(list(name)),
      signedBy: optional(name),
    }),
    evidence: optional(
      list(
        closed<EvidenceJson>('evidence', {
          fact: name,
          about: optional(name),
          value: anything,
          source: name,
          observedAt: optional(instant),
        }),
      ),
    ),
    state: optional(plainObject),
  }),
);

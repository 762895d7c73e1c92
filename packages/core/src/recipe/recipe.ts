/**
 * Standard work as data: what is seen, what is done about it, how it is known to be over, and how it is undone (D-23).
 * A recipe names actions, facts and roles of a catalog; it adds none of its own, and stands beside the catalog.
 */
import { either as E } from 'fp-ts';
import {
  type Codec,
  closed,
  dictionary,
  document,
  id,
  integer,
  list,
  literal,
  nonEmpty,
  oneOf,
  optional,
  parseWith,
  prose,
  semver,
  tagged,
} from '../data/codec.ts';
import type { Issue } from '../data/issue.ts';
import type { ActionId } from '../policy/action.ts';
import { type Condition, ConditionCodec } from '../policy/condition.ts';
import { type Term, TermCodec } from '../policy/fact.ts';
import { type Role, RoleCodec } from '../policy/role.ts';
import { encodeBase64url, encodeUtf8 } from '../receipt/encoding/bytes.ts';
import { canonicalize } from '../receipt/encoding/canonical.ts';
import { nobleSha256 } from '../receipt/encoding/crypto.ts';
import type { Json } from '../receipt/encoding/json.ts';

/** The name of the format, with its number. */
export const RECIPE_FORMAT = 'tai-autonomics/recipe@1';

/** The five categories of the library (D-26 to D-30). */
export const CATEGORIES = ['infrastructure', 'data', 'entitlement', 'troubleshooting', 'optimization'] as const;
/** What goes wrong: the five categories of recipes. */
export type Category = (typeof CATEGORIES)[number];

/** Arguments of an action: constants, or what a fact read when the recipe was selected. */
export type RecipeArguments = Readonly<Record<string, Term>>;

/** How a step is taken back: by another action, or not at all, and then it says why. */
export type Undo =
  | {
      readonly by: 'action';
      readonly action: ActionId;
      readonly arguments: RecipeArguments;
      /** It is asked for in the incident, since the action takes one; absent where it takes none. */
      readonly incident?: true;
    }
  | { readonly by: 'nothing'; readonly why: string };

/** One step: an action about the incident's resource, asked as any other intent is. Its limits are the action's. */
export interface RecipeStep {
  readonly means: string;
  readonly action: ActionId;
  readonly arguments: RecipeArguments;
  /** It is asked for in the incident, as the last step always is: a step before it whose action takes an incident. */
  readonly incident?: true;
  readonly undo: Undo;
  /** What the step does in the product's own words: what its handler runs, or whoever reports it by hand. */
  readonly command?: string;
  /** What has to be there that isn't on every machine: a cloud project, a cluster. Absent: the step runs where the governor does. */
  readonly needs?: string;
}

/** A recipe as it is written. */
export interface Recipe {
  readonly format: typeof RECIPE_FORMAT;
  readonly recipe_id: string;
  /** MAJOR.MINOR.PATCH. An incident keeps the version that it was diagnosed with. */
  readonly version: string;
  readonly title: string;
  readonly category: Category;
  /** The kind of incident that it is for: only recipes of one kind compete. */
  readonly kind: string;
  readonly explanation: string;
  /** What has to be seen. Its facts are the evidence that is needed, all of it up front (D-04). */
  readonly symptom: Condition;
  /** In order; undone in reverse. */
  readonly steps: readonly [RecipeStep, ...RecipeStep[]];
  /** What has to be seen afterwards, observed anew. */
  readonly verify: Condition;
  /** The roles that whoever carries it out must hold: all that its actions ask for. */
  readonly roles: readonly Role[];
  readonly prevention: string;
  readonly owner: string;
  /** Only what somebody else than its owner reviewed can be selected (D-31). */
  readonly review: { readonly state: 'draft' } | { readonly state: 'reviewed'; readonly by: string };
  /** For so many percent of the tenants; 5 where absent: a version begins with few (D-31). */
  readonly rollout?: number;
}

/** The most steps that a recipe may have. */
export const STEPS_MAX = 16;
/** With how many percent of the tenants a version begins. */
export const FIRST_ROLLOUT = 5;

/** A recipe by its id and version, as an incident keeps it. */
export const recipeName = ({ recipe_id, version }: Pick<Recipe, 'recipe_id' | 'version'>): string =>
  `${recipe_id}@${version}`;

/** SHA-256 over the format's name and the canonical JSON of the recipe, base64url: another recipe, another digest. */
export const recipeDigest = (recipe: Recipe): string => {
  // A recipe that was parsed has Unicode texts, integers and members alone: it always has canonical JSON.
  const text = canonicalize(recipe as unknown as Json);
  const bytes = encodeUtf8(`${RECIPE_FORMAT}
${E.isRight(text) ? text.right : ''}`);
  return encodeBase64url(nobleSha256(bytes ?? new Uint8Array(0)));
};

/** Parses a recipe by itself. All that is wrong is listed, with its path. What it names is checked by `checkRecipes`. */
export const parseRecipe = (json: unknown): E.Either<readonly [Issue, ...Issue[]], Recipe> => {
  const parsed = parseWith(RecipeCodec, json);
  if (E.isLeft(parsed)) return parsed;
  const [first, ...rest] = ownIssues(parsed.right);
  return first === undefined ? parsed : E.left([first, ...rest]);
};

/** What is wrong with a recipe whatever the catalog. */
const ownIssues = ({ steps, review, owner }: Recipe): readonly Issue[] => [
  ...(steps.length > STEPS_MAX
    ? [{ path: ['steps'], expected: `at most ${STEPS_MAX} steps`, found: `${steps.length}` }]
    : []),
  ...(review.state === 'reviewed' && review.by === owner
    ? [{ path: ['review', 'by'], expected: 'somebody else than its owner', found: `\`${review.by}\`` }]
    : []),
];

const argumentsCodec: Codec<RecipeArguments> = dictionary('arguments', /^[a-z][a-z0-9_]{0,63}$/, TermCodec);
const undo: Codec<Undo> = tagged<Undo>('an undo', 'by', {
  action: closed<Extract<Undo, { by: 'action' }>>('an undo by an action', {
    by: literal('action'),
    action: id,
    arguments: argumentsCodec,
    incident: optional(literal(true)),
  }),
  nothing: closed<Extract<Undo, { by: 'nothing' }>>('no undo, and why', { by: literal('nothing'), why: prose }),
});
const step: Codec<RecipeStep> = closed<RecipeStep>('a step', {
  means: prose,
  action: id,
  arguments: argumentsCodec,
  incident: optional(literal(true)),
  undo,
  command: optional(prose),
  needs: optional(prose),
});

/** A recipe as it is written, strictly: an unknown member is refused, and a step that doesn't say how it is undone. */
export const RecipeCodec: Codec<Recipe> = document(
  closed<Recipe>('a recipe', {
    format: literal(RECIPE_FORMAT),
    recipe_id: id,
    version: semver,
    title: prose,
    category: oneOf('a category', CATEGORIES),
    kind: id,
    explanation: prose,
    symptom: ConditionCodec,
    steps: nonEmpty('step', step),
    verify: ConditionCodec,
    roles: list(RoleCodec),
    prevention: prose,
    owner: id,
    review: tagged<Recipe['review']>('a review', 'state', {
      draft: closed<Extract<Recipe['review'], { state: 'draft' }>>('a draft', { state: literal('draft') }),
      reviewed: closed<Extract<Recipe['review'], { state: 'reviewed' }>>('a review', {
        state: literal('reviewed'),
        by: id,
      }),
    }),
    rollout: optional(integer(1, 100)),
  }),
);

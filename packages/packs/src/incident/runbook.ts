/** A recipe for people: the same data as commands, a runbook and an explanation (D-05, E-03). */
import {
  describeCondition,
  type Recipe,
  type RecipeArguments,
  recipeDigest,
  recipeName,
} from '@tai-autonomics/core/author';
import { owns } from '@tai-autonomics/core/receipt';

/** The commands by which an incident is carried through with a recipe, in order, as `tai submit` takes them. */
export const recipeCommands = (recipe: Recipe): readonly string[] => [
  submit('check_incident', { incident: '$INCIDENT', recipe: recipe.recipe_id }),
  ...recipe.steps.map(({ action, arguments: args, incident }, i) =>
    submit(action, {
      ...(incident === true || i === recipe.steps.length - 1 ? { incident: '$INCIDENT' } : {}),
      ...written(args),
    }),
  ),
  submit('verify_incident', { incident: '$INCIDENT' }),
  submit('close_incident', { incident: '$INCIDENT', finding: '$FINDING' }),
];

/** What takes the steps back, the last one first. Empty where nothing does. */
export const undoCommands = (recipe: Recipe): readonly string[] =>
  recipe.steps.toReversed().flatMap(({ undo }) =>
    undo.by === 'action'
      ? [
          submit(undo.action, {
            ...(undo.incident === true ? { incident: '$INCIDENT' } : {}),
            ...written(undo.arguments),
          }),
        ]
      : [],
  );

/** Why the recipe does what it does, in a few sentences: what is seen, what follows, and how it is known to be over. */
export const recipeExplanation = (recipe: Recipe): string =>
  [
    recipe.explanation,
    `It is indicated where ${describeCondition(recipe.symptom)}.`,
    `Then ${recipe.steps.map(({ means }) => means).join('; then ')}.`,
    `It is over where ${describeCondition(recipe.verify)}.`,
  ].join(' ');

/** The runbook, in Markdown: the same recipe gives the same text. */
export const runbookOf = (recipe: Recipe): string =>
  [
    `# ${recipe.title}`,
    '',
    `\`${recipeName(recipe)}\`, for incidents of the kind \`${recipe.kind}\`; category ${recipe.category}. Owner: ${recipe.owner}. ${reviewText(recipe)}`,
    '',
    recipe.explanation,
    '',
    `**Symptom.** ${describeCondition(recipe.symptom)}`,
    '',
    '**Steps.**',
    '',
    ...recipe.steps.map(
      ({ means, action, undo, needs, command }, i) =>
        `${i + 1}. \`${action}\`: ${means}. ${undoText(undo)}${needsText(needs)}${commandText(command)}`,
    ),
    '',
    `**Verification.** ${describeCondition(recipe.verify)}`,
    '',
    `**Prevention.** ${recipe.prevention}`,
    '',
    '```sh',
    ...recipeCommands(recipe),
    '```',
    ...undoing(recipe),
    '',
    `Digest of the recipe: \`${recipeDigest(recipe)}\`. Roles: ${recipe.roles.join(', ')}.`,
    '',
  ].join('\n');

const undoing = (recipe: Recipe): readonly string[] => {
  const commands = undoCommands(recipe);
  return commands.length === 0 ? [] : ['', 'To undo it, the last step first:', '', '```sh', ...commands, '```'];
};

/** What a fact fills in is a variable of its name; a shell fills it in as text. */
const written = (args: RecipeArguments): object =>
  Object.fromEntries(
    Object.entries(args).map(([name, term]) => [
      name,
      typeof term === 'object' && owns(term, 'fact') ? `$${term.fact.toUpperCase()}` : term,
    ]),
  );

/** Variables stand outside of the single quotes, so that a shell fills them in. */
const quoted = (args: object): string =>
  `'${JSON.stringify(args).replaceAll("'", String.raw`'\''`)}'`.replaceAll(
    /\$[A-Z_]+/g,
    (variable) => `'"${variable}"'`,
  );

const submit = (action: string, args: object): string =>
  `tai submit ${action} --tenant $TENANT --as $AGENT --scope $ROLES --about $RESOURCE --arguments ${quoted(args)}`;

const reviewText = ({ review }: Recipe): string =>
  review.state === 'reviewed' ? `Reviewed by ${review.by}.` : 'A draft: nobody can select it.';

const undoText = (undo: Recipe['steps'][number]['undo']): string =>
  undo.by === 'action' ? `Undone by \`${undo.action}\`.` : `Not undone: ${undo.why}.`;

const needsText = (needs: string | undefined): string => (needs === undefined ? '' : ` Needs ${needs}.`);

const commandText = (command: string | undefined): string =>
  command === undefined ? '' : ` In its own words: \`${command}\`.`;

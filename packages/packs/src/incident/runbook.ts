/** A recipe for people: the same data as commands, a runbook and an explanation (D-05, E-03). */
import { describeCondition } from '@tai-autonomics/core/author';
import { type Recipe, recipeName } from './recipe.ts';

/** The commands by which an incident is carried through with a recipe, in order, as `tai submit` takes them. */
export const recipeCommands = (recipe: Recipe): readonly string[] => [
  submit('check_incident', { incident: '$INCIDENT', recipe: recipe.recipe_id }),
  ...recipe.steps.map(({ action, arguments: args }, i) =>
    submit(action, i === recipe.steps.length - 1 ? { incident: '$INCIDENT', ...args } : args),
  ),
  submit('verify_incident', { incident: '$INCIDENT' }),
  submit('close_incident', { incident: '$INCIDENT', finding: '$FINDING' }),
];

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
    ...recipe.steps.map(({ means, action, undo }, i) => `${i + 1}. \`${action}\`: ${means}. ${undoText(undo)}`),
    '',
    `**Verification.** ${describeCondition(recipe.verify)}`,
    '',
    `**Prevention.** ${recipe.prevention}`,
    '',
    '```sh',
    ...recipeCommands(recipe),
    '```',
    '',
  ].join('\n');

/** Variables stand outside of the single quotes, so that a shell fills them in. */
const quoted = (args: object): string =>
  `'${JSON.stringify(args)}'`.replaceAll(/\$[A-Z]+/g, (variable) => `'"${variable}"'`);

const submit = (action: string, args: object): string =>
  `tai submit ${action} --tenant $TENANT --as $AGENT --scope $ROLES --about $RESOURCE --arguments ${quoted(args)}`;

const reviewText = ({ review }: Recipe): string =>
  review.state === 'reviewed' ? `Reviewed by ${review.by}.` : 'A draft: nobody can select it.';

const undoText = (undo: Recipe['steps'][number]['undo']): string =>
  undo.by === 'action' ? `Undone by \`${undo.action}\`.` : `Not undone: ${undo.why}.`;

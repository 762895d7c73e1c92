/** The skeleton of a recipe: the least that is complete and passes its checks, with a comment wherever a choice was made. */

/** A recipe of a name, as JSON with comments. It restores configuration in the special case of a sandbox. */
export const recipeSkeleton = (
  name: string,
): string => `// A recipe is data. Check it with \`tai recipe check ${name}.recipe.jsonc\`, try it with \`tai recipe test ${name}.recipe.jsonc\`.
{
  "format": "tai-autonomics/recipe@1",
  "recipe_id": "${name}",
  // Raise it with every change: an incident keeps the version that it was diagnosed with.
  "version": "0.1.0",
  "title": "Say in a few words what is done",
  // infrastructure, data, entitlement, troubleshooting or optimization.
  "category": "infrastructure",
  // The kind of incident that it is for, as your monitor names it. Only recipes of one kind compete.
  "kind": "${name}",
  "explanation": "Say what goes wrong, and why this helps.",

  // What has to be seen. Its facts are all the evidence that is asked for, at once. \`tai recipe check\` refuses a symptom
  // that is never or always true, and one that ties with another recipe of the same kind.
  "symptom": {
    "all": [
      { "fact": "configuration_drifted", "is": true },
      { "fact": "environment", "is": "sandbox" }
    ]
  },

  // In order. Each is an action of the catalog; the last one takes the incident. Each says how it is undone:
  // { "by": "action", "action": "…", "arguments": { … } }, or { "by": "nothing", "why": "…" }.
  // An argument is a constant, or { "fact": "…" }: what that fact read when the recipe was selected.
  "steps": [
    {
      "means": "puts the change aside and restores the commit",
      "action": "restore_configuration",
      "arguments": {},
      "undo": { "by": "nothing", "why": "what was changed is kept as a git stash" }
    }
  ],

  // What has to be seen afterwards, observed anew.
  "verify": { "fact": "configuration_drifted", "is": false },
  // All the roles that the steps ask for, and no others.
  "roles": ["read_deployment", "write_rollback"],
  "prevention": "Say what would keep it from coming back.",
  "owner": "my_team",
  // A draft can't be selected: somebody else than the owner reviews it, { "state": "reviewed", "by": "their_team" }.
  "review": { "state": "draft" },
  // For so many percent of the tenants. Begin with few.
  "rollout": 5
}
`;

/** Two fixtures: one that selects the recipe, and one that nearly does. */
export const fixturesSkeleton = (
  name: string,
): string => `// Evidence that selects the recipe, and evidence that nearly does. \`facts\` are facts by name; \`evidence\` is raw evidence by
// the detector that reads it, in the format of its product. A draft is tried as if it were reviewed.
{
  "recipe": "${name}",
  "fixtures": [
    {
      "note": "it is indicated",
      "selects": true,
      "facts": { "environment": "sandbox" },
      "evidence": {
        "git_configuration": {
          "head": "0123456789abcdef0123456789abcdef01234567",
          "changes": [{ "change": " M service.yaml", "blob": "89abcdef0123456789abcdef0123456789abcdef" }]
        }
      }
    },
    {
      "note": "nothing was changed",
      "selects": false,
      "facts": { "environment": "sandbox" },
      "evidence": { "git_configuration": { "head": "0123456789abcdef0123456789abcdef01234567", "changes": [] } }
    }
  ]
}
`;

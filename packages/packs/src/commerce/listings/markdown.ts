/** A listing as Markdown, for a marketplace's page. */
import type { Listing } from './listing.ts';

/** The page of a listing; the same listing gives the same bytes. */
export const listingMarkdown = (listing: Listing): string =>
  [
    `# ${listing.name}`,
    '',
    listing.tagline,
    '',
    `Recommended for ${listing.recommended_for}.`,
    '',
    ...table(
      ['price', 'SKU', 'plan', 'approvals per action and period'],
      [[listing.price.text, `\`${listing.sku_id}\``, `\`${listing.plan_id}\``, String(listing.approvals_per_action)]],
    ),
    '',
    '## Packs',
    '',
    ...table(
      ['pack', 'version', 'what it does'],
      listing.packs.map(({ pack_id, version, description }) => [`\`${pack_id}\``, version, description]),
    ),
    '',
    '## Tools',
    '',
    ...table(
      ['tool', 'what for'],
      listing.tools.map(({ tool, title }) => [`\`${tool}\``, title]),
    ),
    '',
    '## Roles',
    '',
    `At most: ${listing.roles.map((role) => `\`${role}\``).join(', ') || 'none'}.`,
    '',
    '## Notices',
    '',
    ...listing.notices.map((notice) => `- ${notice}`),
    '',
    '## What a purchase switches on',
    '',
    ...fenced(listing.entitlement),
    '',
  ].join('\n');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];

const fenced = (json: unknown): readonly string[] => ['```json', JSON.stringify(json, null, 2), '```'];

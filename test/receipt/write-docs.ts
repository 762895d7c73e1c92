/** Puts the worked example into docs/receipt-v1.md: `npx tsx -C @tai-autonomics/source test/receipt/write-docs.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { workedExample } from './worked-example.ts';

const page = new URL('../../docs/receipt-v1.md', import.meta.url);
const example = workedExample();
const filled = readFileSync(page, 'utf8').replace(
  /<!-- example: ([a-z0-9-]+) -->\n```([a-z]*)\n[\s\S]*?```/g,
  (_, name: string, language: string) =>
    `<!-- example: ${name} -->\n\`\`\`${language}\n${(example[name] ?? '').replace(/\n$/, '')}\n\`\`\``,
);
writeFileSync(page, filled);

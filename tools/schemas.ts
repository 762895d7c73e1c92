/**
 * The schema gate: packages/core/schemas/<name>.json are the JSON Schemas of what the codecs read, one a document.
 * `--update` writes them.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { schemas } from '@tai-autonomics/core/schemas';

const folder = join(process.cwd(), 'packages/core/schemas');
const update = process.argv.includes('--update');

const written = new Map(
  Object.entries(schemas()).map(([name, schema]) => [`${name}.json`, `${JSON.stringify(schema, undefined, 2)}\n`]),
);

const read = (file: string): string | undefined => {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return undefined;
  }
};

mkdirSync(folder, { recursive: true });
const strange = readdirSync(folder).filter((file) => !written.has(file));
const stale = [...written].filter(([file, text]) => read(file) !== text);
if (update) {
  for (const file of strange) rmSync(join(folder, file));
  for (const [file, text] of stale) writeFileSync(join(folder, file), text);
  console.log(`schemas: ${written.size} documents, ${stale.length} written, ${strange.length} removed`);
} else {
  for (const file of strange) console.error(`schemas: packages/core/schemas/${file} is of no document`);
  for (const [file] of stale)
    console.error(`schemas: packages/core/schemas/${file} is not what the codec reads: \`npm run schemas:update\``);
  if (stale.length + strange.length === 0) console.log(`schemas: ${written.size} documents hold`);
  process.exitCode = stale.length + strange.length === 0 ? 0 : 1;
}

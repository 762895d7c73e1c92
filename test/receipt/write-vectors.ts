/** Writes `test/vectors/receipt/*.json`: `npx tsx -C @tai-autonomics/source test/receipt/write-vectors.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { attackVectors } from './attacks.ts';

const folder = new URL('../vectors/receipt/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, attack] of Object.entries(attackVectors())) {
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(attack, null, 1)}\n`);
}

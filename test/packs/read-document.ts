/** The sample documents, parsed; see `documents/README.md`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const readDocument = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`./documents/${name}.json`, import.meta.url)), 'utf8'));

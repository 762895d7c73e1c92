/** The sample documents, parsed; see `documents/README.md`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const readDocument = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`./documents/${name}.json`, import.meta.url)), 'utf8'));

/** A document of `test/vectors/field`, parsed: `storm-window-slid/after`. */
export const readField = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../vectors/field/${name}.json`, import.meta.url)), 'utf8'));

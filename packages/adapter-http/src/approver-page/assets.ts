/** The files of the page, as they stand in this package: text that is read once. What could not be read is read again. */
import { readFile } from 'node:fs/promises';

/** What a file is served as. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/approvals': ['index.html', 'text/html; charset=utf-8'],
  '/approvals/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/approvals/page.js': ['page.js', SCRIPT],
  '/approvals/keys.js': ['keys.js', SCRIPT],
  '/approvals/statement.js': ['statement.js', SCRIPT],
};

const read = new Map<string, Promise<string>>();

/** The file of a path; `undefined` where there is none. */
export const assetAt = async (path: string): Promise<Asset | undefined> => {
  const [file, type] = Object.hasOwn(FILES, path) ? (FILES[path] ?? []) : [];
  if (file === undefined || type === undefined) return undefined;
  const reading = read.get(file) ?? readFile(new URL(`../../page/${file}`, import.meta.url), 'utf8');
  read.set(file, reading);
  reading.catch(() => read.delete(file));
  return { type, text: await reading };
};

/** Skeletons that a command writes into the working folder. No file is overwritten. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from './io.ts';

/** Room for what a skeleton puts before and behind it. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** Writes the files of a name, one after the other, and says which; stops at the first that is there already. */
export const writeNewFiles = async (
  io: Io,
  name: string,
  json: boolean,
  filesOf: () => readonly (readonly [file: string, text: string])[],
): Promise<ExitCode> => {
  if (!NAME.test(name)) {
    const found = JSON.stringify(name.slice(0, 80));
    return unreadable(io, `expected a name of 1 to 40 characters of a-z, 0-9 and _, found ${found}`);
  }
  const files = filesOf();
  for (const [file, text] of files) {
    try {
      await writeFile(resolve(io.cwd, file), text, { flag: 'wx' });
    } catch (error) {
      const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      complain(io, `${file}: ${isThere ? 'is there already, and stays as it is' : 'cannot be written'}`);
      return EXIT.failed;
    }
    if (!json) io.out(`wrote ${file}\n`);
  }
  if (json) printJson(io, { wrote: files.map(([file]) => file) });
  return EXIT.ok;
};

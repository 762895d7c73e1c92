/** Where the programs are that tests start: built before the first test (`build.ts`), so that none starts from an old source. */
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { repository } from '../canary/repository.ts';

/** The folder of the built programs of the tests. */
export const PROGRAMS_DIR: string = join(repository, '.build/programs');

/** The `tai` command, as a user starts it. */
export const TAI: string = join(repository, 'packages/cli/bin/tai.js');

/** The built program of a source in `test/`, which is named by its URL. */
export const builtFrom = (source: string): string =>
  join(PROGRAMS_DIR, relative(join(repository, 'test'), fileURLToPath(source)).replace(/\.ts$/, '.js'));

/** The same, as the URL of a module. */
export const builtModule = (source: string): string => pathToFileURL(builtFrom(source)).href;

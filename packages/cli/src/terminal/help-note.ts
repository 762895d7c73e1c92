/** What is said of one verb below its options. */
import type { ExitCode } from './io.ts';

/** Lines to type, and what its exit codes mean. The code 2 means the same everywhere, and is not repeated. */
export interface HelpNotes {
  readonly examples: readonly string[];
  readonly exits: Readonly<Partial<Record<ExitCode, string>>>;
}

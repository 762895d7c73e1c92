/** Test files that take longest begin first, so that no worker is left alone with one of them at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest, as measured in the long run and in the short one; what stands first takes longest. */
export const LONGEST: readonly string[] = [
  'test/storage/conformance.test.ts',
  'test/crash/move.test.ts',
  'test/crash/crash.test.ts',
  'test/storage/postgres-processes.test.ts',
  'test/storage/firestore-wire.test.ts',
  'test/pack.test.ts',
  'test/analysis/laws.test.ts',
  'test/governor/reasons.test.ts',
  'test/cli/exits.test.ts',
  'test/governor-parts/git-hidden-edits.test.ts',
  'test/governor-parts/desired-state.test.ts',
  'test/cli/stories.test.ts',
  'test/http/export-stream.test.ts',
  'test/architecture.test.ts',
  'test/analysis/lint.test.ts',
  'test/tools/policy-versions.test.ts',
  'test/storage/firestore-races.test.ts',
  'test/cli/drain.test.ts',
  'test/cli/init.test.ts',
  'test/docs.test.ts',
  'test/demo/driver.test.ts',
];

/** What vitest sorts by: the longest, and then the largest, as it does by itself. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
      return rank === -1 ? LONGEST.length : rank;
    };
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

/** Test files that take longest begin first, so that no worker is left alone with one of them at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest, as measured in the long run and in the short one; what stands first takes longest. */
export const LONGEST: readonly string[] = [
  'test/crash/crash.test.ts',
  'test/crash/move.test.ts',
  'test/pack.test.ts',
  'test/analysis/laws.test.ts',
  'test/governor/reasons.test.ts',
  'test/cli/exits.test.ts',
  'test/architecture.test.ts',
  'test/analysis/lint.test.ts',
  'test/cli/stories.test.ts',
  'test/bundle/verify.test.ts',
  'test/governor/active-catalog.test.ts',
  'test/cli/tutorial.test.ts',
  'test/cli/drain.test.ts',
  'test/cli/init.test.ts',
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

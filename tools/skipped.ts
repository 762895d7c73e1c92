/**
 * Says at the end of a test run what was skipped and why: a check that needs what this machine has not (a tool that other
 * people wrote, a right of the kernel) is no check that passed. A skip without a reason fails the run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import process from 'node:process';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** A test that did not run. */
interface Skipped {
  readonly test: string;
  /** Absent: nobody said why. */
  readonly why?: string;
}

const FILE = '.build/skipped.json';

/** What was skipped in these modules, in their order. */
const skippedIn = (modules: readonly TestModule[]): readonly Skipped[] =>
  modules.flatMap((module) =>
    [...module.children.allTests('skipped')].map((test) => {
      const result = test.result();
      const why = result.state === 'skipped' ? result.note : undefined;
      return { test: `${relative('.', module.moduleId)} > ${test.fullName}`, ...(why === undefined ? {} : { why }) };
    }),
  );

/** The lines that a person reads: how many, and each with its reason. */
const printSkipped = (skipped: readonly Skipped[]): string =>
  [
    `skipped: ${skipped.length}`,
    ...skipped.map(({ test, why }) => `  ${test}\n    ${why ?? 'NO REASON: say why, or run it'}`),
    '',
  ].join('\n');

/** The reporter. Runs beside the ones that a person reads. */
export default class SkippedReporter implements Reporter {
  private narrowed = false;

  onInit(vitest: Vitest): void {
    // Whoever asks for some tests by name knows that the others don't run.
    this.narrowed = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.narrowed) return;
    const skipped = skippedIn(modules);
    process.stdout.write(printSkipped(skipped));
    mkdirSync('.build', { recursive: true });
    writeFileSync(FILE, JSON.stringify(skipped));
    if (skipped.some(({ why }) => why === undefined)) process.exitCode = 1;
  }
}

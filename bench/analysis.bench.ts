/**
 * The questions that a policy's author asks of the whole shipped catalog, in CPU time of a fresh process, each once: what
 * `tai lint`, `tai prove` and `tai diff` take. `diff` compares with a catalog in which every action that changes the world
 * wants one thing less and another in other words, and a rollback's evidence may be older. (With the age of all evidence of
 * the catalog changed at once, the budget of one action, `activate_policy`, is spent after some two seconds.)
 *
 * Then the same questions about actions of many requirements of one kind, alone in this process after each other; `diff`
 * compares with one requirement less. What is not decided says so; nothing may throw. `npm run bench -- analysis`
 */
import process from 'node:process';
import { compileCatalog, diff, lint, prove } from '@tai-autonomics/core';
import { invariants, library } from '@tai-autonomics/packs';
import { FAMILIES, requirements, sourceOf } from '../test/generators/large-catalog.ts';
import { cpuMs, cpuMsSince, figure, isShort } from './measure.ts';
import { onPage } from './on-page.ts';
import { right } from './receipt-step.ts';

const AT_MOST_MS = 2_000;

interface Editable {
  readonly packs: readonly {
    readonly pack_id: string;
    readonly facts: Record<string, { maxAgeMs?: number }>;
    readonly actions: Record<string, { requires: { means: string }[]; does: { effect: string } }>;
  }[];
}

const edited = (): unknown => {
  const source = structuredClone(library) as unknown as Editable;
  for (const { pack_id, facts, actions } of source.packs) {
    for (const fact of Object.values(facts))
      if (pack_id === 'rollback_guard' && fact.maxAgeMs !== undefined) fact.maxAgeMs *= 2;
    for (const action of Object.values(actions)) {
      if (action.does.effect !== 'external') continue;
      action.requires = action.requires.slice(0, -1);
      for (const requirement of action.requires.slice(-1)) requirement.means = `${requirement.means}, in other words`;
    }
  }
  return source;
};

/** Requirements of an action; the short form has the smallest alone, for the largest take minutes. */
const SIZES = isShort ? ([50] as const) : ([50, 200, 1_000] as const);

/** The families that the page has in a table; it tells of the others in words. */
const SHOWN: ReadonlySet<string> = new Set([
  'independent booleans',
  'thresholds over 10 integers',
  '3-clauses over 30 booleans',
  'a chain of differences',
]);

/** Prints what each question takes, and what it found. */
export const analysisBench = (): void => {
  shippedBench();
  familiesBench();
};

const shippedBench = (): void => {
  const [shipped, next] = [right(compileCatalog(library)), right(compileCatalog(edited()))];
  const questions: readonly (readonly [string, () => string])[] = [
    ['lint', () => `${lint(library).length} findings`],
    [
      'prove',
      () => {
        const proofs = invariants.map((invariant) => right(prove(shipped, invariant)));
        if (proofs.some(({ answer }) => answer !== 'holds')) throw new Error('an invariant does not hold');
        return `${proofs.length} invariants hold`;
      },
    ],
    [
      'diff',
      () => {
        const { answer, differences, truncated, regions, undecided } = diff(shipped, next);
        if (answer !== 'different' || undecided.length > 0) throw new Error('a diff that does not tell');
        return `${differences.length}${truncated ? ' of more' : ''} kinds of difference in ${figure('regions', regions)} regions`;
      },
    ],
  ];
  console.log('the shipped catalog          CPU ms');
  for (const [name, ask] of questions) {
    const started = process.cpuUsage();
    const found = ask();
    const ms = cpuMsSince(started);
    console.log(`${name.padEnd(20)}${figure(name, ms).padStart(15)}   (at most ${AT_MOST_MS})   ${found}`);
  }
};

const familiesBench = (): void => {
  const cell = (ms: number, answer: string): string => `${figure('CPU ms', ms)} ${answer}`.padStart(24);
  console.log(
    `\n${'CPU ms, and the answer'.padEnd(30)}${['', 'prove', 'lint', 'diff']
      .map((x) => x.padStart(24))
      .join('')
      .slice(16)}`,
  );
  for (const [name, family] of Object.entries(FAMILIES)) {
    const row: string[] = [];
    for (const n of SIZES) {
      const { facts, all } = family(n);
      const less = all.filter((_, i) => i !== n >> 1);
      const source = sourceOf(facts, requirements(...all));
      const [before, after] = [
        right(compileCatalog(source)),
        right(compileCatalog(sourceOf(facts, requirements(...less)))),
      ];
      const asked: readonly (() => string)[] = [
        () => right(prove(before, { verdict: 'never_approve', action: 'act' })).answer,
        () => (lint(source).some(({ rule }) => rule === 'not_decided') ? 'not_decided' : 'decided'),
        () => {
          const { answer, undecided } = diff(before, after);
          return undecided.length > 0 ? 'not_decided' : answer;
        },
      ];
      const cells = asked.map((ask) => {
        let answer = '';
        const ms = cpuMs(() => {
          answer = ask();
        });
        row.push(answer === 'not_decided' ? '—' : figure('CPU s', ms / 1_000, 1));
        return cell(ms, answer);
      });
      console.log(`${name.padEnd(30)}${String(n).padStart(6)}  ${cells.join('')}`);
    }
    if (SHOWN.has(name)) onPage(name, ...row.slice(0, 6));
  }
};

/** `tai explain FILE`: one decision as a sentence, gate by gate, and what would have to be otherwise. */

import { type Decision, decide, parseObservation, type WhatWouldApprove, whatWouldApprove } from '@tai-autonomics/core';
import type { ChangeNeeded } from '@tai-autonomics/core/analysis';
import { describeCondition, type Wire } from '@tai-autonomics/core/author';
import {
  describeWire,
  type ExplainedGate,
  type ExplainedRequirement,
  explainGates,
  explainSentence,
  explainStep,
  type FactSeen,
  illTyped,
} from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { parseCount } from '../../input/count-option.ts';
import { readJsonFile } from '../../input/read-file.ts';
import { type PolicyOptions, withPolicyOption } from '../../input/written-catalog.ts';
import { CATALOG, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { catalogOf } from './decide.ts';

interface ExplainOptions extends PolicyOptions {
  readonly catalog?: string;
  readonly most?: number;
  readonly json?: boolean;
}

export const registerExplain: Register = (program, io, exit) => {
  withPolicyOption(program.command('explain'))
    .description('explain a decision, and every smallest change that approves it')
    .argument('<file>', 'the observation (JSON, comments allowed)')
    .option(...CATALOG)
    .option('--most <count>', 'how many sets of changes are listed; 4 where absent', parseCount)
    .option('--json', 'all of it as JSON')
    .action(async (file: string, options: ExplainOptions) => exit(await run(io, file, options)));
};

const wire = (value: Wire): string =>
  Array.isArray(value) ? `[${describeWire(value)}]` : value === '' ? 'nothing' : describeWire(value);
const seen = ({ fact, reading }: FactSeen): string =>
  'known' in reading ? `${fact} = ${wire(reading.known)}` : `${fact} is ${reading.missing}`;

const MARKS = { passed: '✓', failed: '✗', not_evaluated: '·' } as const;

const printRequirement = (io: Io, { truth, code, means, needed, seen: facts }: ExplainedRequirement): void => {
  if (truth === 'true') {
    io.out(`    ✓ ${means}\n`);
    return;
  }
  io.out(`    ${io.paint.red(truth === 'false' ? '✗' : '?')} ${means}  ${code}\n`);
  const known = 'all' in needed && needed.all.length === 0;
  io.out(`        needed  ${known ? 'it is known' : describeCondition(needed)}\n`);
  for (const fact of facts) io.out(`        seen    ${seen(fact)}\n`);
};

const printGate = (io: Io, { gate, result, requirements, reasons }: ExplainedGate): void => {
  const painted = result === 'failed' ? io.paint.red(result) : result;
  io.out(`${MARKS[result]} ${gate} ${painted.replace('_', ' ')}\n`);
  if (result === 'not_evaluated') return;
  for (const requirement of requirements) printRequirement(io, requirement);
  for (const { code, next } of reasons) io.out(`    ${code}: ${explainStep(next)}\n`);
};

const changeLine = ({ fact, by, from, to, where, actions, sources }: ChangeNeeded): string => {
  const now = 'known' in from ? wire(from.known) : from.missing;
  const then = to === undefined ? 'left out' : wire(to);
  const who =
    actions !== undefined
      ? ` by ${actions.join(' or ')}`
      : sources !== undefined
        ? ` from ${sources.join(' or ')}`
        : '';
  const must = where.length === 0 ? '' : `; so that ${where.map(describeCondition).join(' and ')}`;
  return `${by}${who}: ${fact} from ${now} to ${then}${must}`;
};

const printWhatWould = (io: Io, answer: WhatWouldApprove): void => {
  if (answer.answer === 'approved') return;
  if (answer.answer === 'none') {
    io.out(`nothing would approve it: ${answer.why}\n`);
    return;
  }
  for (const [i, { changes }] of answer.sets.entries()) {
    io.out(
      `${i === 0 ? 'what would approve it' : 'or'} (${changes.length} change${changes.length === 1 ? '' : 's'}):\n`,
    );
    for (const change of changes) io.out(`    ${changeLine(change)}\n`);
  }
  if (answer.answer === 'not_decided') io.out(`${io.paint.yellow('not decided')}: ${answer.why}\n`);
  else if (answer.truncated) io.out('there are more sets (--most)\n');
};

const jsonOf = (
  decision: Decision,
  gates: readonly ExplainedGate[],
  answer: WhatWouldApprove,
  notUnderstood: readonly string[],
): unknown => ({
  sentence: explainSentence(decision),
  decision,
  gates,
  notUnderstood,
  whatWouldApprove: 'sets' in answer ? { ...answer, sets: answer.sets.map(({ changes }) => changes) } : answer,
});

const run = async (io: Io, file: string, options: ExplainOptions): Promise<ExitCode> => {
  const catalog = await catalogOf(io, options.catalog, options.policy);
  if (E.isLeft(catalog)) return catalog.left;
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const parsed = parseObservation(catalog.right, read.right.value);
  if (E.isLeft(parsed)) return unreadable(io, ...parsed.left.map(read.right.line));
  const observation = parsed.right;
  const decision = decide(catalog.right, observation);
  const gates = explainGates(catalog.right, observation);
  const answer = whatWouldApprove(catalog.right, observation, { most: options.most ?? 4 });
  const notUnderstood = illTyped(catalog.right, observation).map(read.right.line);
  if (options.json === true) printJson(io, jsonOf(decision, gates, answer, notUnderstood));
  else {
    const sentence = explainSentence(decision);
    io.out(`${decision.verdict === 'approve' ? io.paint.green(sentence) : io.paint.red(sentence)}\n\n`);
    for (const gate of gates) printGate(io, gate);
    io.out('\n');
    if (notUnderstood.length > 0)
      io.out(`said, and not understood:\n${notUnderstood.map((l) => `    ${l}\n`).join('')}\n`);
    printWhatWould(io, answer);
  }
  return decision.verdict === 'approve' ? EXIT.ok : EXIT.refused;
};

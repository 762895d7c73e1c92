/** The program of the thread that answers questions about catalogs, one after the other. */
import { parentPort } from 'node:worker_threads';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { type AnalysisQuestion, createAnalyst } from './analysis-question.ts';

const answer = createAnalyst();

parentPort?.on('message', (question: AnalysisQuestion) => {
  try {
    parentPort?.postMessage(answer(question));
  } catch (thrown) {
    parentPort?.postMessage(E.left(`the analysis failed: ${messageOf(thrown)}`));
  }
});

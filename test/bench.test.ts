/** The bench compares like with like: what stands beside decide has to say the same. */
import { compileCatalog, decide } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { decideRollback } from '../bench/hand-written/rules.ts';
import { rollbackWorkload } from '../bench/rollback-workload.ts';

test('the hand-written function of the bench says what decide says', () => {
  const catalog = compileCatalog(library);
  if (E.isLeft(catalog)) throw new Error('the shipped catalog does not compile');
  const { observations } = rollbackWorkload(catalog.right, 512, 1);
  expect(observations.map((o) => decideRollback(o))).toEqual(observations.map((o) => decide(catalog.right, o)));
});

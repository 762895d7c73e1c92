/** A question about policy that takes seconds is nobody else's: decisions go on beside it, and who asks too much is told so. */
import { expect, test } from 'vitest';
import { SERVICE } from '../governor/kit.ts';
import { bearing, grant } from '../packs/guarded.ts';
import { inTheLongRun } from '../runs.ts';
import { openOffice } from './office.ts';

const author = bearing('agent', 'pia', 'write_policy');
const robot = bearing('agent', 'bot', 'read_deployment');
const document = JSON.stringify({
  policy: { id: 'own_quiet', version: '1.0.0' },
  requirements: [
    {
      actions: ['trigger_rollback', 'activate_throttle'],
      code: 'quiet',
      means: 'nobody asks in a trial',
      when: { fact: 'mode', is: 'contractual' },
      remedy: { by: 'nobody', why: 'it is quiet' },
    },
  ],
  codes: { quiet: 'it is quiet' },
});

test('decisions are made while catalogs are compared; of many questions of one tenant the last are told to come again', async (context) => {
  inTheLongRun(context);
  const office = await openOffice(context);
  for (const caller of [author, robot]) await grant(office, caller);
  const drafted = await office.call(author, 'policy_linter', { document });
  const resource = String(drafted.found['candidate']);
  let open = 12;
  const compared = Array.from({ length: open }, async () => {
    const answer = await office.call(author, 'policy_diff', { resource });
    open -= 1;
    return answer;
  });
  // Each of these is decided, recorded and answered while questions still wait.
  let beside = 0;
  while (open > 1 && beside < 1_000) {
    expect(await office.call(robot, 'health_check', { resource: SERVICE })).toMatchObject({ outcome: 'approved' });
    beside += 1;
  }
  expect(beside).toBeGreaterThan(3);
  const answers = await Promise.all(compared);
  const told = answers.filter(({ status }) => status === 'failed');
  expect(answers.filter(({ status }) => status === 'success')).toHaveLength(9);
  expect(told).toHaveLength(3);
  expect(JSON.stringify(told[0])).toContain(
    '8 questions of this tenant wait for their answer already; ask again later',
  );
});

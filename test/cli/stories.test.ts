/** `tai demo storm`, `storm-of-incidents`, `drift`, `drift-iam`, `two-tenants` and `lapse`: through the same doors as the first story, on real files. */
import { EXIT, main } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

interface Told {
  readonly ok: boolean;
  readonly events: readonly {
    readonly event: string;
    readonly text?: string;
    readonly holds?: boolean;
    readonly answer?: {
      readonly receipt?: { readonly leaf: string };
      readonly outcome?: { readonly receipt?: { readonly event?: string } };
    };
  }[];
}

test.for<{ story: string; ends: readonly string[]; says: string; isLong?: boolean }>([
  { story: 'storm', ends: ['throttle_activated', 'throttle_adjusted'], says: '' },
  { story: 'storm-of-incidents', ends: ['configuration_restored'], says: '', isLong: true },
  { story: 'drift', ends: ['configuration_restored'], says: '' },
  { story: 'five-whys', ends: ['rollback_completed'], says: '' },
  { story: 'drift-iam', ends: ['drift_remediated'], says: '' },
  { story: 'two-tenants', ends: ['rollback_completed'], says: '', isLong: true },
  {
    story: 'lapse',
    ends: ['rollback_completed'],
    says: 'tai: the operator is not insured: the insurer revoked the certificate\n',
    isLong: true,
  },
])(
  'the story $story goes as told, each answer has its receipt, and its bundle verifies',
  async ({ story, ends, says, isLong }, context) => {
    if (isLong === true) inTheLongRun(context);
    const { io, out, err } = captureIo(scratch());
    expect(await main(['demo', story, '--json'], io)).toBe(EXIT.ok);
    expect(err()).toBe(says);
    const { ok, events } = JSON.parse(out()) as Told;
    expect(ok).toBe(true);
    const checks = events.filter(({ event }) => event === 'check');
    expect(checks.length).toBeGreaterThan(8);
    expect(checks.filter(({ holds }) => holds !== true)).toEqual([]);
    const answers = events.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
    for (const { receipt } of answers) expect(receipt?.leaf).toMatch(/^[\w-]{43}$/);
    const ended = answers.flatMap(({ outcome }) => outcome?.receipt?.event ?? []);
    expect(ended).toEqual(expect.arrayContaining([...ends]));
  },
);

test('a story that nobody knows is not told, and the known ones are named', async () => {
  const { io, out, err } = captureIo(scratch());
  expect(await main(['demo', 'flood'], io)).toBe(EXIT.unreadable);
  expect([out(), err()]).toEqual([
    '',
    'tai: there is no story "flood"; there are rollback, storm, storm-of-incidents, drift, drift-iam, five-whys, lapse, two-tenants\n',
  ]);
});

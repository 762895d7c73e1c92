/** Wiring faults: each is found at the start, all of them at once, and none is thrown. */
import { createGovernor, type GovernorOptions, type Handler } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { arrange, worldObserver } from './kit.ts';

const { options, world, clock } = arrange();
const observer = worldObserver(world, clock);
const rollback: Handler = { step: 'rollback', module: '@tai-autonomics/governor/local', export: 'gitRollback' };

/** A row leaves something out, or puts something else there, as a host without a compiler can. */
const rows: readonly { readonly note: string; readonly differs: object; readonly says: readonly string[] }[] = [
  { note: 'no store', differs: { store: undefined }, says: ['`store`: expected an object'] },
  { note: 'no signer', differs: { signer: null }, says: ['`signer`: expected an object'] },
  { note: 'no directory of resources', differs: { resources: undefined }, says: ['`resources`: expected an object'] },
  { note: 'a clock that is an instant', differs: { clock: 7 }, says: ['`clock`: expected a function'] },
  { note: 'no randomness', differs: { random: undefined }, says: ['`random`: expected a function'] },
  { note: 'an owner that is a name', differs: { ownerOf: 'olivia' }, says: ['`ownerOf`: expected a function'] },
  { note: 'no observers', differs: { observers: undefined }, says: ['`observers`: expected a list'] },
  { note: 'no handlers', differs: { handlers: {} }, says: ['`handlers`: expected a list'] },
  { note: 'no catalog', differs: { catalogs: [] }, says: ['`catalogs`: expected at least one loaded catalog'] },
  { note: 'no standing', differs: { standing: undefined }, says: ['`standing.mode`: expected eval or contractual'] },
  { note: 'another mode', differs: { standing: { mode: 'trial' } }, says: ['`standing.mode`: expected'] },
  {
    note: 'an evaluation without a pilot',
    differs: { standing: { mode: 'eval' } },
    says: ['`standing.session`: expected the id of the pilot'],
  },
  {
    note: 'a contractual deployment without a certificate',
    differs: { standing: { mode: 'contractual' } },
    says: ['`standing.insurance`: expected a verified certificate'],
  },
  {
    note: 'a domain with capitals',
    differs: { domain: 'Tai.Example' },
    says: ['`domain`: expected a host name in lower case, found "Tai.Example"'],
  },
  {
    note: 'a short secret',
    differs: { secret: new Uint8Array(16) },
    says: ['`secret`: expected 32 bytes, found 16'],
  },
  { note: 'a secret that is a text', differs: { secret: 'x'.repeat(32) }, says: ['`secret`: expected 32 bytes'] },
  {
    note: 'a misspelt source',
    differs: { observers: [{ ...observer, source: 'gitt' }] },
    says: ['the observer `gitt`: no fact of it is taken from there; did you mean `git`?'],
  },
  {
    note: 'a misspelt fact',
    differs: { observers: [{ ...observer, facts: ['deployment_stabel', 'deployed_version'] }] },
    says: ['the observer `git`: there is no fact `deployment_stabel`; did you mean `deployment_stable`?'],
  },
  {
    note: 'a fact that no observer supplies',
    differs: {
      observers: [{ ...observer, facts: ['deployment_stable', 'deployed_version'] }],
      handlers: [rollback],
    },
    says: [
      'the action `trigger_rollback` needs the fact `rollback_target_known`, and no observer with the source `git` or `kubernetes` supplies it',
    ],
  },
  {
    note: 'a fact that is seen from where it is not taken',
    differs: { observers: [{ ...observer, source: 'seismograph' }], handlers: [rollback] },
    says: [
      '`deployment_stable`, and no observer with the source `git` or `kubernetes` supplies it; `seismograph` does, from where',
      '`rollback_target_known`',
    ],
  },
  {
    note: 'a misspelt step',
    differs: { handlers: [{ ...rollback, step: 'rolback' }] },
    says: ['the handler of `rolback`: no action has this step; did you mean `rollback`?'],
  },
  {
    note: 'two handlers of a step',
    differs: { handlers: [rollback, rollback] },
    says: ['the step `rollback`: expected one handler, found another'],
  },
  {
    note: 'a handler in a file that is not there',
    differs: { handlers: [{ ...rollback, module: 'file:///nowhere/handler.mjs' }] },
    says: ['the handler of `rollback`: there is no file file:///nowhere/handler.mjs'],
  },
  {
    note: 'several at once',
    differs: { domain: '', secret: new Uint8Array(0), catalogs: [], store: undefined },
    says: ['`store`:', '`catalogs`:', '`domain`:', '`secret`: expected 32 bytes, found 0'],
  },
];

test.for(rows)('$note: the governor does not start, and says it in one line each', async ({ differs, says }) => {
  const started = await createGovernor({ ...options, ...differs } as GovernorOptions);
  expect(E.isLeft(started) ? started.left : []).toEqual(says.map((line) => expect.stringContaining(line)));
});

test('a fact, a source or a step that is far from every known name may be of a catalog to come', async () => {
  const later = { ...observer, source: 'seismograph', facts: ['tremor'] };
  const handlers = [{ ...rollback, step: 'evacuate' }];
  const started = await createGovernor({ ...options, observers: [observer, later], handlers });
  expect(E.isRight(started)).toBe(true);
  if (E.isRight(started)) await started.right.close();
});

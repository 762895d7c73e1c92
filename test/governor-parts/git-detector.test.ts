import { detectors, gitDeployment } from '@tai-autonomics/packs';
import * as fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

const commit = fc.constantFrom('a', 'b', 'c', 'd').map((digit) => digit.repeat(40));
const part = fc.oneof(fc.nat(12), fc.constantFrom(9_007_199_254_740_991, 99_999_999));
const release = fc.tuple(part, part, part).map((parts) => `v${parts.join('.')}`);
const name = fc.oneof(
  { weight: 4, arbitrary: release },
  fc.constantFrom('latest', 'v1', 'v1.0.0-rc.1', 'release-1.0.0', 'v1.0.0\n'),
);
const tag = fc.record({ name, commit });
const deployment = fc
  .record({
    head: commit,
    tags: fc.uniqueArray(tag, { selector: ({ name: of }) => of }),
    changes: fc.array(fc.string()),
  })
  .map((raw) => ({ ...raw, changeCount: raw.changes.length }));

const numbers = (version: string): readonly bigint[] => version.slice(1).split('.').map(BigInt);
const isBelow = (one: string, other: string): boolean => {
  const [a, b] = [numbers(one), numbers(other)];
  const at = a.findIndex((value, place) => value !== b[place]);
  return at >= 0 && (a[at] ?? 0n) < (b[at] ?? 0n);
};

test('no JSON makes the detector throw, and what it answers are its own facts', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), deployment, fc.anything()), (raw) => {
      const answer = gitDeployment.detect(raw);
      const facts = E.isRight(answer) ? Object.keys(answer.right) : [];
      expect(gitDeployment.facts).toEqual(expect.arrayContaining(facts));
      if (E.isLeft(answer)) expect(answer.left).toMatch(/^expected /);
    }),
    { numRuns: runs(2_000) },
  );
});

test('the order of the tags does not matter', () => {
  fc.assert(
    fc.property(deployment, (raw) => {
      const turned = { ...raw, tags: [...raw.tags].reverse() };
      expect(gitDeployment.detect(turned)).toEqual(gitDeployment.detect(raw));
    }),
  );
});

test('stable means no change and a release at HEAD; the way back is below it, on another commit, and the highest such', () => {
  fc.assert(
    fc.property(deployment, (raw) => {
      const answer = gitDeployment.detect(raw);
      const facts = E.isRight(answer) ? answer.right : {};
      const releases = raw.tags.filter(
        (one) => /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(one.name) && !one.name.endsWith('\n'),
      );
      const deployed = facts['deployed_version'] as string | undefined;
      const target = facts['rollback_target_version'] as string | undefined;
      const atHead = releases.filter((one) => one.commit === raw.head);
      expect(facts['deployment_stable']).toBe(raw.changeCount === 0 && atHead.length > 0);
      expect(deployed === undefined).toBe(atHead.length === 0);
      if (deployed !== undefined) expect(atHead.some((one) => isBelow(deployed, one.name))).toBe(false);
      const ways = releases.filter(
        (one) => one.commit !== raw.head && (deployed === undefined || isBelow(one.name, deployed)),
      );
      expect(facts['rollback_target_known']).toBe(ways.length > 0);
      expect(ways.map((one) => one.name).includes(target ?? '')).toBe(ways.length > 0);
      if (target !== undefined) expect(ways.some((one) => isBelow(target, one.name))).toBe(false);
    }),
    { numRuns: runs(500) },
  );
});

test.for([
  { note: 'null', raw: null },
  { note: 'a list', raw: [] },
  { note: 'an abbreviated commit', raw: { head: 'abc', tags: [], changes: [], changeCount: 0 } },
  { note: 'a missing change count', raw: { head: 'a'.repeat(40), tags: [], changes: [] } },
  {
    note: 'a change count below the changes',
    raw: { head: 'a'.repeat(40), tags: [], changes: [' M a'], changeCount: 0 },
  },
  { note: 'a negative change count', raw: { head: 'a'.repeat(40), tags: [], changes: [], changeCount: -1 } },
  {
    note: 'a tag without a commit',
    raw: { head: 'a'.repeat(40), tags: [{ name: 'v1.0.0' }], changes: [], changeCount: 0 },
  },
  {
    note: 'inherited members',
    raw: Object.create({ head: 'a'.repeat(40), tags: [], changes: [], changeCount: 0 }) as unknown,
  },
])('$note is no evidence', ({ raw }) => {
  expect(E.isLeft(gitDeployment.detect(raw))).toBe(true);
});

const HEAD = 'a'.repeat(40);
const OLDER = 'b'.repeat(40);
const told = (deployed: string, before: string, more: object = {}): unknown => ({
  head: HEAD,
  tags: [
    { name: deployed, commit: HEAD },
    { name: before, commit: OLDER },
  ],
  changes: [],
  changeCount: 0,
  ...more,
});

test.for([
  { note: 'semantic versions', tags: ['v1.1.0', 'v1.0.0'] },
  { note: 'semantic versions without a v', tags: ['1.10.3', '1.9.4'] },
  { note: 'two numbers', tags: ['v1.1', 'v1.0'] },
  { note: 'the calendar', tags: ['v2026.11.05', 'v2026.10.31'] },
  { note: 'build metadata', tags: ['v1.1.0+build.5', 'v1.0.0+build.4'] },
  { note: 'four numbers', tags: ['1.2.3.4', '1.2.3.3'] },
  {
    note: 'a prefix of a component, configured',
    tags: ['checkout/v1.1.0', 'checkout/v1.0.0'],
    releaseTags: ['checkout/v{version}'],
  },
  { note: 'a word, configured', tags: ['release-1.1', 'release-1.0'], releaseTags: ['release-{version}'] },
  { note: 'a suffix, configured', tags: ['1.1.0-prod', '1.0.0-prod'], releaseTags: ['{version}-prod'] },
])('releases named by $note are read', ({ tags: [deployed = '', before = ''], ...more }) => {
  const { note: _, ...scheme } = more;
  expect(gitDeployment.detect(told(deployed, before, scheme))).toEqual(
    E.right({
      deployment_stable: true,
      rollback_target_known: true,
      deployed_version: deployed,
      rollback_target_version: before,
    }),
  );
});

test.for([
  { note: 'a pre-release', name: 'v1.1.0-rc.1' },
  { note: 'another component', name: 'checkout/v1.1.0' },
  { note: 'one number', name: 'v1' },
  { note: 'a word', name: 'release-1.1' },
  { note: 'a date with dashes', name: '2026-11-05' },
])('$note is no release unless it is configured', ({ name }) => {
  expect(gitDeployment.detect(told(name, 'v1.0.0'))).toMatchObject(
    E.right({ deployment_stable: false, rollback_target_version: 'v1.0.0' }),
  );
});

test.for([
  { note: 'a shallow clone', more: { shallow: true }, why: /shallow clone.*--unshallow/ },
  { note: 'a pattern without a version', more: { releaseTags: ['release'] }, why: /one \{version\}/ },
  { note: 'no pattern at all', more: { releaseTags: [] }, why: /one \{version\}/ },
])('of $note nothing is said, and the log hears why', ({ more, why }) => {
  const answer = gitDeployment.detect(told('v1.1.0', 'v1.0.0', more));
  expect(E.isLeft(answer) && answer.left).toMatch(why);
});

test('one version at two commits settles nothing; at one commit, either name will do', () => {
  const twice = (commit: string): unknown => ({
    ...(told('v1.1.0', 'v1.0.0') as object),
    tags: [
      { name: 'v1.1.0', commit: HEAD },
      { name: 'v1.0.0', commit: OLDER },
      { name: '1.0.0', commit },
    ],
  });
  expect(E.isLeft(gitDeployment.detect(twice('c'.repeat(40))))).toBe(true);
  expect(gitDeployment.detect(twice(OLDER))).toMatchObject(E.right({ rollback_target_version: '1.0.0' }));
});

const [FIRST, SECOND, THIRD] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const three = {
  head: THIRD,
  tags: [
    { name: 'v1.0.0', commit: FIRST },
    { name: 'v1.1.0', commit: SECOND },
    { name: '1.1.0', commit: SECOND },
    { name: 'v1.2.0', commit: THIRD },
  ],
  changes: [],
  changeCount: 0,
};
test.for([
  { note: 'the ledger says nothing', target: 'v1.1.0' },
  { note: 'the ledger took it out of service', ledger: { 'v1.1.0': 'withdrawn' }, target: 'v1.0.0' },
  { note: 'by another name of its commit', ledger: { '1.1.0': 'withdrawn' }, target: 'v1.0.0' },
  { note: 'the repository remembers it, too', withdrawn: [SECOND], target: 'v1.0.0' },
  {
    note: 'an owner says that it is good again, whatever the repository remembers',
    withdrawn: [SECOND],
    ledger: { 'v1.1.0': 'restored' },
    target: 'v1.1.0',
  },
  {
    note: 'one of its names is still out of service',
    ledger: { 'v1.1.0': 'restored', '1.1.0': 'withdrawn' },
    target: 'v1.0.0',
  },
])('what was rolled back from is no target: $note', ({ target, note: _, ...more }) => {
  const facts = gitDeployment.detect({ ...three, ...more });
  expect(E.isRight(facts) && facts.right['rollback_target_version']).toMatch(new RegExp(`^v?${target.slice(1)}$`));
});

test('an earlier version of the detector knows nothing of the ledger, and what is no standing is refused', () => {
  const told = { ...three, ledger: { 'v1.1.0': 'withdrawn', '1.1.0': 'withdrawn' } };
  const two = detectors.find(({ id, version }) => id === 'git_deployment' && version === 2);
  expect(two?.detect(told)).toEqual(gitDeployment.detect(three));
  expect(gitDeployment.detect({ ...three, ledger: { 'v1.1.0': true } })).toEqual(
    E.left('expected ledger to say withdrawn or restored of each release'),
  );
});

test('a release that no receipt may name is told', () => {
  const [head, before] = ['a'.repeat(40), 'b'.repeat(40)];
  const seen = (pattern: string): ReturnType<typeof gitDeployment.detect> =>
    gitDeployment.detect({
      head,
      tags: [
        { name: pattern.replace('{version}', '1.3.0'), commit: head },
        { name: pattern.replace('{version}', '1.2.0'), commit: before },
      ],
      releaseTags: [pattern],
      withdrawn: [],
      shallow: false,
      changes: [],
      changeCount: 0,
    });
  for (const pattern of ['v{version}', 'checkout/v{version}', 'release={version}', `${'x'.repeat(95)}{version}`])
    expect(seen(pattern)).toMatchObject(E.right({ deployment_stable: true, rollback_target_known: true }));
  for (const pattern of [
    'pkg@{version}',
    '@acme/pkg@{version}',
    'gr\u00f6\u00dfe-{version}',
    `${'x'.repeat(96)}{version}`,
  ])
    expect(seen(pattern)).toMatchObject(E.left(expect.stringMatching(/^expected releases called by letters.*1\.3\.0/)));
});

/** `tai serve --eval`: an entry of its own, which has no handler of production and serves no contract (M-12, X-16). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, evalHandlers, parseConfig } from '@tai-autonomics/cli';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runIn } from './rows.ts';
import { scratch } from './scratch.ts';

const SANDBOX = 'trial';
const places = {
  repositories: { acme: { [SANDBOX]: '/srv/trial', payments: '/srv/payments' }, globex: { payments: '/srv/globex' } },
  policies: {
    acme: {
      [SANDBOX]: { repository: '/srv/iam', declared: 'policy.json', policy: '/srv/trial.json' },
      payments: { repository: '/srv/iam', declared: 'policy.json', policy: '/srv/payments.json' },
      cloud: { repository: '/srv/iam', declared: 'policy.json', google: { resource: 'projects/acme' } },
    },
  },
  throttle: '/srv/limits.json',
};
const handlers = evalHandlers(places, ({ tenant, resource }) => tenant === 'acme' && resource !== 'payments');

/** The files of this repository that a module reaches by its imports of what stands beside it. */
const reached = (path: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, from = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g))
    reached(join(dirname(path), from), seen);
  return seen;
};

test('it knows the places of sandboxes alone, and none of a service', () => {
  const options = JSON.stringify(handlers.map(({ options: known }) => known));
  expect(options).toContain('/srv/trial');
  expect(options).not.toMatch(/payments|srv.globex|google/);
});

test('no handler of a service is within reach of its handlers', () => {
  for (const { module } of handlers) {
    const files = [...reached(fileURLToPath(module))];
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => file.includes('/remote/'))).toEqual([]);
  }
});

test('nothing that is contractual has a handler in it, nor is one within reach of those that it has', () => {
  const contractual = library.packs.flatMap(({ actions }) =>
    Object.values(actions).flatMap(({ does }) => (does.effect === 'contractual' ? [does.step] : [])),
  );
  expect(contractual).toContain('deploy_release');
  expect(handlers.filter(({ step }) => contractual.includes(step))).toEqual([]);
  for (const { module } of handlers)
    expect(
      [...reached(fileURLToPath(module))].filter((file) => /desired-state-handler|\/listing\./.test(file)),
    ).toEqual([]);
});

test.for([
  {
    note: 'a listing id that is a path',
    member: 'listings',
    place: { listing: '../x', document: 'd', directory: 'm' },
  },
  { note: 'a listing without its directory', member: 'listings', place: { listing: 'pro', document: 'd' } },
  {
    note: 'a file outside of its repository',
    member: 'releases',
    place: { repository: 'r', file: '../x', line: 'a={release}' },
  },
  { note: 'a line that names no release', member: 'releases', place: { repository: 'r', file: 'x', line: 'a=1' } },
  {
    note: 'a release tag without a version',
    member: 'releases',
    place: { repository: 'r', file: 'x', line: 'a={release}', releaseTags: ['v'] },
  },
])('$note is said with its place, and nothing starts', async ({ member, place }) => {
  const parsed = parseConfig({
    mode: 'eval',
    session: 'pilot',
    domain: 'localhost',
    [member]: { acme: { 'service/checkout': place } },
  });
  expect(E.isLeft(parsed) && parsed.left.map(({ path }) => path)).toEqual([[member, 'acme', 'service/checkout']]);
});

test('it serves no contractual deployment, and says so', async () => {
  const dir = scratch();
  mkdirSync(join(dir, '.tai'));
  const config = {
    mode: 'contractual',
    domain: 'localhost',
    owners: { acme: 'olivia' },
    insurance: {
      certificate: 'certificate.json',
      revocations: 'revocations.json',
      insurerKey: 'A'.repeat(43),
      insured: 'Example Operator Ltd',
      coverage: { type: 'professional_liability', currency: 'USD', eachOccurrence: 1, aggregate: 1 },
    },
    dataRule: 'rule.md',
  };
  writeFileSync(join(dir, '.tai', 'config.json'), JSON.stringify(config));
  const { code, err } = await runIn(dir, ['serve', '--eval', '--port', '0']);
  expect([code, err]).toEqual([EXIT.unreadable, expect.stringContaining('is contractual')]);
});

/** `tai test`: tables of cases from files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { beforeEach, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

let dir: string;
beforeEach(() => {
  dir = scratch();
});
const tai = async (cwd: string, ...argv: readonly string[]) => {
  const terminal = captureIo(cwd);
  return { code: await main(['test', ...argv], terminal.io), out: terminal.out(), err: terminal.err() };
};
const given = {
  at: '2026-11-21T08:00:00Z',
  mode: 'eval',
  intent: { subject: { type: 'agent', id: 'bot' }, action: { id: 'check_health' }, resource: { id: '*' } },
};
const write = (name: string, ...cases: readonly object[]): string => {
  writeFileSync(join(dir, name), JSON.stringify({ given, cases }, null, 2));
  return name;
};

test('the tables that the packs ship hold', async () => {
  const { code, out } = await tai(
    repository,
    'packages/packs/src/rollback-guard/cases.json',
    'packages/packs/src/storm-discipline/cases.json',
  );
  expect(code).toBe(EXIT.ok);
  expect(out.match(/^packages\/.*: (\d+) of \1 cases hold$/gm)).toHaveLength(2);
});

test('a case that does not hold: exit 1, with what was expected and what was found', async () => {
  write(
    'wrong.json',
    { note: 'health is refused', expect: { verdict: 'refuse', codes: ['suspended'] } },
    { note: 'health is free', expect: { verdict: 'approve', step: 'health' } },
  );
  const { code, out } = await tai(dir, 'wrong.json');
  expect(code).toBe(EXIT.failed);
  expect(out).toContain(
    '✗ health is refused\n    expected refuse: suspended, found approve\nwrong.json: 1 of 2 cases hold\n',
  );
});

test('--cover all lists the gates’ requirements too, --cover what the actions ask for themselves', async () => {
  write('one.json', { note: 'health', expect: { verdict: 'approve' } });
  const own = (await tai(dir, 'one.json', '--cover')).out;
  const all = (await tai(dir, 'one.json', '--cover', 'all')).out;
  expect(own).not.toContain('insufficient_privilege');
  expect(all).toContain('never false: check_health: role: insufficient_privilege (it is asked by');
  expect(all).toContain('never given: insufficient_privilege');
});

test('--json is every result with the coverage', async () => {
  write('one.json', { note: 'health', expect: { verdict: 'approve' } });
  const [report] = JSON.parse((await tai(dir, 'one.json', '--json')).out);
  expect(report).toMatchObject({
    file: 'one.json',
    passed: 1,
    failed: 0,
    results: [{ note: 'health', passed: true }],
    coverage: { actions: [{ action: 'check_health', cases: 1 }] },
  });
});

test.for([
  {
    note: 'two cases of one note',
    json: {
      cases: [
        { note: 'a', expect: { verdict: 'approve' } },
        { note: 'a', expect: { verdict: 'approve' } },
      ],
    },
    says: /at \$\.cases\[1\]\.note: expected a note of its own/,
  },
  { note: 'no case', json: { cases: [] }, says: /at \$\.cases: expected a list of at least 1/ },
  {
    note: 'a refusal without codes',
    json: { cases: [{ note: 'a', expect: { verdict: 'refuse' } }] },
    says: /at \$\.cases\[0\]\.expect\.codes: /,
  },
  {
    note: 'a verdict that is none',
    json: { cases: [{ note: 'a', expect: { verdict: 'deny' } }] },
    says: /at \$\.cases\[0\]\.expect\.verdict: expected one of approve, refuse/,
  },
  {
    note: 'a next step of no kind',
    json: { cases: [{ note: 'a', expect: { verdict: 'refuse', codes: ['x'], next: ['hint'] } }] },
    says: /at \$\.cases\[0\]\.expect\.next\[0\]: expected one of authority/,
  },
])('$note: exit 2, with its place', async ({ json, says }) => {
  writeFileSync(join(dir, 'cases.json'), JSON.stringify(json));
  const { code, out, err } = await tai(dir, 'cases.json');
  expect({ code, out }).toEqual({ code: EXIT.unreadable, out: '' });
  expect(err).toMatch(says);
});

test('a scene that is no observation is a case that fails, and says where', async () => {
  write(
    'wrong.json',
    { note: 'misspelt', given: { facts: { deployment_stabel: true } }, expect: { verdict: 'approve' } },
    { note: 'a cell of nobody', given: { state: { entitlement_plam: 'base' } }, expect: { verdict: 'approve' } },
  );
  const { code, out } = await tai(dir, 'wrong.json');
  expect(code).toBe(EXIT.failed);
  expect(out).toMatch(
    /at \$\.facts\.deployment_stabel: expected an observed fact \(did you mean `deployment_stable`\?\)/,
  );
  expect(out).toMatch(
    /at \$\.state\.entitlement_plam: expected a cell of the catalog \(did you mean `entitlement_plan`\?\)/,
  );
});

/** `--policy`: the commands that read a catalog take a tenant's document, and say of it where it is wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { scratch } from '../cli/scratch.ts';
import { captureIo } from '../cli/terminal.ts';
import { inTheLongRun } from '../runs.ts';

const tai = async (...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
  const { io, out, err } = captureIo(repository);
  const code = await main(argv, io);
  return { code, out: out(), err: err() };
};

const DOCUMENT = `// Nothing is rolled back for a trial.
{
  "policy": { "id": "acme", "version": "1.0.0" },
  "requirements": [
    { "actions": ["trigger_rollback"], "code": "trial", "means": "it is no trial",
      "when": { "fact": "mode", "is": "contractual" },
      "remedy": { "by": "nobody", "why": "a trial rolls nothing back" } }
  ],
  "codes": { "trial": "this is a trial" },
  "invariants": [
    { "means": "no trial rolls back", "verdict": "never_approve", "action": "trigger_rollback",
      "when": { "fact": "mode", "is": "eval" } }
  ]
}
`;
const fileOf = (text: string): string => {
  const file = join(scratch(), 'policy.jsonc');
  writeFileSync(file, text);
  return file;
};

test('lint: a sound document adds no finding; exit 0', async (context) => {
  inTheLongRun(context);
  expect(await tai('lint', '--policy', fileOf(DOCUMENT))).toEqual({
    code: EXIT.ok,
    err: '',
    out: '0 errors, 0 warnings\n',
  });
});

test('lint: what cannot be meant is told with its line in the document', async () => {
  const file = fileOf(
    DOCUMENT.replace('"is": "contractual"', '"oneOf": ["eval", "contractual"]').replace(
      '"a trial rolls',
      '"certified: a trial rolls',
    ),
  );
  const { code, out } = await tai('lint', '--policy', file);
  expect(code).toBe(EXIT.failed);
  expect(out).toContain(`${file}:6:15: warning condition_always_true`);
  expect(out).toContain(`${file}:7:42: error forbidden_claim`);
});

test.for([
  {
    note: 'a fact that there is not',
    from: '"mode", "is": "contractual"',
    to: '"mood", "is": "contractual"',
    says: ':6:25: at $.requirements[0].when.fact: expected a known fact',
  },
  {
    note: 'a code that is not explained',
    from: '"code": "trial"',
    to: '"code": "trials"',
    says: ':5:48: at $.requirements[0].code: expected one of the document’s codes (did you mean `trial`?)',
  },
  { note: 'no JSON', from: '"codes": {', to: '"codes": ', says: ':9:' },
])('$note: exit 2 with line and column', async ({ from, to, says }) => {
  const file = fileOf(DOCUMENT.replace(from, to));
  for (const argv of [
    ['prove'],
    ['diff', 'shipped', 'shipped'],
    ['test', 'packages/packs/src/rollback-guard/cases.json'],
  ]) {
    const { code, err } = await tai(...argv, '--policy', file);
    expect(code).toBe(EXIT.unreadable);
    expect(err).toContain(`${file}${says}`);
  }
});

test('prove: the shipped invariants and those of the document; of none: exit 2', async () => {
  const { code, out } = await tai('prove', '--policy', fileOf(DOCUMENT));
  expect(code).toBe(EXIT.ok);
  expect(out).toMatch(/^holds {2}no trial rolls back \([\d,]+ regions\)$/m);
  expect(out).not.toMatch(/^(?:broken|not decided)/m);
  expect((await tai('prove', '--catalog', 'examples/policy/freezer.jsonc')).code).toBe(EXIT.unreadable);
});

test('prove: one that is broken names its place in the document', async () => {
  const { code, out } = await tai(
    'prove',
    '--policy',
    fileOf(
      DOCUMENT.replace('"when": { "fact": "mode", "is": "eval" }', '"when": { "fact": "mode", "is": "contractual" }'),
    ),
  );
  expect(code).toBe(EXIT.failed);
  expect(out).toMatch(/^broken {2}no trial rolls back \(.*policy\.jsonc:11:5\)/m);
});

test('diff: what the document changes of the shipped catalog', async () => {
  const { code, out } = await tai('diff', 'shipped', 'shipped', '--policy', fileOf(DOCUMENT));
  expect(code).toBe(EXIT.failed);
  expect(out).toContain('trigger_rollback: approve → refuse +acme__trial');
  expect(out).not.toMatch(/refuse → approve/);
});

test('catalog: the catalog with the document, and its digest is another one', async () => {
  const file = fileOf(DOCUMENT);
  const { out } = await tai('catalog', '--policy', file);
  expect((JSON.parse(out) as { policies: readonly { policy: { id: string } }[] }).policies[0]?.policy.id).toBe('acme');
  const digests = [await tai('catalog', '--digest'), await tai('catalog', '--digest', '--policy', file)];
  expect(digests[0]?.out).not.toBe(digests[1]?.out);
});

test('decide and explain give the document’s reasons', async () => {
  for (const command of ['decide', 'explain']) {
    const { code, out } = await tai(
      command,
      'examples/decide/approve.jsonc',
      '--policy',
      fileOf(DOCUMENT.replace('"is": "contractual"', '"is": "eval"')),
    );
    expect(code).toBe(EXIT.refused);
    expect(out).toContain('acme__trial');
  }
});

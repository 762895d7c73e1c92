/** `tai init`: from an empty folder to a gated restart of a real process, as docs/first-gate.md tells it. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main, makeInsurer } from '@tai-autonomics/cli';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { blocksOf, follow, taiIn } from './followed-page.ts';
import { endService, moveService } from './sample-port.ts';
import { contents, scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

const tai = async (dir: string, ...argv: readonly string[]) => {
  const { io, out, err } = captureIo(dir);
  return { code: await main(argv, io), out: out(), err: err() };
};

test('the page of the first gate runs as it stands, and a real process is up at its end', async () => {
  const dir = scratch();
  onTestFinished(() => endService(dir));
  const type = taiIn(dir);
  let isUp = async (): Promise<boolean> => false;
  const run: typeof type = async (line, until) => {
    const said = await type(line, until);
    if (line === 'tai init') isUp = await moveService(dir);
    return said;
  };
  expect(await follow(blocksOf('docs/first-gate.md'), dir, run)).toBeGreaterThan(6);
  expect(await isUp()).toBe(true);
});

test('nothing is overwritten, and nothing is half made', async () => {
  const dir = scratch();
  writeFileSync(join(dir, 'restart.mjs'), 'mine');
  expect(await tai(dir, 'init')).toMatchObject({
    code: EXIT.unreadable,
    err: 'tai: restart.mjs: is there already, and stays as it is\n',
  });
  expect(readdirSync(dir)).toEqual(['restart.mjs']);
  const other = scratch();
  expect((await tai(other, 'init', '--json')).code).toBe(EXIT.ok);
  const before = contents(other);
  expect((await tai(other, 'init')).code).toBe(EXIT.unreadable);
  expect(contents(other)).toEqual(before);
});

test('a deployment’s resources are in the way, even where nothing else is left of it', async () => {
  const dir = scratch();
  mkdirSync(join(dir, '.tai'));
  writeFileSync(join(dir, '.tai/resources.json'), '{}');
  const before = contents(dir);
  const { code, err } = await tai(dir, 'init');
  expect({ code, err }).toEqual({ code: EXIT.unreadable, err: expect.stringContaining('resources.json: is there') });
  expect(contents(dir)).toEqual(before);
});

test.for(['.tai/credentials.json', '.tai/resources.json', 'web.mjs'])(
  'where %s cannot be written nothing is left of what was, and nothing else is gone',
  async (file) => {
    const dir = scratch();
    mkdirSync(join(dir, '.tai'));
    writeFileSync(join(dir, '.tai/mine'), 'mine');
    // A link to nothing: it is not there to read, and it is there to write.
    symlinkSync('nowhere', join(dir, file));
    const listed = () => readdirSync(dir, { recursive: true }).sort();
    const before = listed();
    const { code, err } = await tai(dir, 'init');
    expect({ code, err }).toEqual({
      code: EXIT.failed,
      err: expect.stringMatching(/^tai: EEXIST.*\ntai: nothing was made\n$/),
    });
    expect(listed()).toEqual(before);
  },
);

test('a file in the place of the folder stays as it is', async () => {
  const dir = scratch();
  writeFileSync(join(dir, '.tai'), 'mine');
  const before = contents(dir);
  expect(await tai(dir, 'init')).toMatchObject({ code: EXIT.failed });
  expect(contents(dir)).toEqual(before);
});

test.for([
  { note: 'a tenant of another form', argv: ['--tenant', 'two words'], says: '--tenant: expected letters' },
  { note: 'papers that are not there', argv: ['--contractual', 'papers.json'], says: 'papers.json' },
  { note: 'a domain in capitals', argv: ['--domain', 'ACME.example'], says: '--domain: expected a domain in lower' },
  { note: 'no such mode', argv: ['--mode', 'live'], says: '--mode: expected eval or contractual, found live' },
  { note: 'a contract without papers', argv: ['--mode', 'contractual'], says: '--certificate: is needed' },
  { note: 'papers of an evaluation', argv: ['--certificate', 'x.json'], says: '--certificate: is for --mode contract' },
  {
    note: 'papers twice',
    argv: ['--contractual', 'papers.json', '--data-rule', 'x'],
    says: '--data-rule: stands in the file of --contractual',
  },
])('$note: one line, exit 2, and nothing is written', async ({ argv, says }) => {
  const dir = scratch();
  const { code, err } = await tai(dir, 'init', ...argv);
  expect({ code, err }).toEqual({ code: EXIT.unreadable, err: expect.stringContaining(says) });
  expect(readdirSync(dir)).toEqual([]);
});

describe('on a terminal', () => {
  /** Somebody who answers so, and then leaves. */
  const answering = async (dir: string, answers: readonly string[], ...argv: readonly string[]) => {
    const { io, out, err } = captureIo(dir);
    const questions: string[] = [];
    const ask = async (question: string): Promise<string | undefined> => {
      questions.push(question.split(':', 1)[0] ?? '');
      return answers[questions.length - 1];
    };
    return { code: await main(argv, { ...io, ask }), questions, out: out(), err: err() };
  };
  const configIn = (dir: string): unknown => JSON.parse(readFileSync(join(dir, '.tai/config.json'), 'utf8'));

  test('it asks for what was not told, takes nothing for the default, and asks again after an answer that is none', async () => {
    const [asked, told] = [scratch(), scratch()];
    const { code, questions, err } = await answering(asked, ['', 'ACME', 'tai.acme.example', 'ann'], 'init');
    expect({ code, questions }).toEqual({ code: EXIT.ok, questions: ['mode', 'domain', 'domain', 'owner'] });
    expect(err).toBe('tai: expected a domain in lower case, found ACME\n');
    const flags = ['--mode', 'eval', '--domain', 'tai.acme.example', '--owner', 'ann'];
    expect((await tai(told, 'init', ...flags)).code).toBe(EXIT.ok);
    expect(configIn(asked)).toEqual(configIn(told));
  });

  test('it asks nothing with --yes, with --json, and of what was told', async () => {
    const [yes, json] = [scratch(), scratch()];
    expect(await answering(yes, [], 'init', '--yes')).toMatchObject({ code: EXIT.ok, questions: [] });
    expect(await answering(json, [], 'init', '--json')).toMatchObject({ code: EXIT.ok, questions: [] });
    expect(configIn(yes)).toEqual(configIn(json));
    const flags = ['--mode', 'eval', '--domain', 'd.example'];
    expect((await answering(scratch(), ['ann'], 'init', ...flags)).questions).toEqual(['owner']);
  });

  test.for([0, 1, 2, 3, 4, 5, 6])('whoever leaves at question %i has written nothing', async (left) => {
    const dir = scratch();
    const papers = writePapers(dir);
    const before = contents(dir);
    const answers = ['contractual', 'acme.example', 'ann', 'certificate.json', 'revocations.json', papers.insurerKey];
    const { code, err, questions } = await answering(dir, answers.slice(0, left), 'init');
    expect({ code, err }).toEqual({ code: EXIT.unreadable, err: 'tai: nothing was made\n' });
    expect(questions).toHaveLength(left + 1);
    expect(contents(dir)).toEqual(before);
  });
});

/** The papers of an operator who is insured. */
const writePapers = (dir: string): { readonly insurerKey: string } => {
  const insurer = makeInsurer(Date.now());
  const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
  write('certificate.json', insurer.certificate);
  write('revocations.json', insurer.revocations(Date.now()));
  writeFileSync(join(dir, 'rule.md'), 'what is recorded is kept for a year\n');
  return { insurerKey: insurer.terms.insurerKey };
};

test('options make a contractual deployment, insured as its certificate says; a key of another insurer makes none', async () => {
  const dir = scratch();
  const { insurerKey } = writePapers(dir);
  const papers = ['--certificate', 'certificate.json', '--revocations', 'revocations.json', '--data-rule', 'rule.md'];
  const make = (key: string) =>
    tai(dir, 'init', '--dir', 'live', '--mode', 'contractual', ...papers, '--insurer-key', key);
  const before = contents(dir);
  const forged = await make('A'.repeat(43));
  expect({ code: forged.code, err: forged.err }).toEqual({
    code: EXIT.unreadable,
    err: expect.stringContaining('the certificate’s signature is not the insurer’s'),
  });
  expect(contents(dir)).toEqual(before);
  expect(await make(insurerKey)).toMatchObject({ code: EXIT.ok, err: '' });
  const status = await tai(dir, 'status', '--dir', 'live', '--json');
  expect(JSON.parse(status.out)).toMatchObject({ mode: 'contractual' });
  expect(status.out).toContain('EM-2026-0417');
});

test.for([
  { note: 'no module', text: undefined, says: /restart\.mjs: does not load: / },
  { note: 'neither list', text: 'export const x = 1;', says: /exports neither `observers` nor `handlers`/ },
  { note: 'no list', text: 'export const observers = {};', says: /observers: expected a list/ },
  {
    note: 'an observer that is none',
    text: 'export const observers = [{ source: "Probe", facts: [], timeoutMs: 0, look: 1 }];',
    says: /observers\[0\]\.look: .*\n.*\.source: .*\n.*\.facts: .*\n.*\.timeoutMs: .*\n.*\.observe: expected a function/,
  },
  {
    note: 'a handler without its function',
    text: 'export const handlers = [{ step: "restart", export: "toString" }];',
    says: /handlers\[0\]\.export: expected the name of a function that the module exports/,
  },
])('a module with $note is said at the start, line by line', async ({ text, says }) => {
  const dir = scratch();
  expect((await tai(dir, 'init', '--json')).code).toBe(EXIT.ok);
  // A module is loaded once in a process: another text needs another name.
  const name = `own-${says.source.length}.mjs`;
  const config = join(dir, '.tai/config.json');
  writeFileSync(
    config,
    readFileSync(config, 'utf8').replace('restart.mjs', text === undefined ? 'gone/restart.mjs' : name),
  );
  if (text !== undefined) writeFileSync(join(dir, name), text);
  const { code, err } = await tai(dir, 'tools', '--tenant', 'local', '--as', 'agent:agent');
  expect({ code, err }).toEqual({ code: EXIT.unreadable, err: expect.stringMatching(says) });
});

test('a module that others may change is not run, and the command that mends it is said', async () => {
  const dir = scratch();
  expect((await tai(dir, 'init', '--json')).code).toBe(EXIT.ok);
  chmodSync(join(dir, 'restart.mjs'), 0o664);
  const asked = await tai(dir, 'tools', '--tenant', 'local', '--as', 'agent:agent');
  expect([asked.code, asked.err]).toEqual([EXIT.unreadable, expect.stringMatching(/restart\.mjs: .*chmod go-w/)]);
});

test('a pack that does not compile is said with its file and place', async () => {
  const dir = scratch();
  expect((await tai(dir, 'init', '--json')).code).toBe(EXIT.ok);
  const pack = join(dir, 'restart.jsonc');
  writeFileSync(
    pack,
    readFileSync(pack, 'utf8').replace('"roles": ["restart/operate"]', '"roles": ["restart/operat"]'),
  );
  const { code, err } = await tai(dir, 'tools', '--tenant', 'local', '--as', 'agent:agent');
  expect(code).toBe(EXIT.unreadable);
  expect(err).toMatch(
    /restart\.jsonc:\d+:\d+: at \$\.actions\.restart_service\.roles\[0\]: .*did you mean `restart\/operate`/,
  );
});

test('a member `$schema` for an editor changes nothing: no digest covers it', async () => {
  const dir = scratch();
  expect((await tai(dir, 'init', '--json')).code).toBe(EXIT.ok);
  const catalogs = (): readonly string[] => readdirSync(join(dir, '.tai/catalogs'));
  const before = catalogs();
  const mark = (file: string, schema: string): void =>
    writeFileSync(file, readFileSync(file, 'utf8').replace('{', `{ "$schema": "${schema}",`));
  mark(join(dir, 'restart.jsonc'), './node_modules/@tai-autonomics/core/schemas/pack.json');
  mark(join(dir, '.tai/config.json'), 'config');
  expect((await tai(dir, 'pack', 'check', 'restart.jsonc')).code).toBe(EXIT.ok);
  const asked = await tai(dir, 'tools', '--tenant', 'local', '--as', 'agent:agent', '--scope', 'restart/operate');
  expect([asked.code, asked.err]).toEqual([EXIT.ok, '']);
  expect(catalogs()).toEqual(before);
});

test('a key carries a role that a pack declares; another one is refused, and said of where it stands already', async () => {
  const dir = scratch();
  expect((await tai(dir, 'init', '--json')).code).toBe(EXIT.ok);
  const make = (role: string) =>
    tai(dir, 'credentials', 'new', '--tenant', 'local', '--as', 'agent:bot', '--scope', role);
  expect((await make('restart/operat')).err).toContain('did you mean `restart/operate`?), found restart/operat');
  expect((await make('restart/operate')).code).toBe(EXIT.ok);
  const keys = join(dir, '.tai/credentials.json');
  writeFileSync(keys, readFileSync(keys, 'utf8').replaceAll('"restart/operate"', '"restart/opperate"'));
  const { code, err } = await tai(dir, 'tools', '--tenant', 'local', '--as', 'agent:agent');
  expect({ code, err }).toEqual({
    code: EXIT.ok,
    err: expect.stringMatching(/carries restart\/opperate, which grants nothing: .*did you mean `restart\/operate`/),
  });
});

test('after a change of the pack the next command decides by it, and the move is a receipt', async (context) => {
  inTheLongRun(context);
  const dir = scratch();
  onTestFinished(() => endService(dir));
  expect((await tai(dir, 'init', '--json')).code).toBe(EXIT.ok);
  const pack = join(dir, 'restart.jsonc');
  writeFileSync(
    pack,
    readFileSync(pack, 'utf8').replace('{ "fact": "service_up", "is": false }', '{ "not": { "all": [] } }'),
  );
  const ask = ['submit', 'restart_service', '--tenant', 'local', '--as', 'agent:agent', '--scope', 'restart/operate'];
  const answer = JSON.parse((await tai(dir, ...ask, '--about', 'web', '--json')).out);
  expect(answer.decision.reasons.map(({ code }: { readonly code: string }) => code)).toEqual(['service_is_up']);
  expect(answer.receipt.seq).toBeGreaterThan(4);

  // Back, and forth once more: a catalog that was left is not taken up again by itself, and that is said.
  const [changed, first] = [
    readFileSync(pack, 'utf8'),
    readFileSync(pack, 'utf8').replace('{ "not": { "all": [] } }', '{ "fact": "service_up", "is": false }'),
  ];
  writeFileSync(pack, first);
  expect((await tai(dir, ...ask, '--about', 'gone', '--json')).err).toBe('');
  writeFileSync(pack, changed);
  const { err } = await tai(dir, ...ask, '--about', 'gone', '--json');
  expect(err).toContain('tai operator activate puts it in force again');
});

/** `tai lint`, `prove`, `diff`, `explain` and `replay` on the files of examples/policy: one good and one faulty each. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { invariants } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
const tai = async (...argv: readonly string[]): Promise<Ran> => {
  const { io, out, err } = captureIo(repository);
  const code = await main(argv, io);
  return { code, out: out(), err: err() };
};
const policy = (name: string): string => `examples/policy/${name}.jsonc`;

describe('tai lint', () => {
  test('of a good catalog: nothing, exit 0', async () => {
    expect(await tai('lint', policy('freezer'))).toEqual({ code: EXIT.ok, out: '0 errors, 0 warnings\n', err: '' });
  });
  test('of the shipped catalog: no errors', async () => {
    const { code, out } = await tai('lint');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^0 errors, \d+ warnings?$/m);
  });
  test('of a faulty one: each fault with line and column, exit 1', async () => {
    const { code, out } = await tai('lint', policy('freezer-faulty'));
    expect(code).toBe(EXIT.failed);
    for (const rule of [
      'condition_never_true',
      'action_never_approved',
      'step_does_not_help',
      'forbidden_claim',
      'unused_code',
    ])
      expect(out).toMatch(
        new RegExp(`^examples/policy/freezer-faulty\\.jsonc:\\d+:\\d+: (error|warning) ${rule}: `, 'm'),
      );
    const { out: json } = await tai('lint', policy('freezer-faulty'), '--json');
    const findings = JSON.parse(json) as readonly { readonly place: string; readonly rule: string }[];
    expect(findings.map(({ place, rule }) => out.includes(`${place}: `) && out.includes(rule))).not.toContain(false);
  });
  test('with observers: a fact that nobody supplies', async () => {
    const file = join(scratch(), 'observers.json');
    writeFileSync(file, JSON.stringify({ metrics: ['latency'] }));
    const { code, out } = await tai('lint', policy('freezer'), '--observers', file);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('fact_without_observer: an action needs `error_rate`');
  });
  test('of a file that is no catalog: exit 1 with the place; of no file: exit 2', async () => {
    const { code, out } = await tai('lint', policy('invariants'));
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('does_not_load');
    expect((await tai('lint', policy('nothing'))).code).toBe(EXIT.unreadable);
  });
});

describe('tai prove', () => {
  test('the invariants of the shipped catalog hold, with the number of regions', async () => {
    const { code, out } = await tai('prove', policy('invariants'));
    expect(code).toBe(EXIT.ok);
    expect(
      out
        .trim()
        .split('\n')
        .every((line) => /^holds {2}.* \([\d,]+ regions\)$/.test(line)),
    ).toBe(true);
  });
  test('without a file: what the shipped catalog is meant to keep', async () => {
    const { code, out } = await tai('prove', '--json');
    expect(code).toBe(EXIT.ok);
    expect((JSON.parse(out) as readonly { readonly answer: string }[]).map(({ answer }) => answer)).toEqual(
      Array.from({ length: invariants.length }, () => 'holds'),
    );
  });
  test('one that is broken: the smallest observation, which tai decide approves, exit 1', async () => {
    const { code, out } = await tai('prove', policy('invariants-broken'), '--json');
    expect(code).toBe(EXIT.failed);
    const [proof] = JSON.parse(out) as readonly { readonly observation: unknown; readonly place: string }[];
    expect(proof?.place).toMatch(/invariants-broken\.jsonc:\d+:\d+$/);
    const file = join(scratch(), 'counterexample.json');
    writeFileSync(file, JSON.stringify(proof?.observation));
    expect((await tai('decide', file)).code).toBe(EXIT.ok);
  });
  test('an invariant about a fact that there is not: exit 2 with line, column and the nearest name', async () => {
    const file = join(scratch(), 'invariants.json');
    writeFileSync(
      file,
      '{ "invariants": [\n  { "verdict": "never_approve", "action": "trigger_rollback",\n    "unless": { "fact": "deployment_stabel", "is": true } } ] }',
    );
    const { code, err } = await tai('prove', file);
    expect(code).toBe(EXIT.unreadable);
    expect(err).toMatch(
      /invariants\.json:3:25: at \$\.invariants\[0\]\.unless\.fact: expected a known fact \(did you mean `deployment_stable`\?\)/,
    );
  });
  test('with a budget that is not enough: not decided, exit 4', async () => {
    const { code, out } = await tai('prove', policy('invariants'), '--nodes', '1');
    expect(code).toBe(EXIT.incomplete);
    expect(out).toContain('not decided');
  });
});

describe('a policy over lists of records', () => {
  const catalog = ['--catalog', policy('release')] as const;
  test('has nothing that cannot be meant, and its table of cases holds', async () => {
    expect(await tai('lint', policy('release'))).toEqual({ code: EXIT.ok, out: '0 errors, 0 warnings\n', err: '' });
    const { code, out } = await tai('test', policy('release.cases'), ...catalog);
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/: (\d+) of \1 cases hold$/m);
  });
  test('is proved', async () => {
    const { code, out } = await tai('prove', policy('release.invariants'), ...catalog);
    expect(code).toBe(EXIT.ok);
    expect(out.match(/^holds {2}/gm)).toHaveLength(3);
  });
  test('and shows what it read, record by record', async () => {
    const file = join(scratch(), 'observation.json');
    const record = { name: 'build', status: 'failed', required: true, started_at: '2026-12-01T07:10:00Z' };
    const intent = {
      subject: { type: 'user', id: 'ann' },
      action: { id: 'release', arguments: { commit: 'c0ffee' } },
      resource: { id: 'shop' },
    };
    const evidence = [{ fact: 'ci_checks', source: 'ci', value: { complete: true, items: [record] } }];
    writeFileSync(file, JSON.stringify({ at: '2026-12-01T08:00:00Z', mode: 'eval', intent, evidence }));
    const { out } = await tai('explain', file, ...catalog);
    expect(out).toContain('seen    ci_checks = [{ name: build, status: failed, required: true, started_at: 2026-12');
    expect(out).toContain('needed  every record of ci_checks has (field.required is false or field.status is passed)');
    expect(out).not.toContain('not understood');
    const misspelt = [{ ...evidence[0], value: { complete: true, items: [{ ...record, status: 'failde' }] } }];
    writeFileSync(file, JSON.stringify({ at: '2026-12-01T08:00:00Z', mode: 'eval', intent, evidence: misspelt }));
    expect((await tai('explain', file, ...catalog)).out).toMatch(
      /said, and not understood:\n {4}.*observation\.json:1:\d+: at \$\.evidence\[0\]\.value\.items\[0\]\.status: expected one of passed, failed/,
    );
  });
});

describe('tai diff', () => {
  test('of a catalog with itself: they decide alike, exit 0', async () => {
    expect(await tai('diff', policy('freezer'), policy('freezer'))).toEqual({
      code: EXIT.ok,
      out: 'they decide alike, for every observation\n',
      err: '',
    });
  });
  test('of two: flips of the verdict first, each with an example that both decide as it says, exit 1', async () => {
    const { code, out } = await tai('diff', policy('freezer'), policy('freezer-next'));
    expect(code).toBe(EXIT.failed);
    expect(out).toMatch(/^thaw: approve → refuse \+service_is_ill$/m);
    const { out: json } = await tai('diff', policy('freezer'), policy('freezer-next'), '--json');
    const { differences } = JSON.parse(json) as {
      readonly differences: readonly {
        readonly verdict: readonly string[];
        readonly example: Readonly<Record<'before' | 'after', unknown>>;
      }[];
    };
    expect(differences.length).toBeGreaterThan(5);
    for (const { verdict, example } of differences) {
      for (const [i, side] of (['before', 'after'] as const).entries()) {
        const file = join(scratch(), `${side}.json`);
        writeFileSync(file, JSON.stringify(example[side]));
        const decided = await tai('decide', file, '--catalog', policy(side === 'before' ? 'freezer' : 'freezer-next'));
        expect(decided.code).toBe(verdict[i] === 'approve' ? EXIT.ok : EXIT.refused);
      }
    }
  });
});

describe('tai explain', () => {
  const catalog = ['--catalog', policy('freezer')] as const;
  test('a refusal: a sentence, gate by gate with what was needed and seen, and what would approve it, exit 3', async () => {
    const { code, out } = await tai('explain', policy('thaw'), ...catalog);
    expect(code).toBe(EXIT.refused);
    expect(out).toMatch(/^Refused at the precondition gate \(service_is_ill\)/);
    expect(out).toContain('needed  error_rate is at most 100');
    expect(out).toContain('seen    error_rate = 140');
    expect(out).toContain(
      'what would approve it (1 change):\n    world from metrics or probe: error_rate from 140 to 100',
    );
  });
  test('an approval: exit 0, and nothing more is wanted', async () => {
    const { code, out } = await tai('explain', policy('thaw-ready'), ...catalog);
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^Approved: /);
    expect(out).not.toContain('would approve');
  });
  test('--json has all of it', async () => {
    const { out } = await tai('explain', policy('thaw'), ...catalog, '--json');
    const explained = JSON.parse(out) as {
      readonly gates: readonly { readonly gate: string }[];
      readonly whatWouldApprove: { readonly answer: string };
    };
    expect(explained.gates.map(({ gate }) => gate)).toHaveLength(8);
    expect(explained.whatWouldApprove.answer).toBe('sets');
  });
});

describe('tai replay', () => {
  const ledger = 'examples/policy/freezer-ledger';
  test('--json has all of it, and the verdict on the ledger; --most cuts the list, not the counts', async () => {
    const { out } = await tai('replay', ledger, policy('freezer-next'), '--json', '--most', '1');
    const replayed = JSON.parse(out) as {
      readonly counts: unknown;
      readonly ledger: unknown;
      readonly differences: readonly unknown[];
      readonly truncated: boolean;
    };
    expect(replayed.counts).toEqual({
      scope: 'decision_local',
      decisions: 8,
      same: 4,
      changed: 2,
      approved: 1,
      refused: 1,
      notDecided: 0,
    });
    expect(replayed.ledger).toMatchObject({ overall: 'incomplete' });
    expect(replayed.differences).toHaveLength(1);
    expect(replayed.truncated).toBe(true);
  });
  test('under a catalog that reads what was not read: not decided, exit 4', async () => {
    const next = readFileSync(join(repository, policy('freezer')), 'utf8')
      .replace(
        /"facts": \{/,
        '$&"traffic": { "means": "requests", "type": { "type": "integer" }, "origin": "observed", "sources": ["metrics"], "maxAgeMs": 60000 },',
      )
      .replace(
        '"when": { "fact": "error_rate", "atMost": 100 }',
        '"when": { "any": [{ "fact": "error_rate", "atMost": 100 }, { "fact": "traffic", "is": 0 }] }',
      );
    const file = join(scratch(), 'next.jsonc');
    writeFileSync(file, next);
    const { code, out } = await tai('replay', ledger, file);
    expect(code).toBe(EXIT.incomplete);
    expect(out).toMatch(/^receipt 1 .* thaw shop: not decided: it depends on facts that were not read: traffic$/m);
  });
  test('a changed receipt: the ledger is falsified, exit 1 whatever the decisions say', async () => {
    const copy = join(scratch(), 'ledger');
    cpSync(join(repository, ledger), copy, { recursive: true });
    const receipts = join(copy, 'receipts.jsonl');
    writeFileSync(receipts, readFileSync(receipts, 'utf8').replace('"user-ann"', '"user-eve"'));
    const { code, out } = await tai('replay', copy, policy('freezer'));
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('the ledger: Falsified');
  });
  test('neither a bundle nor a tenant: exit 2 with what is expected', async () => {
    const { code, err } = await tai('replay', policy('freezer'));
    expect(code).toBe(EXIT.unreadable);
    expect(err).toContain('expected a bundle and a catalog');
    expect((await tai('replay', policy('freezer'), policy('freezer'))).code).toBe(EXIT.unreadable);
    expect((await tai('replay', '--tenant', 'acme', '--dir', scratch(), policy('freezer'))).code).toBe(EXIT.unreadable);
  });
});

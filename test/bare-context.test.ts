/**
 * The built core and packs run where there is nothing but JavaScript: `node:vm` without Date, Math.random, Intl, console,
 * TextEncoder, or code from strings (a strict content-security policy). It decides and signs there, as it does here.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { linkBuilt, runBare, runHere } from './bare-context/context.ts';
import { buildPackages, repository } from './canary/repository.ts';

interface Probed {
  readonly decisions: Readonly<Record<string, { readonly verdict: string }>>;
  readonly bytes: { readonly verifies: boolean };
}

describe('the bare context', () => {
  test.for([
    { note: 'has no clock', code: 'Date.now()', says: 'Date is not defined' },
    { note: 'has no chance', code: 'Math.random()', says: 'Math.random is not a function' },
    { note: 'has no encoder', code: 'new TextEncoder()', says: 'TextEncoder is not defined' },
    { note: 'has no locale', code: 'new Intl.Collator()', says: 'Intl is not defined' },
    { note: 'has no console', code: "console.log('x')", says: 'console is not defined' },
    { note: 'has no process', code: 'process.env', says: 'process is not defined' },
    { note: 'has no timer', code: 'setTimeout(() => {}, 1)', says: 'setTimeout is not defined' },
    { note: 'makes no code from strings', code: "new Function('return 1')()", says: 'disallowed for this context' },
  ])('$note', ({ code, says }) => {
    expect(() => runBare('', code)).toThrow(says);
  });
});

describe('the built core and packs', () => {
  let script = '';
  beforeAll(async () => {
    buildPackages(['core', 'packs']);
    script = await linkBuilt(join(repository, 'test/bare-context/probe.ts'));
  });

  test('link from what is published, not from the sources', () => {
    expect(script).toContain('packages/core/dist/');
    expect(script).not.toContain('packages/core/src/');
  });

  test('decide, hash and sign in a bare context, byte for byte as here', () => {
    const bare = runBare(script, 'linked.probe()');
    expect(bare).toBe(runHere(script, 'linked.probe()'));

    const probed = JSON.parse(String(bare)) as Probed;
    const verdicts = Object.values(probed.decisions).map(({ verdict }) => verdict);
    expect(new Set(verdicts)).toEqual(new Set(['approve', 'refuse']));
    expect(probed.bytes.verifies).toBe(true);
  });
});

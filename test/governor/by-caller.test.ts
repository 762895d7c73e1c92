/** Steps that the caller carries out: who may say how one ended, and how often. */
import { pinOf } from '@tai-autonomics/adapter-mcp/gate';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { approvedBy, governorOf, importedPack, readFile, robot } from '../mcp-gate/gated.ts';

describe('a report', () => {
  test('counts once, of whoever asked, about what they asked for', async () => {
    const { governor } = await governorOf(importedPack([readFile]));
    const pin = pinOf(readFile);
    const submitted = await approvedBy(governor, robot, 'files_read_file', 'files', {
      gate_pin: pin,
      gate_seen: pin,
      gate_call: 'x',
      gate_mode: 'enforce',
    });
    const how = { status: 'success', wallMs: 1, result: null } as const;
    const { receipt } = submitted;
    expect(submitted.outcome).toBeUndefined();
    const other = { ...robot, subject: { type: 'agent', id: 'other' } } as const;
    for (const [caller, of] of [
      [other, receipt],
      [robot, { ...receipt, leaf: 'A' }],
      [robot, { ...receipt, seq: 0 }],
    ] as const)
      expect(E.isLeft(await governor.report(caller, of, how))).toBe(true);
    const first = await governor.report(robot, receipt, how);
    expect(E.isRight(first) && first.right.status).toBe('success');
    expect(E.isLeft(await governor.report(robot, receipt, how))).toBe(true);
    await governor.close();
  });

  test('that could not be recorded is taken when it is said again', async () => {
    const { governor, store } = await governorOf(importedPack([readFile]));
    const pin = pinOf(readFile);
    const gate = { gate_pin: pin, gate_seen: pin, gate_call: 'x', gate_mode: 'enforce' };
    const { receipt } = await approvedBy(governor, robot, 'files_read_file', 'files', gate);
    const how = { status: 'success', wallMs: 1, result: null } as const;
    const { append } = store;
    Object.assign(store, { append: async () => E.left({ fault: 'unavailable', detail: 'the disk is away' }) });
    const missed = await governor.report(robot, receipt, how);
    expect(E.isRight(missed) && missed.right.status).toBe('unknown');
    Object.assign(store, { append });
    const said = await governor.report(robot, receipt, how);
    expect(E.isRight(said) && said.right.status).toBe('success');
    expect(E.isLeft(await governor.report(robot, receipt, how))).toBe(true);
    await governor.close();
  });
});

/** What is so small that every shipped catalog rests on it: looked at without one, so that a fault in it is found by name. */
import { compileCatalog, printIssue } from '@tai-autonomics/core';
import { admit } from '@tai-autonomics/core/author';
import { namesRefusal } from '@tai-autonomics/core/engine';
import { canonicalize, type Json, receiptText } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { catalogAround, internal } from '../fixtures/made-up.ts';

const complaints = (members: object): readonly string[] => {
  const compiled = compileCatalog(catalogAround({ actions: { act: internal({}) }, ...members }));
  return E.isLeft(compiled) ? compiled.left.map(printIssue) : [];
};

test('the ends of a range are within it, and what is beyond them is not', () => {
  const within = { timeoutMs: 1, memoryBytes: 1_048_576, cpuPercent: 1 };
  expect(complaints({ compute_limits: within })).toEqual([]);
  expect(
    complaints({ compute_limits: { timeoutMs: 86_400_000, memoryBytes: 68_719_476_736, cpuPercent: 100 } }),
  ).toEqual([]);
  for (const beyond of [{ timeoutMs: 0 }, { timeoutMs: 86_400_001 }, { cpuPercent: 0 }, { cpuPercent: 101 }])
    expect(complaints({ compute_limits: { ...within, ...beyond } })).toHaveLength(1);
});

test('a set is what has each member once, in whatever order', () => {
  expect([[], ['a'], ['b', 'a'], ['a', 'a'], ['b', 'a', 'b']].map(admit({ type: 'set' }))).toEqual([
    [],
    ['a'],
    ['a', 'b'],
    undefined,
    undefined,
  ]);
});

test('an action names a refusal by both of its arguments, each of its type', () => {
  const [receipt, leaf] = [
    { means: 'the receipt', type: { type: 'integer' } },
    { means: 'its leaf', type: { type: 'string' } },
  ] as const;
  expect(namesRefusal({ arguments: { receipt, leaf } })).toBe(true);
  for (const other of [{}, { receipt }, { leaf }, { receipt: leaf, leaf }, { receipt, leaf: receipt }])
    expect(namesRefusal({ arguments: other })).toBe(false);
  expect(complaints({ actions: { act: internal({ arguments: { receipt, leaf } }) } })).toEqual([]);
});

test('a receipt is written as its canonical text, with lists of none, one and several', () => {
  const digest = 'HHrUTsk5CxOvo5maYtfHB12xvY5r2UJlrDl_UW9f1mY';
  const receipt = {
    _sd: [],
    _sd_alg: 'sha-256',
    at: '2026-11-21T08:00:00.000Z',
    catalog: { digest, id: 'platform', version: '1.2.0' },
    codes: [],
    engine: { name: '@tai-autonomics/core', semantics: 1, version: '0.1.0' },
    event: 'role_granted',
    id: digest,
    kind: 'decision',
    mode: 'contractual',
    origin: 'ledger.example/r1/c/4f2a',
    prev: digest,
    seq: 0,
    subject: 'sub_a',
    terms: { msa: { digest, id: 'MSA-1' } },
    v: 'tai-autonomics/receipt@1',
    verdict: 'approve',
    writes: [{ add: ['read_iam', 'write_iam'], cell: 'granted_roles', key: ['sub_a'] }],
  };
  for (const other of [{}, { _sd: [digest] }, { codes: ['a', 'b'], verdict: 'refuse', writes: [] }]) {
    const written = receiptText({ ...receipt, ...other } as Json);
    expect(E.isRight(written) ? written.right : written.left).toEqual(
      E.toUnion(canonicalize({ ...receipt, ...other })),
    );
  }
});

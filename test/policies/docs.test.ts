/** docs/policy-documents.md is true: its document loads, its windows are open when it says so, its messages are what is said. */
import { readFileSync } from 'node:fs';
import { compileCatalog, decide, parsePolicyDocument, printIssue, withPolicy } from '@tai-autonomics/core';
import { parseInstant } from '@tai-autonomics/core/engine';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { type Document, spoilt } from '../fixtures/tenant.ts';
import { asked, timed } from '../windows/scene.ts';

const page = readFileSync(new URL('../../docs/policy-documents.md', import.meta.url), 'utf8');
const read = (text: string): unknown => {
  const parsed = parseStrictJson(new TextEncoder().encode(text), { comments: true, maxBytes: 65_536, maxDepth: 64 });
  if (E.isLeft(parsed)) throw new Error(`${text}: ${JSON.stringify(parsed.left)}`);
  return parsed.right.value;
};
const document = read(/<!-- document -->\n```jsonc\n([\s\S]*?)\n```/.exec(page)?.[1] ?? '') as Document;

/** The cells of a table, without their backticks; a ditto mark stands for the cell above. */
const rowsBelow = (name: string): readonly (readonly string[])[] => {
  const [, table = ''] = new RegExp(`<!-- ${name} -->\\n((?:\\|.*\\n?)+)`).exec(page) ?? [];
  let above: readonly string[] = [];
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => {
      const cells = line.slice(1, -1).split('|');
      above = cells.map((cell, i) =>
        cell.trim() === '″' ? (above[i] ?? '') : cell.trim().replace(/^(`+) ?(.*?) ?\1$/, '$2'),
      );
      return above;
    });
};

/** Lies over the document; of a list the first element is changed. */
const over = (left: unknown, right: unknown): unknown => {
  if (Array.isArray(left) && Array.isArray(right) && typeof right[0] === 'object' && right[0] !== null)
    return [over(left[0], right[0]), ...left.slice(1)];
  if (typeof left !== 'object' || left === null || Array.isArray(left)) return right;
  if (typeof right !== 'object' || right === null || 'fact' in right) return right;
  return Object.fromEntries([
    ...Object.entries(left),
    ...Object.entries(right).map(([name, value]) => [name, over((left as Document)[name], value)] as const),
  ]);
};
const saidOf = (json: unknown): readonly string[] => {
  const parsed = parsePolicyDocument(json);
  if (E.isLeft(parsed)) return parsed.left.map(printIssue);
  const compiled = compileCatalog(withPolicy(library, parsed.right));
  return E.isRight(compiled)
    ? []
    : compiled.left.map(({ path, ...issue }) => printIssue({ ...issue, path: path.slice(2) }));
};

test('the document loads, and refuses a rollback on a Monday of January with its own code', () => {
  const parsed = parsePolicyDocument(document);
  const catalog = E.isRight(parsed) ? compileCatalog(withPolicy(library, parsed.right)) : parsed;
  if (E.isLeft(catalog)) throw new Error(catalog.left.map(printIssue).join('\n'));
  const o = spoilt(catalog.right, 'trigger_rollback');
  expect(decide(catalog.right, o).verdict).toBe('approve');
  const later = decide(catalog.right, { ...o, at: parseInstant('2026-12-21T12:00:00Z') ?? 0 });
  expect(later.verdict === 'refuse' && later.reasons.map(({ code }) => code)).toContain('acme_changes__window_closed');
});

describe('windows', () => {
  test.for(rowsBelow('open').map(([windows = '', at = '', is]) => ({ windows, at, is })))(
    '$windows at $at: $is',
    ({ windows, at, is }) => {
      const decision = decide(timed({ when: { fact: 'at', during: read(windows) } }), asked(parseInstant(at) ?? 0));
      expect(decision.verdict === 'approve' ? 'open' : 'closed').toBe(is);
    },
  );
});

describe('what does not load', () => {
  test.for(rowsBelow('messages').map(([json = '', says]) => ({ json, says })))('$json', ({ json, says }) => {
    expect([...new Set(saidOf(over(document, read(json))))]).toContain(says);
  });
});

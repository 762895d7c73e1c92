/** Lists receipts by what they are about. The cursor is a place in the ledger: a ledger only grows, so it never goes stale. */
import type { ActionStep } from '@tai-autonomics/core';
import { parseInstant } from '@tai-autonomics/core/engine';
import { encodeBase64url, isPlainObject, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadRow, ReadStep } from '../api.ts';
import { instantOf, integerOf, textOf, wordsOf } from './step-arguments.ts';
import { mayView, viewerOf } from './viewer.ts';

/** Receipts that one call looks at: what is not reached is the next call's. */
const LOOKED_AT_MAX = 10_000;

/** The read step `list_receipts`: at most `limit` lines from the place `cursor` on, and `next` where there is more. */
export const listReceipts: ReadStep = async (step, { ledger }) => {
  const viewer = viewerOf(step);
  const isAsked = chooserOf(step);
  const [from, limit] = [integerOf(step, 'cursor'), integerOf(step, 'limit')];
  const to = Math.min(ledger.size, from + LOOKED_AT_MAX);
  const receipts: Readonly<Record<string, unknown>>[] = [];
  let next = from;
  for await (const row of ledger.rows(from, to)) {
    if (E.isLeft(row)) return row;
    next = row.right.receipt.seq + 1;
    if (mayView(viewer, row.right) && isAsked(row.right)) receipts.push(lineOf(row.right));
    if (receipts.length >= limit) break;
  }
  const shown = viewer.seesAll ? 'all' : 'own';
  return E.right({ receipts, shown, size: ledger.size, ...(next < ledger.size ? { next } : {}) });
};

const memberId = (intent: Json | undefined, member: string): string | undefined => {
  if (!isPlainObject(intent)) return undefined;
  const part = intent[member];
  const id = isPlainObject(part) ? part['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
};

/** What a receipt says of itself in one line. Action and resource are there unless their disclosure was erased. */
const lineOf = ({ row, receipt, disclosed }: ReadRow): Readonly<Record<string, unknown>> => {
  const intent = disclosed.get('request/intent');
  const [action, resource] = [memberId(intent, 'action'), memberId(intent, 'resource')];
  return {
    seq: receipt.seq,
    leaf: encodeBase64url(row.leaf),
    at: receipt.at,
    kind: receipt.kind,
    event: receipt.event,
    subject: receipt.subject,
    ...(receipt.kind === 'decision' ? { verdict: receipt.verdict, codes: receipt.codes } : { of: receipt.of.seq }),
    ...(receipt.kind === 'outcome' ? { status: receipt.status } : {}),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    ...(receipt.incident === undefined ? {} : { incident: receipt.incident }),
  };
};

/** What the arguments ask for; an empty set asks for nothing in particular. */
const chooserOf = (step: ActionStep): ((row: ReadRow) => boolean) => {
  const [actions, codes, events] = [wordsOf(step, 'actions'), wordsOf(step, 'codes'), wordsOf(step, 'events')];
  const [since, until] = [instantOf(step, 'since'), instantOf(step, 'until')];
  const incident = textOf(step, 'incident');
  const isAmong = (wanted: readonly string[], found: readonly string[]): boolean =>
    wanted.length === 0 || found.some((word) => wanted.includes(word));
  return ({ receipt, disclosed }) => {
    const at = parseInstant(receipt.at) ?? 0;
    const action = memberId(disclosed.get('request/intent'), 'action');
    return (
      at >= since &&
      at < until &&
      isAmong(events, [receipt.event]) &&
      isAmong(codes, receipt.kind === 'decision' ? receipt.codes : []) &&
      isAmong(actions, action === undefined ? [] : [action]) &&
      (incident === '*' || receipt.incident === incident)
    );
  };
};

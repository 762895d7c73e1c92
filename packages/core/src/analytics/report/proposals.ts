/**
 * What is refused again and again becomes a proposal: the very intent that the refusals' own next step names, for this action about
 * this resource and nothing wider, with the refusals as evidence. Nothing applies it: somebody with the right to it asks for it, and
 * is decided like anybody. One whose action was approved since is stale, and is told apart.
 */
import { owns } from '../../receipt/encoding/own.ts';
import { canonicalize, isPlainObject, type Json } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import { count, newStatements, type Reporter, say, sectionOf } from './report.ts';
import { saidIn } from './said.ts';

/** Refusals of one action about one resource for one code, whose step is the same. */
interface Repeated {
  readonly action: string;
  readonly resource: string;
  readonly code: string;
  /** Who would ask, and for what: canonical JSON. */
  readonly submit: string;
  readonly seqs: number[];
  times: number;
  /** The first approval of that action about that resource after the last of them. */
  approved?: number;
}

/** So often at least. */
const LEAST = 3;
/** Of each, so many receipts are cited. */
const CITED_MAX = 20;
/** Combinations that are remembered. */
const SEEN_MAX = 10_000;

/** What was refused, by what was asked and then by the reason and its step. */
interface Refused {
  readonly byAsked: Map<string, Map<string, Repeated>>;
  size: number;
}

/** The report on what could be made lawful for good. */
export const proposalsReporter = (): Reporter => {
  const seen: Refused = { byAsked: new Map(), size: 0 };
  let notRemembered = 0;
  return {
    step: (counted) => {
      if (counted.isIn) notRemembered += note(seen, counted);
    },
    finish: () => {
      const [proposed, stale] = [newStatements(), newStatements()];
      const repeated = [...seen.byAsked.values()]
        .flatMap((own) => [...own.values()])
        .filter(({ times }) => times >= LEAST);
      repeated.sort((a, b) => b.times - a.times || (a.seqs[0] ?? 0) - (b.seqs[0] ?? 0) || (a.code < b.code ? -1 : 1));
      for (const one of repeated) {
        const [first = 0, ...others] = one.seqs;
        const text = `${one.action} about ${one.resource} was refused ${one.times} times (${one.code}); proposed: ${one.submit}`;
        if (one.approved === undefined) say(proposed, `${text}.`, first, ...others);
        else say(stale, `${text}; it was approved since.`, first, ...others, one.approved);
      }
      return [
        sectionOf('Proposals', [count('proposals', proposed.kept.length + proposed.left)], proposed),
        sectionOf(
          'Stale',
          [count('stale proposals', stale.kept.length + stale.left), count('refusals not remembered', notRemembered)],
          stale,
        ),
      ];
    },
  };
};

/** How many refusals had no place any more. */
const note = (seen: Refused, { receipt, disclosed }: Counted): number => {
  if (receipt.kind !== 'decision') return 0;
  const { action, resource } = saidIn(receipt, disclosed);
  const asked = JSON.stringify([action, resource]);
  const own = seen.byAsked.get(asked);
  if (receipt.verdict === 'approve') {
    for (const one of own?.values() ?? []) one.approved ??= receipt.seq;
    return 0;
  }
  let lost = 0;
  for (const { code, submit } of stepsIn(disclosed.get('decision/body'))) {
    const key = JSON.stringify([code, submit]);
    const rows = seen.byAsked.get(asked) ?? new Map<string, Repeated>();
    const known = rows.get(key);
    if (known === undefined && seen.size >= SEEN_MAX) {
      lost += 1;
      continue;
    }
    const one = known ?? { action, resource, code, submit, seqs: [], times: 0 };
    one.times += 1;
    delete one.approved;
    if (one.seqs.length < CITED_MAX) one.seqs.push(receipt.seq);
    if (known === undefined) seen.size += 1;
    rows.set(key, one);
    seen.byAsked.set(asked, rows);
  }
  return lost;
};

/** The reasons that somebody else's intent would help, each with that intent. What names its refusal is about that one alone. */
const stepsIn = (body: Json | undefined): readonly { readonly code: string; readonly submit: string }[] => {
  const reasons = isPlainObject(body) ? body['reasons'] : undefined;
  if (!Array.isArray(reasons)) return [];
  return (reasons as readonly Json[]).flatMap((reason) => {
    const next = isPlainObject(reason) ? reason['next'] : undefined;
    const code = isPlainObject(reason) ? reason['code'] : undefined;
    if (!isPlainObject(next) || next['kind'] !== 'authority' || typeof code !== 'string') return [];
    const { who, submit } = { who: next['who'], submit: next['submit'] };
    if (!isPlainObject(submit) || submit['refusal'] === true || who === undefined) return [];
    const text = canonicalize({ submit: withoutChoices(submit), who });
    return owns(text, 'right') ? [{ code, submit: text.right }] : [];
  });
};

/** What the asker would choose (instants, a finding) differs each time, and makes no other proposal. */
const withoutChoices = (submit: { readonly [name: string]: Json }): Json => ({
  action: submit['action'] ?? null,
  arguments: submit['arguments'] ?? null,
  resource: submit['resource'] ?? null,
});

/**
 * What is refused again and again becomes a proposal: the very intent that the refusals' own next step names, for this action about
 * this resource and nothing wider, with the refusals as evidence. Nothing applies it: somebody with the right to it asks for it, and
 * is decided like anybody. One whose action was approved since is stale, and is told apart.
 */
import { owns } from '../../receipt/encoding/own.ts';
import { canonicalize, isPlainObject, type Json } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import { count, newStatements, type Proposal, type Reporter, say, sectionOf } from './report.ts';
import { saidIn } from './said.ts';

/** Refusals of one action about one resource for one code, whose step is the same. */
interface Repeated {
  readonly action: string;
  readonly resource: string;
  readonly code: string;
  readonly step: Step;
  readonly seqs: number[];
  times: number;
  /** The first approval of that action about that resource, or of what is proposed, after the last of them. */
  approved?: number;
}

/** Who would ask, and for what. */
interface Step {
  readonly who: Json;
  readonly submit: Proposal['submit'];
  /** Canonical JSON of both, but of what is to be chosen: that differs each time (instants, a finding), and makes no other proposal. */
  readonly text: string;
}

/** So often at least. */
const LEAST = 3;
/** Of each, so many receipts are cited. */
const CITED_MAX = 20;
/** Combinations that are remembered. */
const SEEN_MAX = 10_000;

/** What was refused, by what was asked and then by the reason and its step; and by what is proposed. */
interface Refused {
  readonly byAsked: Map<string, Map<string, Repeated>>;
  readonly byProposed: Map<string, Repeated[]>;
  size: number;
  notRemembered: number;
}

/** The report on what could be made lawful for good. */
export const proposalsReporter = (): Reporter => {
  const seen: Refused = { byAsked: new Map(), byProposed: new Map(), size: 0, notRemembered: 0 };
  return {
    step: (counted) => {
      if (counted.isIn) note(seen, counted);
    },
    finish: () => {
      const [proposed, stale] = [newStatements(), newStatements()];
      for (const one of repeatedIn(seen)) {
        const [first = 0, ...others] = one.seqs;
        const text = `${one.action} about ${one.resource} was refused ${one.times} times (${one.code}); proposed: ${one.step.text}`;
        if (one.approved === undefined) say(proposed, `${text}.`, first, ...others);
        else say(stale, `${text}; it was approved since.`, first, ...others, one.approved);
      }
      return [
        sectionOf('Proposals', [count('proposals', proposed.kept.length + proposed.left)], proposed),
        sectionOf(
          'Stale',
          [
            count('stale proposals', stale.kept.length + stale.left),
            count('refusals not remembered', seen.notRemembered),
          ],
          stale,
        ),
      ];
    },
    proposals: () => repeatedIn(seen).slice(0, PROPOSALS_MAX).map(proposalOf),
  };
};

/** Proposals that are written out. */
const PROPOSALS_MAX = 1_000;

const repeatedIn = ({ byAsked }: Refused): readonly Repeated[] =>
  [...byAsked.values()]
    .flatMap((own) => [...own.values()])
    .filter(({ times }) => times >= LEAST)
    .sort((a, b) => b.times - a.times || (a.seqs[0] ?? 0) - (b.seqs[0] ?? 0) || (a.code < b.code ? -1 : 1));

const proposalOf = ({ action, resource, code, times, seqs, step, approved }: Repeated): Proposal => ({
  refused: { action, resource, code, times },
  receipts: seqs,
  who: step.who,
  submit: step.submit,
  ...(approved === undefined ? {} : { stale: approved }),
});

const note = (seen: Refused, { receipt, disclosed }: Counted): void => {
  if (receipt.kind !== 'decision') return;
  const { action, resource, argument } = saidIn(receipt, disclosed);
  const asked = JSON.stringify([action, resource]);
  if (receipt.verdict === 'approve') {
    for (const one of seen.byAsked.get(asked)?.values() ?? []) one.approved ??= receipt.seq;
    for (const one of seen.byProposed.get(asked) ?? []) if (isSaid(one, argument)) one.approved ??= receipt.seq;
    return;
  }
  for (const { code, step } of stepsIn(disclosed.get('decision/body'))) {
    const key = JSON.stringify([code, step.text]);
    const rows = seen.byAsked.get(asked) ?? new Map<string, Repeated>();
    const known = rows.get(key);
    if (known === undefined && seen.size >= SEEN_MAX) {
      seen.notRemembered += 1;
      continue;
    }
    const one = known ?? { action, resource, code, step, seqs: [], times: 0 };
    one.times += 1;
    delete one.approved;
    if (one.seqs.length < CITED_MAX) one.seqs.push(receipt.seq);
    if (known !== undefined) continue;
    seen.size += 1;
    rows.set(key, one);
    seen.byAsked.set(asked, rows);
    const proposed = JSON.stringify([step.submit.action, step.submit.resource]);
    seen.byProposed.set(proposed, [...(seen.byProposed.get(proposed) ?? []), one]);
  }
};

/** What was asked is what is proposed, with whatever was chosen. */
const isSaid = ({ step }: Repeated, argument: (name: string) => Json | undefined): boolean => {
  const { arguments: own } = step.submit;
  return isPlainObject(own) && Object.entries(own).every(([name, value]) => sameJson(argument(name), value));
};
const sameJson = (a: Json | undefined, b: Json): boolean => {
  if (a === undefined) return false;
  const [one, other] = [canonicalize(a), canonicalize(b)];
  return owns(one, 'right') && owns(other, 'right') && one.right === other.right;
};

/** The reasons that somebody else's intent would help, each with that intent. What names its refusal is about that one alone. */
const stepsIn = (body: Json | undefined): readonly { readonly code: string; readonly step: Step }[] => {
  const reasons = isPlainObject(body) ? body['reasons'] : undefined;
  if (!Array.isArray(reasons)) return [];
  return (reasons as readonly Json[]).flatMap((reason) => {
    const next = isPlainObject(reason) ? reason['next'] : undefined;
    const code = isPlainObject(reason) ? reason['code'] : undefined;
    if (!isPlainObject(next) || next['kind'] !== 'authority' || typeof code !== 'string') return [];
    const { who, submit } = { who: next['who'], submit: next['submit'] };
    if (!isPlainObject(submit) || submit['refusal'] === true || who === undefined) return [];
    const { action, resource, arguments: given = {} } = submit;
    if (typeof action !== 'string' || typeof resource !== 'string') return [];
    const text = canonicalize({ submit: { action, arguments: given, resource }, who });
    if (!owns(text, 'right')) return [];
    const choose = namesIn(submit['choose']);
    return [{ code, step: { who, submit: { action, resource, arguments: given, choose }, text: text.right } }];
  });
};

const namesIn = (choices: Json | undefined): readonly string[] =>
  (Array.isArray(choices) ? (choices as readonly Json[]) : []).flatMap((choice) => {
    const name = isPlainObject(choice) ? choice['argument'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });

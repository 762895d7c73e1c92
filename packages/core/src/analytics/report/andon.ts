/** What was stopped and what was put into quarantine: scope, why, when it was let go, and what was refused meanwhile (D-09, E-06). */
import { owns } from '../../receipt/encoding/own.ts';
import type { Json, Receipt, WireWrite } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import {
  count,
  lengthen,
  mean,
  newSpan,
  newStatements,
  quoted,
  type Reporter,
  type Section,
  say,
  sectionOf,
} from './report.ts';
import { saidIn } from './said.ts';

/** A stop that is open: where it began. */
interface Open {
  readonly seq: number;
  readonly at: number;
  readonly name: string;
  readonly how: string;
}

/** The cells that stop something, and what their values are called. */
const STOPS: Readonly<Record<string, { readonly began: string; readonly ended: string; readonly open: string }>> = {
  andon: { began: 'stopped the line for', ended: 'started the line again for', open: 'stopped' },
  quarantine: { began: 'put into quarantine', ended: 'released from quarantine', open: 'in quarantine' },
  scope_andon: { began: 'stopped the line for', ended: 'started the line again for', open: 'stopped' },
  scope_quarantine: { began: 'put into quarantine', ended: 'released from quarantine', open: 'in quarantine' },
};
const CODES = ['andon_open', 'quarantined'] as const;
/** Scopes that are remembered at once. */
const OPEN_MAX = 10_000;

interface Memory {
  readonly open: Map<string, Open>;
  readonly timeline: ReturnType<typeof newStatements>;
  readonly refused: ReturnType<typeof newStatements>;
  readonly began: Record<string, number>;
  readonly ended: Record<string, number>;
  readonly lasted: Record<string, ReturnType<typeof newSpan>>;
  readonly stopped: Record<string, number>;
  notRemembered: number;
}

/** The report on Andon and quarantine. */
export const andonReporter = (): Reporter => {
  const memory: Memory = {
    open: new Map(),
    timeline: newStatements(),
    refused: newStatements(),
    began: { andon: 0, quarantine: 0 },
    ended: { andon: 0, quarantine: 0 },
    lasted: { andon: newSpan(), quarantine: newSpan() },
    stopped: { andon_open: 0, quarantined: 0 },
    notRemembered: 0,
  };
  return { step: (counted) => follow(memory, counted), finish: () => finish(memory) };
};

/** A stop of a scope is counted as one of a resource is. */
const kindOf = (cell: string): string => cell.replace(/^scope_/, '');

const follow = (memory: Memory, counted: Counted): void => {
  const { receipt, isIn } = counted;
  if (isIn && receipt.kind === 'decision') noteRefusal(memory, counted);
  for (const write of receipt.writes) if (Object.hasOwn(STOPS, write.cell)) move(memory, write, counted);
};

const noteRefusal = ({ stopped, refused }: Memory, { receipt, disclosed }: Counted): void => {
  if (receipt.kind !== 'decision') return;
  const codes = CODES.filter((code) => receipt.codes.includes(code));
  if (codes.length === 0) return;
  for (const code of codes) stopped[code] = (stopped[code] ?? 0) + 1;
  const { who, action, resource } = saidIn(receipt, disclosed);
  say(refused, `${receipt.at}: ${who} was refused ${action} about ${resource}: ${codes.join(', ')}.`, receipt.seq);
};

const move = (memory: Memory, write: WireWrite, { receipt, at, disclosed, isIn }: Counted): void => {
  const { cell } = write;
  const words = STOPS[cell];
  if (words === undefined) return;
  const key = JSON.stringify([cell, ...write.key]);
  const before = memory.open.get(key);
  if (owns(write, 'clear')) {
    memory.open.delete(key);
    if (!isIn) return;
    memory.ended[kindOf(cell)] = (memory.ended[kindOf(cell)] ?? 0) + 1;
    const cites: [number, ...number[]] = before === undefined ? [receipt.seq] : [before.seq, receipt.seq];
    say(memory.timeline, sentence(receipt, disclosed, words.ended, before?.name ?? write.key.join(' ')), ...cites);
    if (before !== undefined) lengthen(memory.lasted[kindOf(cell)] ?? newSpan(), at - before.at);
    return;
  }
  const how = owns(write, 'set') && typeof write.set === 'string' ? `, severity ${write.set}` : '';
  const name = nameOf(write, receipt, disclosed);
  if (before === undefined && isIn) memory.began[kindOf(cell)] = (memory.began[kindOf(cell)] ?? 0) + 1;
  if (memory.open.size < OPEN_MAX || before !== undefined)
    memory.open.set(key, before === undefined ? { seq: receipt.seq, at, name, how } : { ...before, how });
  else memory.notRemembered += 1;
  if (isIn) say(memory.timeline, sentence(receipt, disclosed, words.began, `${name}${how}`), receipt.seq);
};

/** What the scope is called: the resource's name where the receipt discloses it and it is that resource's, else the key. */
const nameOf = (write: WireWrite, receipt: Receipt, disclosed: ReadonlyMap<string, Json>): string => {
  // A kind of scope and its name say themselves which it is.
  if (write.key.length > 1) return write.key.join(' ');
  const { resource, action } = saidIn(receipt, disclosed);
  const [scope = ''] = write.key;
  return action.startsWith('something') || scope.includes(':') ? scope : resource;
};

const sentence = (receipt: Receipt, disclosed: ReadonlyMap<string, Json>, did: string, what: string): string => {
  const { who, argument } = saidIn(receipt, disclosed);
  const finding = quoted(argument('finding'));
  return `${receipt.at}: ${who} ${did} ${what}${finding === undefined ? '' : `: ${finding}`}.`;
};

const finish = ({
  open,
  timeline,
  refused,
  began,
  ended,
  lasted,
  stopped,
  notRemembered,
}: Memory): readonly Section[] => {
  const still = newStatements();
  for (const [key, one] of open) {
    const [cell] = JSON.parse(key) as readonly [string];
    say(still, `${one.name} is ${STOPS[cell]?.open ?? cell}${one.how}.`, one.seq);
  }
  return [
    sectionOf(
      'What was stopped, and let go',
      [
        count('Andons raised', began['andon'] ?? 0),
        count('Andons cleared', ended['andon'] ?? 0),
        mean('mean time stopped', lasted['andon'] ?? newSpan()),
        count('quarantines', began['quarantine'] ?? 0),
        count('released', ended['quarantine'] ?? 0),
        mean('mean time in quarantine', lasted['quarantine'] ?? newSpan()),
        count('scopes not remembered', notRemembered),
      ],
      timeline,
    ),
    sectionOf(
      'What was refused for it',
      [
        count('refused for an Andon', stopped['andon_open'] ?? 0),
        count('refused for a quarantine', stopped['quarantined'] ?? 0),
      ],
      refused,
    ),
    sectionOf('Open at the end', [count('open at the end', open.size)], still),
  ];
};

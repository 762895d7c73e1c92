/** Receipts by what they are about: which ones are asked for, and the words by which an index finds them. */
import { parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject, type Json } from '@tai-autonomics/core/receipt';
import type { ReadRow } from '../api.ts';
import { mayView, type Viewer } from '../reads/viewer.ts';

/** What a list asks for; an empty list of words asks for nothing in particular. */
export interface ChosenReceipts {
  readonly viewer: Viewer;
  readonly actions: readonly string[];
  readonly codes: readonly string[];
  readonly events: readonly string[];
  /** Absent: of any incident, and of none. */
  readonly incident?: string;
  readonly since: number;
  readonly until: number;
}

/** Whether a receipt is among those that are asked for, and the viewer's to see. */
export const isChosen = (chosen: ChosenReceipts, row: ReadRow): boolean => {
  const { receipt } = row;
  const at = parseInstant(receipt.at) ?? 0;
  return (
    at >= chosen.since &&
    at < chosen.until &&
    mayView(chosen.viewer, row) &&
    wordsWanted(chosen).every((wanted) => wordsOf(row).some((word) => wanted.includes(word)))
  );
};

/** What a receipt is about, in the words that a list may ask for. */
export const wordsOf = ({ receipt, disclosed }: ReadRow): readonly string[] => {
  const action = memberId(disclosed.get('request/intent'), 'action');
  return [
    `event ${receipt.event}`,
    `subject ${receipt.subject}`,
    ...(receipt.kind === 'decision' ? receipt.codes.map((code) => `code ${code}`) : []),
    ...(action === undefined ? [] : [`action ${action}`]),
    ...(receipt.incident === undefined ? [] : [`incident ${receipt.incident}`]),
  ];
};

/** The words that are asked for: one of each group. */
export const wordsWanted = ({
  viewer,
  actions,
  codes,
  events,
  incident,
}: ChosenReceipts): readonly (readonly string[])[] =>
  [
    events.map((event) => `event ${event}`),
    codes.map((code) => `code ${code}`),
    actions.map((action) => `action ${action}`),
    incident === undefined ? [] : [`incident ${incident}`],
    viewer.seesAll ? [] : [`subject ${viewer.ref}`],
  ].filter((group) => group.length > 0);

/** The id of a member of a recorded intent. */
export const memberId = (intent: Json | undefined, member: string): string | undefined => {
  if (!isPlainObject(intent)) return undefined;
  const part = intent[member];
  const id = isPlainObject(part) ? part['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
};

/** Decisions as a governor records them: a receipt, and what is disclosed of it. */
import { type Catalog, type Decision, decide, type Observation } from '@tai-autonomics/core';
import {
  codesOf,
  decisionBody,
  ENGINE,
  eventOf,
  evidenceRecords,
  formatInstant,
  intentRecord,
  needsEvidence,
  readingsRecord,
  wireWrite,
} from '@tai-autonomics/core/engine';
import type { Json, Receipt } from '@tai-autonomics/core/receipt';

/** A receipt and its disclosures, by name. */
export interface RecordedReceipt {
  readonly receipt: Receipt;
  readonly disclosed: ReadonlyMap<string, Json>;
  readonly decision: Decision;
}

const copyOf = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A;

/** What observers are asked for, and nothing else: no evidence where gates 1 to 3 refuse. */
export const gathered = (catalog: Catalog, o: Observation): Observation => {
  const wanted = needsEvidence(catalog, o);
  return { ...o, evidence: o.evidence.filter(({ fact }) => wanted.includes(fact)) };
};

/** Decides and records. `hide` names disclosures that are not kept. */
export const recordOf = (
  catalog: Catalog,
  digest: string,
  seen: Observation,
  hide: (name: string) => boolean = () => false,
): RecordedReceipt => {
  const o = gathered(catalog, seen);
  const decision = decide(catalog, o);
  const all = new Map<string, Json>([
    ['request/intent', intentRecord(o.id, o.intent)],
    ['state/readings', readingsRecord(catalog, o) as Json],
    ['decision/body', decisionBody(decision)],
    ...evidenceRecords(o.evidence),
  ]);
  const receipt = {
    kind: 'decision',
    seq: 0,
    at: formatInstant(o.at),
    mode: o.mode,
    id: o.id,
    subject: o.intent.subject.ref,
    verdict: decision.verdict,
    codes: codesOf(decision),
    writes: decision.verdict === 'approve' ? decision.writes.map(wireWrite) : [],
    event: eventOf(catalog.actions.get(o.intent.action.id), decision),
    catalog: { id: 'c', version: '1', digest },
    engine: ENGINE,
    _sd: [...all.keys()],
  } as unknown as Receipt;
  return {
    receipt: copyOf(receipt),
    disclosed: copyOf([...all].filter(([name]) => !hide(name))).reduce(
      (map, [name, value]) => map.set(name, value),
      new Map<string, Json>(),
    ),
    decision,
  };
};

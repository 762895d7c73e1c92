/**
 * What receipts cite (`terms`) against what the ledger recorded. Cited before anything is recorded it is the issuer's
 * word; afterwards it is what was recorded, or what the ledger records next.
 */
import { owns } from '../encoding/own.ts';
import type { Receipt, TermsRef, WireWrite } from '../receipt.ts';

/** The terms that a ledger records, and the cell in which it does. */
const RECORDED = [
  ['insurance', 'insurance_certificate'],
  ['msa', 'msa_agreement'],
] as const;

type Kind = (typeof RECORDED)[number][0];

/** A citation that the ledger has not recorded yet. */
interface Pending {
  readonly cited: TermsRef;
  readonly seq: number;
}

/** What was cited and recorded so far. Mutable: it belongs to one verification. */
export interface TermsWatch {
  readonly recorded: Map<Kind, string>;
  readonly pending: Map<Kind, Pending>;
  /** Receipts that cite something of which the ledger has recorded nothing. */
  unrecorded: number;
  /** Receipts that cite the agreement as the ledger recorded it: its tenant's owner recorded it, and nobody else signed it. */
  agreed: number;
}

/** Nothing was cited yet. */
export const watchTerms = (): TermsWatch => ({ recorded: new Map(), pending: new Map(), unrecorded: 0, agreed: 0 });

/** Follows one receipt of a whole ledger. Answers the citations that it shows to be of nothing that was recorded. */
export const followTerms = (
  watch: TermsWatch,
  receipt: Receipt,
): readonly { readonly seq: number; readonly why: string }[] => {
  const broken: { seq: number; why: string }[] = [];
  const drop = (kind: Kind): void => {
    const pending = watch.pending.get(kind);
    if (pending === undefined) return;
    watch.pending.delete(kind);
    const why = `it cites the ${kind} ${pending.cited.id}, where the ledger recorded ${watch.recorded.get(kind) ?? ''}`;
    broken.push({ seq: pending.seq, why });
  };
  if (receipt.mode === 'contractual') {
    const { terms } = receipt;
    const known = RECORDED.filter(([kind]) => watch.recorded.has(kind));
    const cited = [terms.policy, terms.insurance, terms.msa].filter((one) => one !== undefined).length;
    if (cited > known.filter(([kind]) => terms[kind] !== undefined).length) watch.unrecorded += 1;
    for (const [kind] of known) {
      const one = terms[kind];
      if (one === undefined) continue;
      if (isOf(one, watch.recorded.get(kind))) {
        drop(kind);
        if (kind === 'msa') watch.agreed += 1;
      } else {
        const pending = watch.pending.get(kind);
        if (pending !== undefined && (pending.cited.id !== one.id || pending.cited.digest !== one.digest)) drop(kind);
        if (!watch.pending.has(kind)) watch.pending.set(kind, { cited: one, seq: receipt.seq });
      }
    }
  }
  for (const [kind, cell] of RECORDED) {
    const now = recordedBy(receipt, cell);
    if (now === undefined) continue;
    const pending = watch.pending.get(kind);
    if (pending !== undefined && isOf(pending.cited, now)) watch.pending.delete(kind);
    else drop(kind);
    watch.recorded.set(kind, now);
  }
  return broken;
};

const isOf = ({ id, digest }: TermsRef, recorded: string | undefined): boolean =>
  recorded === id || recorded === digest;

const recordedBy = (receipt: Receipt, cell: string): string | undefined => {
  if (receipt.kind === 'decision' && receipt.verdict === 'refuse') return undefined;
  const write: WireWrite | undefined = receipt.writes.findLast((one) => one.cell === cell && one.key.length === 0);
  return write !== undefined && owns(write, 'set') && typeof write.set === 'string' ? write.set : undefined;
};

/** Exports the caller's own ledger, or a part of it, as a bundle in a text, beside the decisions. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../api.ts';
import type { Selection } from '../bundle/export/selection.ts';
import type { Signer } from '../ports.ts';
import type { Walk } from '../walk/walk.ts';
import type { WalkAnswers } from '../walk/walk-question.ts';
import { instantOf, placeOf, textOf, wordsOf } from './step-arguments.ts';

/** The read step `export_receipts`: a period, an incident, or all; what is withheld is proved to be there all the same. */
export const exportReceipts =
  ({ publicKey, older = [] }: Pick<Signer, 'publicKey' | 'older'>, walk: Walk): ReadStep =>
  async (step, view) => {
    const { ledger, mode } = view;
    const incident = textOf(step, 'incident');
    const selection: Selection = {
      from: { at: instantOf(step, 'since') },
      to: { at: instantOf(step, 'until') },
      ...(incident === '*' ? {} : { incident }),
      withhold: wordsOf(step, 'withhold'),
    };
    const sealed = await ledger.seal();
    if (E.isLeft(sealed)) return sealed;
    // The door makes the bundle while it is read: what was decided and recorded is that it may.
    if (textOf(step, 'form') === 'stream') return E.right({ ...noticeOf(mode), origin: ledger.origin, streamed: true });
    const exported = await walk(placeOf(view), {
      ask: 'exported',
      origin: ledger.origin,
      keys: [encodeBase64url(publicKey), ...older.map((key) => encodeBase64url(key.publicKey))],
      selection,
    });
    return E.map(({ text, written }: WalkAnswers['exported']) => {
      const { origin, coverage, size, receipts, disclosures, withheld, missingCatalogs, missingEvidence, vkey } =
        written;
      const found = { origin, coverage, size, receipts, disclosures, withheld, missingCatalogs, missingEvidence };
      return { ...noticeOf(mode), ...found, vkey, encoding: 'base64 of a gzipped tar file', bundle: text };
    })(exported);
  };

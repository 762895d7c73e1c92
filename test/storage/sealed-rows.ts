/** Rows whose leaves are the hashes of their bytes, as those of a ledger are. */
import { leafHash } from '@tai-autonomics/core/receipt';
import type { Row } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';

export const rowOf = (seq: number, bytes: Uint8Array): Row => ({
  seq,
  leaf: leafHash(nodeSha256, bytes),
  bytes,
  disclosures: [
    { name: 'request/intent', text: `intent ${seq}` },
    { name: 'evidence/a', text: `evidence ${seq}` },
  ],
  ...(seq % 3 === 2 ? {} : { intent: { id: `intent-${seq}`, digest: `digest-${seq}` } }),
});

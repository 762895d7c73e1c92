/** Which disclosures belong to which kind of receipt. Of any other nothing is compared, so it must not be read as what was decided on. */
import type { Receipt } from '../receipt.ts';

/** The disclosures of each kind; what was seen, `evidence/<fact>/<source>`, apart. */
const OF: { readonly [K in Receipt['kind']]: ReadonlySet<string> } = {
  decision: new Set(['request/intent', 'state/readings', 'decision/body']),
  outcome: new Set(['outcome/body']),
  consequence: new Set(['consequence/body']),
};
const EVIDENCE = /^evidence\/[^/]+\/[^/]+$/;

/** Whether a disclosure of this name is one of the receipt's kind. */
export const isOfKind = ({ kind }: Receipt, name: string): boolean =>
  OF[kind].has(name) || (kind !== 'consequence' && EVIDENCE.test(name));

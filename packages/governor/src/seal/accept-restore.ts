/** A ledger that was restored from an older copy: the operator says so in it, then its mark is lowered, and it goes on. */
import { checkpointOf, encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, Caller, Decided, Governor, NotDecided } from '../api.ts';
import type { Context } from '../context.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { HighWaterMark, Signer } from '../ports.ts';
import type { Tenant, Tenants } from '../tenant.ts';
import { ACCEPT_RESTORE, isDeclaredLost } from './lost.ts';
import type { CutLedger } from './truncation.ts';

/** `Governor.acceptRestore`; `cut` says how many receipts ledgers had before this process wrote into them. */
export const acceptsRestores =
  (
    {
      context: { signer },
      tenants,
    }: { readonly context: Pick<Context, 'signer'>; readonly tenants: Pick<Tenants, 'open'> },
    submit: Governor['submit'],
    cut: readonly CutLedger[],
  ): NonNullable<Governor['acceptRestore']> =>
  async (id, finding) => {
    const opened = await tenants.open(id);
    if (E.isLeft(opened)) return opened;
    const { origin, head } = opened.right.ledger;
    const size = cut.find((one) => one.origin === origin)?.size ?? head.size;
    return acceptRestore({ signer, submit, size }, opened.right, finding);
  };

interface Accepting {
  readonly signer: Signer;
  readonly submit: Governor['submit'];
  /** How many receipts the ledger had when it was restored. */
  readonly size: number;
}

/**
 * Says in the ledger what it lost, and lowers its mark. `undefined`: it has all that was sealed. The receipt comes first: a crash in
 * between leaves a ledger that says what it lost and does not go on; asked again, it goes on without another receipt.
 */
const acceptRestore = async (
  { signer, submit, size }: Accepting,
  { id, ledger, checkpoints }: Tenant,
  finding: string,
): Promise<E.Either<NotDecided, Decided | 'declared' | undefined>> => {
  const { lower } = signer;
  if (lower === undefined)
    return notReady('the signer cannot lower a mark, so no ledger goes on that lost what it sealed');
  const marked = await signer.highWaterMark(ledger.origin);
  if (E.isLeft(marked)) return notReady(marked.left);
  const mark = marked.right;
  if (mark === undefined) return E.right(undefined);
  const isDeclared = isDeclaredLost(ledger.state, mark);
  if (!isDeclared && size >= mark.size) return E.right(undefined);
  const said = isDeclared ? 'declared' : await submit(...declaration(id, size, mark, finding));
  if (said !== 'declared' && (!said.decided || said.decision.verdict === 'refuse'))
    return said.decided ? E.right(said) : E.left(said);
  const { root, size: stands } = checkpointOf(nodeSha256, ledger.head);
  const lowered = await lower(mark, { origin: ledger.origin, size: stands, root });
  if (E.isLeft(lowered)) return notReady(lowered.left);
  const sealed = await checkpoints.seal();
  return E.isLeft(sealed) ? notReady(sealed.left) : E.right(said);
};

const declaration = (tenant: string, size: number, mark: HighWaterMark, finding: string): [Caller, Asked] => [
  { tenant, subject: { type: 'system', id: 'operator' }, scope: [] },
  {
    action: ACCEPT_RESTORE,
    resource: '*',
    arguments: { size, lost_size: mark.size, lost_root: encodeBase64url(mark.root), finding },
  },
];

const notReady = (detail: string): E.Either<NotDecided, never> => E.left({ decided: false, why: 'not_ready', detail });

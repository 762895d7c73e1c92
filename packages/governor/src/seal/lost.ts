/** What a ledger says of itself that it lost in a restore. */
import type { State } from '@tai-autonomics/core';
import { cellKey } from '@tai-autonomics/core/engine';
import { encodeBase64url, RESTORES_CELL } from '@tai-autonomics/core/receipt';
import type { HighWaterMark } from '../ports.ts';

/** The action by which an operator says that a ledger was restored from an older copy. */
export const ACCEPT_RESTORE = 'accept_restore';

/** Whether the ledger says itself that this is what it lost. */
export const isDeclaredLost = ({ cells }: State, { size, root }: HighWaterMark): boolean =>
  cells.get(RESTORES_CELL)?.has(cellKey([String(size), encodeBase64url(root)])) === true;

/** What a git repository of a service's configuration says about what was changed by hand. */
import type { FactId, Value } from '@tai-autonomics/core/author';
import {
  canonicalize,
  encodeBase64url,
  encodeUtf8,
  isPlainObject,
  type Json,
  nobleSha256,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { member } from '../members.ts';

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const CHANGES_MAX = 1_000;

/** A change as `git status` writes it, and the blob of what stands there now; null where nothing does. */
interface Changed {
  readonly change: string;
  readonly blob: string | null;
}

const isChanged = (x: unknown): x is Changed => {
  if (!isPlainObject(x)) return false;
  const [change, blob] = [member(x, 'change'), member(x, 'blob')];
  return (
    typeof change === 'string' && change !== '' && (blob === null || (typeof blob === 'string' && COMMIT.test(blob)))
  );
};

/** base64url of SHA-256 over what differs; `undefined` for what has no canonical form. */
const digestOf = (head: string, changes: readonly Changed[]): string | undefined => {
  const text = canonicalize({ head, changes: changes.map(({ change, blob }) => ({ change, blob })) } as Json);
  const bytes = E.isRight(text) ? encodeUtf8(text.right) : undefined;
  return bytes === undefined ? undefined : encodeBase64url(nobleSha256(bytes));
};

const factsOf = (head: string, changes: readonly Changed[]): Readonly<Record<FactId, Value>> => {
  if (changes.length === 0) return { configuration_drifted: false, configuration_commit: head };
  const drift = digestOf(head, changes);
  return {
    configuration_drifted: true,
    configuration_commit: head,
    ...(drift === undefined ? {} : { configuration_drift: drift }),
  };
};

/**
 * Raw git evidence `{head, changes: [{change, blob}]}`, every change of it → `configuration_drifted`, `configuration_commit`,
 * and `configuration_drift`, the digest of exactly what differs, where something does.
 */
export const gitConfiguration: Detector = {
  id: 'git_configuration',
  version: 1,
  facts: ['configuration_commit', 'configuration_drift', 'configuration_drifted'],
  detect: (raw) => {
    if (!isPlainObject(raw)) return E.left('expected an object');
    const [head, changes] = [member(raw, 'head'), member(raw, 'changes')];
    if (typeof head !== 'string' || !COMMIT.test(head)) return E.left('expected head to be a commit id');
    if (!Array.isArray(changes) || changes.length > CHANGES_MAX || !changes.every(isChanged))
      return E.left(`expected changes to be a list of at most ${CHANGES_MAX} {change, blob}`);
    return E.right(factsOf(head, changes));
  },
};

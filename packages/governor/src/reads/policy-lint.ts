/** Checks a tenant's policy document, and keeps the candidate that it makes. Keeping it decides nothing: it is proposed, or not. */
import { type Issue, parsePolicyDocument } from '@tai-autonomics/core';
import { formatInstant, printPath } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../api.ts';
import { OWN } from '../catalogs/drafts.ts';
import type { Context } from '../context.ts';
import { parseStrictJson, printFault } from '../json/strict-json.ts';
import { analysis } from '../policy/analysis-thread.ts';
import { baseOf, candidateOf, placeInDocument } from '../policy/candidate.ts';
import type { Finding } from '../policy/examine.ts';
import { textOf } from './step-arguments.ts';

const LIMITS = { comments: true, maxBytes: 262_144, maxDepth: 64 } as const;

interface Said {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
}

/** The read step `policy_lint`. */
export const policyLint =
  ({ catalogs, identity }: Pick<Context, 'catalogs' | 'identity'>): ReadStep =>
  async (step, { caller, state, signal }) => {
    const json = parseStrictJson(textOf(step, 'document'), LIMITS);
    if (E.isLeft(json)) return unread([{ severity: 'error', path: '', message: printFault('document', json.left) }]);
    const document = parsePolicyDocument(json.right.value);
    if (E.isLeft(document)) return unread(document.left.map(said));
    const { id } = document.right.policy;
    if (!id.startsWith(OWN)) {
      const message = `expected an id that begins with \`${OWN}\`, found \`${id}\``;
      return unread([{ severity: 'error', path: 'policy.id', message }]);
    }
    const active = await catalogs.loadIn(state);
    if (E.isLeft(active)) return E.left(active.left.detail);
    const candidate = candidateOf(active.right, document.right);
    // The catalog around it loads, so what does not fit is the document's.
    if (E.isLeft(candidate)) return unread(candidate.left.map(said));
    const { kept, until } = await catalogs.keepFor(identity.ledger(caller.tenant), candidate.right);
    const { digest, text } = candidate.right;
    const found = await analysis(caller.tenant, { ask: 'findings', candidate: { digest, text } }, signal);
    if (E.isLeft(found)) return found;
    const findings = found.right.map(
      ({ severity, path, message }: Finding): Said => ({
        severity,
        path: printPath(placeInDocument(candidate.right, id, path) ?? path),
        message,
      }),
    );
    return E.right({
      loads: true,
      candidate: digest,
      base: baseOf(candidate.right),
      kept,
      ...(until === undefined ? {} : { keptUntil: formatInstant(until) }),
      findings,
    });
  };

const said = ({ path, expected, found }: Issue): Said => ({
  severity: 'error',
  path: printPath(path),
  message: `expected ${expected}, found ${found}`,
});
const unread = (findings: readonly Said[]): E.Either<string, unknown> =>
  E.right({ loads: false, kept: false, findings });

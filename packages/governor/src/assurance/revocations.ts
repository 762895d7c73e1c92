/** The insurer's list of certificates that it took back, signed with the key that signs certificates. */
import { type Issue, printIssue } from '@tai-autonomics/core';
import { formatInstant, type Ms, parseInstant } from '@tai-autonomics/core/engine';
import type { Ed25519 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { checkMembers, isMembers, isText, type Rule } from '../json/members.ts';
import { nodeEd25519 } from '../node/crypto.ts';
import { signedMessage, verifiedMessage } from './signed-document.ts';

const FORMAT = 'tai-autonomics/insurance-revocations@1';

/** What is signed. Instants are RFC 3339. */
export interface RevocationList {
  readonly format: typeof FORMAT;
  readonly issuedAt: string;
  /** From this instant on the list says nothing any more: another one must be there. */
  readonly nextUpdate: string;
  /** Numbers of certificates. A revocation is final: a new certificate has a new number. */
  readonly revoked: readonly string[];
}

/** A list with the insurer's Ed25519 signature over `revocationsMessage`. */
export interface SignedRevocations {
  readonly list: RevocationList;
  /** base64url of 64 bytes. */
  readonly signature: string;
}

/** The bytes that an insurer signs; `undefined` for what has no canonical form. */
export const revocationsMessage = (list: RevocationList): Uint8Array | undefined => signedMessage(list);

/** Reads a list that the insurer signed and that says something at this instant. Left, in one sentence: it can't be told what is revoked. */
export const verifyRevocations = (
  json: unknown,
  insurerKey: Uint8Array,
  at: Ms,
  ed25519: Ed25519 = nodeEd25519,
): E.Either<string, RevocationList> => {
  const [wrong] = issuesOf(json);
  if (wrong !== undefined) return E.left(`not a signed revocation list: ${printIssue(wrong)}`);
  const { list, signature } = json as SignedRevocations;
  if (verifiedMessage({ ...list }, FORMAT, signature, insurerKey, ed25519) === undefined)
    return E.left('the revocation list’s signature is not the insurer’s');
  const [issued, next] = [parseInstant(list.issuedAt) as Ms, parseInstant(list.nextUpdate) as Ms];
  if (at < issued) return E.left(`the revocation list is of ${formatInstant(issued)}, which is yet to come`);
  return at < next ? E.right(list) : E.left(`the revocation list said what it says until ${list.nextUpdate}`);
};

const instant: Rule = {
  expected: 'an RFC 3339 instant',
  holds: (x) => typeof x === 'string' && parseInstant(x) !== undefined,
};

const issuesOf = (json: unknown): readonly Issue[] => {
  const outer = checkMembers(json, [], {
    list: { expected: 'an object', holds: isMembers },
    signature: { expected: 'base64url of 64 bytes', holds: (x) => isText(x, /^[A-Za-z0-9_-]{1,200}$/) },
  });
  if (outer.length > 0) return outer;
  return checkMembers((json as SignedRevocations).list, ['list'], {
    format: { expected: FORMAT, holds: (x) => x === FORMAT },
    issuedAt: instant,
    nextUpdate: instant,
    revoked: {
      expected: 'a list of numbers of certificates',
      holds: (x) => Array.isArray(x) && x.every((number) => isText(number, /^[^\p{Cc}\p{Surrogate}]{1,200}$/u)),
    },
  } satisfies Readonly<Record<keyof RevocationList, Rule>>);
};

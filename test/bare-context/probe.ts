/**
 * What the bare context is made to do: compile the shipped catalog, decide every action of it for every subject type and
 * mode, then make and check the bytes of a receipt. Pure: the answer is one text, to be compared byte for byte.
 */
import { compileCatalog, decide, type Mode, type Observation } from '@tai-autonomics/core';
import type { SubjectType } from '@tai-autonomics/core/author';
import { emptyState } from '@tai-autonomics/core/engine';
import {
  canonicalize,
  encodeBase64url,
  encodeUtf8,
  leafHash,
  nobleEd25519,
  nobleSha256,
  publicKeyOf,
  signEd25519,
} from '@tai-autonomics/core/receipt';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';

const subjectTypes: readonly SubjectType[] = ['agent', 'user', 'service', 'marketplace', 'system'];
const modes: readonly Mode[] = ['eval', 'contractual'];

const observe = (action: string, type: SubjectType, mode: Mode): Observation => ({
  id: 'i-1',
  at: 1_767_225_600_000,
  mode,
  intent: {
    subject: { type, id: 's-1', ref: 'r-1', scope: [] },
    action: { id: action, arguments: {} },
    resource: { id: 'svc', ref: 'r-2' },
    binding: 'b-1',
  },
  evidence: [],
  state: emptyState,
});

/** All decisions, as canonical text by action, subject type and mode. */
const decisions = (): Readonly<Record<string, unknown>> => {
  const catalog = compileCatalog(library);
  if (E.isLeft(catalog)) return { issues: catalog.left };
  const rows = [...catalog.right.actions.keys(), 'no_such_action'].flatMap((action) =>
    subjectTypes.flatMap((type) =>
      modes.map((mode): [string, unknown] => [
        `${action} ${type} ${mode}`,
        decide(catalog.right, observe(action, type, mode)),
      ]),
    ),
  );
  return Object.fromEntries(rows);
};

/** The bytes that a receipt needs: UTF-8, canonical text, leaf, signature. */
const bytes = (): Readonly<Record<string, unknown>> => {
  const text = canonicalize({ v: 'é€😀', b: [1, true, null], a: 'x' });
  const message = encodeUtf8(E.isRight(text) ? text.right : '') ?? new Uint8Array();
  const seed = new Uint8Array(32).fill(7);
  const key = publicKeyOf(seed) ?? new Uint8Array();
  const signature = signEd25519(seed, message) ?? new Uint8Array();
  return {
    text,
    leaf: encodeBase64url(leafHash(nobleSha256, message)),
    signature: encodeBase64url(signature),
    verifies: nobleEd25519.verify(key, message, signature),
  };
};

export const probe = (): string => JSON.stringify({ decisions: decisions(), bytes: bytes() });

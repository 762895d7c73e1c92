/** What a subject sees among its tools is what could be approved for its credential, whatever else changes. */
import { prove } from '@tai-autonomics/core';
import { type Condition, ROLES, type Role } from '@tai-autonomics/core/author';
import { emptyState, visibleTools } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { compiled, shipped } from '../fixtures/tenant.ts';
import { right } from '../receipt/fixture.ts';

/** The shipped catalog with every pack always on: what was bought hides nothing. */
const all = compiled({ ...library, packs: library.packs.map((pack) => ({ ...pack, always: true })) });
const TYPES = ['agent', 'user', 'service'] as const;

/** Whether some observation of this credential is approved. */
const isEverApproved = (action: string, type: string, scope: readonly Role[]): boolean => {
  const without = ROLES.filter((role) => !scope.includes(role));
  const when: Condition = {
    all: [
      { fact: 'subject_type', is: type },
      ...without.map((role): Condition => ({ not: { fact: 'scope', contains: role } })),
    ],
  };
  const proof = right(prove(shipped, { action, verdict: 'never_approve', when }));
  expect(proof.answer, action).not.toBe('not_decided');
  return proof.answer === 'broken';
};

const inTools = library.packs.flatMap(({ tools }) => tools.flatMap(({ actions }) => actions));

test.for(TYPES)('an action is visible to %s exactly if some state approves it for the credential', (type) => {
  for (const id of inTools) {
    const roles = shipped.actions.get(id)?.action.roles ?? [];
    for (const scope of [roles, roles.slice(1)]) {
      const visible = visibleTools(all, emptyState, { type, scope }).some(({ actions }) => actions.includes(id));
      expect([id, scope, visible]).toEqual([id, scope, isEverApproved(id, type, scope)]);
    }
  }
});

/** A policy document that is wrong is refused: each mistake with its place, what was expected and what was found. */
import {
  type CatalogSource,
  compileCatalog,
  type Issue,
  parsePolicyDocument,
  printIssue,
  withPolicy,
} from '@tai-autonomics/core';
import type { Path } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { spoils } from '../entitlements/spoil.ts';
import { type Document, merged } from '../fixtures/tenant.ts';

const document: Document = {
  policy: { id: 'acme', version: '1.2.3', description: 'What Acme asks for.' },
  requirements: [
    {
      actions: ['trigger_rollback', 'activate_throttle'],
      code: 'trial',
      means: 'it is no trial',
      when: { any: [{ fact: 'mode', is: 'contractual' }, { not: { fact: 'resource', startsWith: 'prod' } }] },
      remedy: { by: 'nobody', why: 'a trial changes nothing' },
    },
    {
      actions: ['*external', 'pack:rollback_guard'],
      code: 'stopped',
      means: 'nobody stopped the whole tenant',
      when: { fact: 'andon_of_tenant', is: 'none' },
      remedy: {
        by: 'authority',
        who: { type: 'user', relation: 'owner' },
        submit: { action: 'clear_andon', resource: '*', arguments: {}, choose: [{ argument: 'finding' }] },
      },
    },
  ],
  codes: { trial: 'this is a trial', stopped: 'the tenant is stopped' },
  invariants: [
    {
      means: 'no trial rolls back production',
      verdict: 'never_approve',
      action: 'trigger_rollback',
      when: {
        all: [
          { fact: 'mode', is: 'eval' },
          { fact: 'resource', startsWith: 'prod' },
        ],
      },
    },
    { verdict: 'always_refuse_with', code: 'acme__stopped', action: 'trigger_rollback', when: { any: [] } },
  ],
};

/** Everything that is wrong with a document by itself, then with the catalog that has it. Paths are in the document. */
const issuesOf = (json: unknown, source: CatalogSource = library): readonly Issue[] => {
  const parsed = parsePolicyDocument(json);
  if (E.isLeft(parsed)) return parsed.left;
  const compiled = compileCatalog(withPolicy(source, parsed.right));
  if (E.isRight(compiled)) return [];
  expect(compiled.left.map(({ path }) => path.slice(0, 2))).toEqual(compiled.left.map(() => ['policies', 0]));
  return compiled.left.map((issue) => ({ ...issue, path: issue.path.slice(2) }));
};

test('the document is sound', () => {
  expect(issuesOf(document)).toEqual([]);
});

const at = (place: Path): string => place.join('.');
const isIn = (place: Path, pattern: RegExp): boolean => pattern.test(at(place));

describe('each field in each way', () => {
  const form = {
    isOptional: (place: Path) =>
      isIn(place, /^(invariants|policy\.description|requirements\.\d+\.remedy\.submit\.(choose|resource))$/) ||
      isIn(place, /^invariants\.\d+\.(means|when|unless)$/) ||
      isIn(place, /^requirements\.\d+\.remedy\.who\.relation$/),
    isFree: () => false,
    isSet: (place: Path) => isIn(place, /^requirements\.\d+\.actions$/),
    isReference: (place: Path) =>
      isIn(place, /\.(fact|action|code)$/) ||
      isIn(place, /\.actions\.\d+$/) ||
      isIn(place, /\.choose\.\d+\.argument$/) ||
      isIn(place, /\.remedy\.by$/) ||
      isIn(place, /\.verdict$/),
  };
  const all = [...spoils(document, form)];
  test('there are many', () => {
    expect(all.length).toBeGreaterThan(200);
  });
  test('each is refused, with a place at or above what was spoilt', () => {
    for (const { place, how, document: spoilt } of all) {
      // Without its relation nobody may submit what only an owner may; without a name a code explains nothing.
      const issues = issuesOf(spoilt());
      const shown = `${at(place)}: ${how}: ${issues.map(printIssue).join('; ')}`;
      expect(issues.length, shown).toBeGreaterThan(0);
      const isNear = (issue: Issue): boolean =>
        at(place).startsWith(at(issue.path)) || at(issue.path).startsWith(at(place.slice(0, -1)));
      const isExplained = issues.some(isNear) || isIn(place, /^codes/);
      expect(isExplained, shown).toBe(true);
      for (const { expected, found } of issues) {
        expect(expected, shown).not.toBe('');
        expect(found, shown).not.toBe('');
      }
    }
  });
});

const first = (over: Document): unknown => {
  const [requirement, ...rest] = document['requirements'] as readonly Document[];
  return { ...document, requirements: [merged(requirement, over), ...rest] };
};
const R = '$.requirements[0]';

describe('what a document cannot say', () => {
  test.for<{ readonly note: string; readonly json: unknown; readonly says: readonly string[] }>([
    {
      note: 'an action that is misspelt',
      json: first({ actions: ['triger_rollback'] }),
      says: [
        `at ${R}.actions[0]: expected an action of this catalog (did you mean \`trigger_rollback\`?), found \`triger_rollback\``,
      ],
    },
    {
      note: 'a pack that is misspelt',
      json: first({ actions: ['pack:rollback_gard'] }),
      says: [
        `at ${R}.actions[0]: expected a pack of this catalog (did you mean \`pack:rollback_guard\`?), found \`pack:rollback_gard\``,
      ],
    },
    {
      note: 'a star that is no target',
      json: first({ actions: ['*'] }),
      says: [`at ${R}.actions[0]: expected an action, \`pack:<pack_id>\` or \`*external\`, found "*"`],
    },
    {
      note: 'an action that only a marketplace may ask for',
      json: first({ actions: ['apply_entitlement'] }),
      says: [
        `at ${R}.actions[0]: expected an action that somebody of the tenant may ask for, found \`apply_entitlement\`, asked by marketplace`,
      ],
    },
    {
      note: 'a fact that there is not',
      json: first({ when: { fact: 'mod', is: 'eval', any: null } }),
      says: [`at ${R}.when.fact: expected a known fact (did you mean \`mode\`?), found \`mod\``],
    },
    {
      note: 'an argument that one of its actions does not have',
      json: first({ actions: ['grant_role', 'clear_andon'], when: { any: [{ fact: 'argument.roles', is: [] }] } }),
      says: [`at ${R}.when.any[0].fact: expected a known fact, found \`argument.roles\``],
    },
    {
      note: 'a code of the engine',
      json: first({ code: 'expired' }),
      says: [`at ${R}.code: expected one of the document’s codes, found \`expired\``],
    },
    {
      note: 'a code with two underscores in a row',
      json: first({ code: 'a__b' }),
      says: [`at ${R}.code: expected a snake_case name of 1 to 31 characters, without \`__\`, found "a__b"`],
    },
    {
      note: 'an id with two underscores in a row',
      json: merged(document, { policy: { id: 'a__b' } }),
      says: ['at $.policy.id: expected a snake_case name of 1 to 31 characters, without `__`, found "a__b"'],
    },
    {
      note: 'writes',
      json: first({ writes: [] }),
      says: [`at ${R}.writes: expected no member \`writes\` in a requirement of a policy, found "writes"`],
    },
    {
      note: 'that a requirement is removed',
      json: merged(document, { removes: ['deployment_not_stable'] }),
      says: ['at $.removes: expected no member `removes` in a policy document, found "removes"'],
    },
    {
      note: 'plans',
      json: merged(document, { plans: {} }),
      says: ['at $.plans: expected no member `plans` in a policy document, found "plans"'],
    },
    {
      note: 'a next step that leads back to its own action',
      json: first({
        actions: ['clear_andon'],
        remedy: {
          by: 'authority',
          who: { type: 'user', relation: 'owner' },
          why: null,
          submit: { action: 'clear_andon', arguments: {}, choose: [{ argument: 'finding' }] },
        },
      }),
      says: [
        `at ${R}.remedy: expected next steps that do not lead back to the action, found clear_andon → clear_andon`,
      ],
    },
    {
      note: 'an invariant about a code that there is not',
      json: { ...document, invariants: [{ verdict: 'always_refuse_with', action: 'heartbeat', code: 'acme__stoped' }] },
      says: [
        'at $.invariants[0].code: expected a code of the catalog (did you mean `acme__stopped`?), found `acme__stoped`',
      ],
    },
  ])('$note', ({ json, says }) => {
    expect([...new Set(issuesOf(json).map(printIssue))]).toEqual(says);
  });

  test('the same document twice', () => {
    const parsed = parsePolicyDocument(document);
    if (E.isLeft(parsed)) throw new Error(printIssue(parsed.left[0]));
    const twice = compileCatalog(withPolicy(withPolicy(library, parsed.right), parsed.right));
    expect(E.isLeft(twice) && twice.left.map(printIssue)).toContain(
      'at $.policies[1].policy.id: expected a document of its own, found `acme` again',
    );
  });

  test('a code that a pack has already taken', () => {
    const packs = library.packs.map((pack, i) =>
      i === 1 ? { ...pack, codes: { ...pack.codes, acme__trial: 'taken' } } : pack,
    );
    expect(issuesOf(document, { ...library, packs }).map(printIssue)).toEqual([
      'at $.codes.trial: expected a code that no other pack declares, found `acme__trial` again',
    ]);
  });
});

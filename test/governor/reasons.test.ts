/**
 * Every reason code that can occur today is produced through the HTTP door, and then removed by its own next step. The
 * table has to have a row for each code of the shipped catalog, or say why there is none.
 */
import type { Condition } from '@tai-autonomics/core/author';
import { describe, expect, test } from 'vitest';
import { inTheLongRun, isAmong } from '../runs.ts';
import { carryOut } from './carry-out.ts';
import { decided, shipped, type World } from './kit.ts';
import { ASKED_ROWS } from './reason-rows-asked.ts';
import { BOUGHT_ROWS } from './reason-rows-bought.ts';
import { DOCTRINE_ROWS } from './reason-rows-doctrine.ts';
import { INCIDENT_ROWS } from './reason-rows-incidents.ts';
import { OPERATED_ROWS } from './reason-rows-operated.ts';
import { PACK_ROWS } from './reason-rows-packs.ts';
import { POLICY_ROWS } from './reason-rows-policy.ts';
import { AUTHORITY, type Stage, setUp } from './reason-stage.ts';

const ROWS = [
  ...BOUGHT_ROWS,
  ...ASKED_ROWS,
  ...OPERATED_ROWS,
  ...INCIDENT_ROWS,
  ...DOCTRINE_ROWS,
  ...PACK_ROWS,
  ...POLICY_ROWS,
];

/**
 * Produced where several actions are open at once, `capacity.test.ts`; where 256 approved one thing, and where another version of
 * the pack decides, `test/laws/codes.ts`.
 */
const ELSEWHERE: ReadonlySet<string> = new Set(['wip_limit_reached', 'cell_out_of_range', 'recipe_unknown']);

describe('the table', () => {
  test('has a row for every code of the shipped catalog that can occur, and for no other', () => {
    const codes = [...shipped.catalog.codes.keys()].filter((code) => !ELSEWHERE.has(code));
    expect([...new Set(ROWS.map(({ code }) => code))].sort()).toEqual(codes.sort());
  });
});

/** Makes a condition true as far as it is about the world, as a person would who is told no more than it. */
const makeTrue = (world: World, until: Condition): void => {
  const parts = 'any' in until ? until.any : 'all' in until ? until.all : [];
  for (const one of parts) makeTrue(world, one);
  if ('fact' in until && 'atMost' in until && world.has(until.fact)) world.set(until.fact, 0);
  if ('fact' in until && 'is' in until && world.has(until.fact)) world.set(until.fact, until.is);
};

test.for(ROWS.map((row, i) => ({ ...row, i })))(
  '$code ($note) is produced, and removed by its own next step',
  async (row, context) => {
    if (!isAmong(row.i, 2)) inTheLongRun(context);
    const stage = await setUp(row.catalog, row.mode ?? 'contractual');
    await row.first?.(stage);
    const { setting, world, faults, governor, as } = stage;
    const ask: Stage['ask'] = async (person, proposal) => {
      if (row.direct !== true) return stage.ask(person, proposal);
      const { decision } = decided(await governor.submit(as(person), proposal));
      return { verdict: decision.verdict, reasons: decision.verdict === 'refuse' ? decision.reasons : [] };
    };
    let [person, proposal] = [row.by, typeof row.asks === 'function' ? await row.asks(stage) : row.asks];
    const refused = await ask(person, proposal);
    const reason = refused.reasons.find(({ code }) => code === row.code);
    expect([refused.verdict, reason?.next.kind]).toEqual(['refuse', row.next]);
    if (reason === undefined) return;

    // A marketplace that asks again does so with an event of its own: the id of the first one was answered for good.
    const anew = (id: string): void => {
      if (person === 'shop') proposal = { ...proposal, arguments: { ...proposal.arguments, event_id: id } };
    };
    const done = await carryOut(reason.next, {
      now: () => setting.clock.now,
      submit: async ({ type, relation }, asked) => {
        const who = AUTHORITY[relation === undefined ? type : `${type}/${relation}`];
        if (who === undefined) throw new Error(`who is a ${type}?`);
        return stage.ask(who, asked);
      },
      inform: (fact, sources) => {
        expect(sources).toContain('git');
        faults.delete(fact);
      },
      change: async ({ until, action }) => {
        if (row.mend !== undefined) return row.mend(stage);
        if (row.instead !== undefined) {
          proposal = row.instead;
          return;
        }
        if (action === undefined) return makeTrue(world, until);
        const brought = await ask(person, { action, resource: proposal.resource, arguments: {} });
        expect(brought).toMatchObject({ verdict: 'approve' });
      },
      wait: (until) => {
        setting.clock.now = Math.max(setting.clock.now, until);
      },
      correct: (argument) => {
        if (argument === 'credential') person = row.as ?? person;
        else if (argument === 'resource') proposal = { ...proposal, resource: String(row.better?.['resource']) };
        else proposal = { ...proposal, arguments: { ...proposal.arguments, [argument]: row.better?.[argument] } };
      },
    });
    anew('asked again');
    const again = await ask(person, proposal);
    const left = again.reasons.some(({ code, means }) => code === reason.code && means === reason.means);
    expect([done, left]).toEqual(row.next === 'none' ? ['none', true] : ['done', false]);
  },
);

/** The AuthZEN 1.0 certification scenario, case by case, against a real door; and the table of docs/authzen.md that counts them. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { CASES, type Case, type Level } from './authzen-scenario.ts';
import { type Answered, answered, getting, posting } from './door.ts';
import { openRecords, type Records } from './records.ts';

let records: Records;
beforeAll(async () => {
  records = await openRecords();
});

const ask = async (path: string, body: unknown, headers?: Case['headers']): Promise<Answered> => {
  const sent = { key: records.keys.pep, headers: { 'x-request-id': 'r-1', ...headers } };
  return answered(await records.door.fetch(posting(path, body, sent)));
};
const namesIn = (answer: Answered): readonly string[] =>
  (answer.json['results'] as readonly { readonly id?: string; readonly name?: string }[]).map(
    ({ id, name }) => id ?? name ?? '',
  );

describe('the certification scenario', () => {
  test.for(CASES.map((each) => ({ ...each, title: `${each.level} ${each.section}: ${each.note}` })))(
    '$title',
    async ({ path, body, headers, status = 200, decision, decisions, finds, findsNothing, sameAs }) => {
      const answer = await ask(path, body, headers);
      expect([answer.status, answer.headers.get('x-request-id')]).toEqual([status, 'r-1']);
      if (status !== 200) return;
      expect(answer.headers.get('content-type')).toBe('application/json');
      if (decision !== undefined) expect(answer.json['decision']).toBe(decision);
      if (decisions !== undefined) {
        const given = answer.json['evaluations'] as readonly { readonly decision: unknown }[];
        expect(given.map((each, i) => (decisions[i] === 'any' ? typeof each.decision : each.decision))).toEqual(
          decisions.map((each) => (each === 'any' ? 'boolean' : each)),
        );
        expect(answer.json).not.toHaveProperty('decision');
      }
      if (finds !== undefined) expect(namesIn(answer)).toEqual(expect.arrayContaining([...finds]));
      if (findsNothing) expect(answer.json['results']).toEqual([]);
      if (sameAs !== undefined) expect(answer.json).toEqual((await ask(path, sameAs)).json);
    },
  );

  test('4.5.2: the next page is had by its token alone', async () => {
    const search = {
      subject: { type: 'user' },
      action: { name: 'read' },
      resource: { type: 'record', id: 'record-1' },
    };
    const path = '/access/v1/search/subject';
    const whole = namesIn(await ask(path, search));
    const pages: string[] = [];
    for (let page: object = { limit: 1 }; ; ) {
      const answer = await ask(path, { ...search, page });
      pages.push(...namesIn(answer));
      const { next_token: token } = answer.json['page'] as { readonly next_token: string };
      if (token === '') break;
      page = { token };
    }
    expect(whole.length).toBeGreaterThanOrEqual(3);
    expect(pages).toEqual(whole);
  });

  test('2.6: the same question has the same answer', async () => {
    const body = {
      subject: { type: 'user', id: 'alice' },
      action: { name: 'read' },
      resource: { type: 'record', id: 'record-1' },
    };
    const answers = [1, 2, 3].map(() => ask('/access/v1/evaluation', body));
    expect(new Set((await Promise.all(answers)).map(({ text }) => text)).size).toBe(1);
  });

  test('2.5.2: a request that does not name itself is answered', async () => {
    const sent = posting('/access/v1/evaluation', CASES[0]?.body, { key: records.keys.pep });
    const { status, headers } = await answered(await records.door.fetch(sent));
    expect([status, headers.get('x-request-id')]).toEqual([200, null]);
  });

  test('6: the metadata names the door by the origin that the operator gave it, and every route that is there', async () => {
    const { status, json } = await answered(
      await records.door.fetch(getting('/.well-known/authzen-configuration', { headers: { host: 'evil.example' } })),
    );
    const { policy_decision_point: pdp, ...endpoints } = json;
    expect([status, pdp]).toEqual([200, 'https://pdp.example']);
    expect(Object.keys(endpoints).length).toBe(5);
    for (const url of Object.values(endpoints)) {
      const { pathname, origin } = new URL(String(url));
      expect(origin).toBe(pdp);
      expect((await records.door.fetch(posting(pathname, {}))).status).toBe(401);
    }
  });
});

test('the page counts the cases as they are', () => {
  const page = readFileSync(new URL('../../docs/authzen.md', import.meta.url), 'utf8');
  const shown = Object.fromEntries(
    [...page.matchAll(/^\| ((?:Basic|Batch|Search) \w+) \| (\d+) \|/gm)].map(([, level, count]) => [
      level,
      Number(count),
    ]),
  );
  const counted: Partial<Record<Level, number>> = {};
  for (const { level } of CASES) counted[level] = (counted[level] ?? 0) + 1;
  expect(shown).toEqual(counted);
});

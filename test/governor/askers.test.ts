/** Whoever asked for something can be named; a name that nobody has makes nobody read the ledger again. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';
import { approved, codes, makeReady, named, people, rollback, type Setting, startGovernor, TENANT } from './kit.ts';

const { agent, approver, owner } = people();

/** A store that says how many rows were read. */
const counting = (): { readonly store: LedgerStore; readonly rows: () => number } => {
  const store = memoryStore();
  let rows = 0;
  return {
    store: {
      ...store,
      read: async function* (...range) {
        for await (const row of store.read(...range)) {
          rows += 1;
          yield row;
        }
      },
    },
    rows: () => rows,
  };
};

const grants = ({ governor }: Setting, subject: string) =>
  governor.submit(owner, {
    action: 'grant_role',
    resource: 'people',
    arguments: { subject, roles: ['read_deployment'] },
  });

test('a pseudonym that asked before can be named', async () => {
  const setting = await startGovernor({
    subjects: { of: async () => [agent, approver, owner].map(({ subject }) => subject) },
  });
  await makeReady(setting);
  const stranger = { ...agent, subject: { type: 'agent', id: 'stranger' } } as const;
  const ref = setting.governor.refOf(TENANT, stranger.subject);
  expect(codes(await grants(setting, ref))).toEqual(['subject_unknown']);
  await setting.governor.submit(stranger, rollback);
  expect(codes(await grants(setting, ref))).not.toContain('subject_unknown');
});

test('names that nobody has cost no second reading of the ledger, however many are tried', async () => {
  const { store, rows } = counting();
  const setting = await startGovernor({ store });
  await makeReady(setting);
  for (let n = 0; n < 30; n++) await setting.governor.submit(agent, { ...rollback, id: `rollback ${n}` });
  const ref = (n: number): string => setting.governor.refOf(TENANT, { type: 'agent', id: `nobody ${n}` });
  expect(codes(await grants(setting, ref(0)))).toEqual(['subject_unknown']);
  const before = rows();
  const TRIED = 20;
  for (let n = 1; n <= TRIED; n++) expect(codes(await grants(setting, ref(n)))).toEqual(['subject_unknown']);
  // Each is a receipt of its own, which is read once.
  expect(rows() - before).toBeLessThanOrEqual(TRIED);
});

test('the one who is named by name is looked up in the directory alone', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  approved(await grants(setting, named(agent)));
});

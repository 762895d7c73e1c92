/** Nobody approves what it asked for, under whatever name, type, credential or registered account. */
import { createRederiver } from '@tai-autonomics/core/engine';
import type { Json } from '@tai-autonomics/core/receipt';
import { type Asked, type Caller, memoryCredentials, mintCredential, subjectsOf } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Arranged,
  approvalOf,
  approved,
  codes,
  ledgerOf,
  makeReady,
  people,
  rollback,
  type Setting,
  shipped,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { isLongRun, runs, sightings } from '../runs.ts';

const { owner, operator } = people();
const NAMES = ['ada', 'ben', 'cleo', 'dan'] as const;
const TYPES = ['agent', 'user', 'service'] as const;
type Type = (typeof TYPES)[number];
interface Name {
  readonly type: Type;
  readonly id: string;
}
const written = ({ type, id }: Name): string => `${type}:${id}`;
const caller = ({ type, id }: Name): Caller => ({
  tenant: TENANT,
  subject: { type, id },
  scope: ['read_deployment', 'write_rollback'],
});
const user = (id: string): Name => ({ type: 'user', id });

const submit = (setting: Setting, by: Caller, action: string, given: Asked['arguments'] = {}) =>
  setting.governor.submit(by, { action, resource: 'people', arguments: given });

/** A tenant in which everybody may ask, all users may approve, and credentials say who stands behind whom. */
const open = async (persons: ReadonlyMap<string, string> = new Map(), given: Arranged = {}): Promise<Setting> => {
  const all = TYPES.flatMap((type) => NAMES.map((id): Name => ({ type, id })));
  const credentials = [
    owner.subject as Name,
    { type: 'user' as const, id: 'arthur' },
    { type: 'agent' as const, id: 'bot' },
    ...all,
  ].map((subject) => {
    const person = persons.get(written(subject));
    const parts = { tenant: TENANT, subject, scope: [], ...(person === undefined ? {} : { person }) };
    return mintCredential(systemRandom, parts).credential;
  });
  const setting = await startGovernor({ subjects: subjectsOf(memoryCredentials(credentials)), ...given });
  await makeReady(setting);
  return setting;
};

const mayApprove = async (setting: Setting, id: string): Promise<void> =>
  void approved(await submit(setting, owner, 'grant_relation', { subject: `user:${id}`, relation: 'approver' }));

const mayAsk = async (setting: Setting, who: Name): Promise<void> =>
  void approved(
    await submit(setting, owner, 'grant_role', { subject: written(who), roles: ['read_deployment', 'write_rollback'] }),
  );

/** The codes with which one is refused who approves what another asked for; none where that is approved. */
const answer = async (setting: Setting, requester: Name, approver: string): Promise<readonly string[]> => {
  await mayAsk(setting, requester);
  await mayApprove(setting, approver);
  const refusal = await setting.governor.submit(caller(requester), rollback);
  return codes(await setting.governor.submit(caller(user(approver)), approvalOf(refusal, setting.clock.now + 60_000)));
};

type Link = readonly [from: Name, to: string];

/** The reference: accounts are joined until nothing changes; an agent or a service is of everybody that anything says. */
const referenceBehind = (said: readonly Link[], told: readonly Link[], of: Name): ReadonlySet<string> => {
  const joined = [...said, ...told].filter(([{ type }]) => type === 'user');
  const account = (id: string): ReadonlySet<string> => {
    const one = new Set([id]);
    for (let size = 0; size !== one.size; ) {
      size = one.size;
      for (const [{ id: x }, y] of joined) if (one.has(x) || one.has(y)) one.add(x).add(y);
    }
    return one;
  };
  if (of.type === 'user') return account(of.id);
  const from = (links: readonly Link[]) => links.flatMap(([who, to]) => (written(who) === written(of) ? [to] : []));
  const [credentials, registrations] = [from(said), from(told)];
  const contradicted = registrations.some((id) => !credentials.some((other) => account(other).has(id)));
  const namesake = credentials.length === 0 || contradicted ? [of.id] : [];
  return new Set([...credentials, ...registrations, ...namesake].flatMap((id) => [...account(id)]));
};

const name = fc.record({ type: fc.constantFrom(...TYPES), id: fc.constantFrom(...NAMES) });
/** Credentials and registrations at random: of users, agents and services, to users; some contradict each other. */
const linked = fc.record({
  said: fc.uniqueArray(fc.tuple(name, fc.constantFrom(...NAMES)), { maxLength: 4, selector: ([who]) => written(who) }),
  told: fc.array(fc.tuple(name, fc.constantFrom(...NAMES)), { maxLength: 4 }),
});
const registerAll = async (setting: Setting, told: readonly Link[]): Promise<readonly Link[]> => {
  const kept: Link[] = [];
  for (const [who, id] of told) {
    const given = { subject: written(who), kind: who.type, person: `user:${id}` };
    if (codes(await submit(setting, owner, 'register_subject', given)).length === 0) kept.push([who, id]);
  }
  return kept;
};
const openLinked = (said: readonly Link[]): Promise<Setting> =>
  open(new Map(said.map(([who, id]) => [written(who), id])));

test('whoever asked for something cannot approve it, under any of its names or relations; everybody else can', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(name, fc.constantFrom(...NAMES), linked, async (requester, approver, { said, told }) => {
      const setting = await openLinked(said);
      const kept = await registerAll(setting, told);
      const found = await answer(setting, requester, approver);
      const [mine, theirs] = [referenceBehind(said, kept, user(approver)), referenceBehind(said, kept, requester)];
      const isOne = [...mine].some((one) => theirs.has(one));
      const isSame = written(requester) === `user:${approver}`;
      seen.add(`${isOne} ${isSame}`);
      expect(found).toEqual(isSame ? ['approver_is_requester'] : isOne ? ['approver_is_same_person'] : []);
    }),
    { numRuns: runs(200) },
  );
  if (isLongRun) expect(seen.has('true false') && seen.has('false false')).toBe(true);
});

test('of those who approve one thing every person counts once, however its accounts are joined', async () => {
  let twice = 0;
  await fc.assert(
    fc.asyncProperty(linked, fc.shuffledSubarray([...NAMES], { minLength: 3 }), async ({ said, told }, approvers) => {
      const setting = await openLinked(said);
      const kept = await registerAll(setting, told);
      const refusal = await setting.governor.submit(caller({ type: 'agent', id: 'bot' }), rollback);
      const asked = approvalOf(refusal, setting.clock.now + 60_000);
      const counted = new Set<string>();
      for (const id of approvers) {
        await mayApprove(setting, id);
        const [one, bots] = [user(id), { type: 'agent', id: 'bot' } as const].map((who) =>
          referenceBehind(said, kept, who),
        ) as [ReadonlySet<string>, ReadonlySet<string>];
        const isCounted = [...one].some((other) => counted.has(other) || bots.has(other));
        if (isCounted) twice += 1;
        const found = codes(await setting.governor.submit(caller(user(id)), asked));
        expect(found).toEqual(isCounted ? ['approver_is_same_person'] : []);
        if (!isCounted) for (const other of one) counted.add(other);
      }
    }),
    { numRuns: runs(60) },
  );
  expect(twice).toBeGreaterThan(sightings(10));
});

test('where a credential and a registration part, neither of them nor the namesake approves', async () => {
  const requester = { type: 'agent', id: 'ada' } as const;
  const setting = await open(new Map([[written(requester), 'cleo']]));
  approved(
    await submit(setting, owner, 'register_subject', {
      subject: written(requester),
      kind: 'agent',
      person: 'user:ben',
    }),
  );
  for (const id of ['ada', 'ben', 'cleo'])
    expect([id, await answer(setting, requester, id)]).toEqual([id, ['approver_is_same_person']]);
  expect(await answer(setting, requester, 'dan')).toEqual([]);
});

test('a user approves nothing of a service or an agent of its name, until a credential says that it is somebody else’s', async () => {
  for (const type of ['service', 'agent'] as const) {
    const requester = { type, id: 'ada' };
    expect(await answer(await open(), requester, 'ada')).toEqual(['approver_is_same_person']);
    const ofBen = new Map([[written(requester), 'ben']]);
    expect(await answer(await open(ofBen), requester, 'ada')).toEqual([]);
    expect(await answer(await open(ofBen), requester, 'ben')).toEqual(['approver_is_same_person']);
  }
});

test('who stands behind is followed across credentials, names and registrations, in any order', async () => {
  const join = async (setting: Setting, subject: string, person: string): Promise<void> => {
    const kind = subject.split(':')[0] ?? '';
    approved(await submit(setting, owner, 'register_subject', { subject, kind, person }));
  };
  const same = ['approver_is_same_person'];
  const agent = (id: string): Name => ({ type: 'agent', id });
  // By its name, then by a credential.
  const ofBen = new Map([['user:ada', 'ben']]);
  expect(await answer(await open(ofBen), agent('ada'), 'ben')).toEqual(same);
  expect(await answer(await open(ofBen), agent('ada'), 'ada')).toEqual(same);
  expect(await answer(await open(ofBen), agent('ada'), 'cleo')).toEqual([]);
  for (const requester of [user('dan'), agent('dan')]) {
    // By a registration, then by a credential; and by a name or a credential, then by a registration.
    for (const approver of ['ada', 'ben']) {
      const setting = await open(ofBen);
      await join(setting, written(requester), 'user:ada');
      expect(await answer(setting, requester, approver)).toEqual(same);
    }
    for (const said of [new Map([[written(requester), 'ada']]), new Map([['user:dan', 'ada']])]) {
      const setting = await open(said);
      await join(setting, 'user:ada', 'user:cleo');
      expect(await answer(setting, requester, 'cleo')).toEqual(same);
      expect(await answer(setting, requester, 'ben')).toEqual([]);
    }
  }
  // Two who stand behind each other are one.
  const circle = new Map([
    ['user:ada', 'ben'],
    ['user:ben', 'ada'],
  ]);
  expect(await answer(await open(circle), user('ada'), 'ben')).toEqual(same);
});

test('two accounts of one person count once among those who approve', async () => {
  const setting = await open();
  approved(await submit(setting, owner, 'register_subject', { subject: 'user:ben', kind: 'user', person: 'user:ada' }));
  for (const id of ['ada', 'ben', 'cleo']) await mayApprove(setting, id);
  const bot = { type: 'agent', id: 'bot' } as const;
  const refusal = await setting.governor.submit(caller(bot), rollback);
  const asked = approvalOf(refusal, setting.clock.now + 60_000);
  approved(await setting.governor.submit(caller(user('ada')), asked));
  approved(await setting.governor.submit(caller(user('cleo')), asked));
  expect(codes(await setting.governor.submit(caller(user('ben')), asked))).toEqual(['approver_is_same_person']);
  // In the other order too.
  const again = await open();
  approved(await submit(again, owner, 'register_subject', { subject: 'user:ben', kind: 'user', person: 'user:ada' }));
  for (const id of ['ada', 'ben', 'cleo']) await mayApprove(again, id);
  const other = approvalOf(await again.governor.submit(caller(bot), rollback), again.clock.now + 60_000);
  approved(await again.governor.submit(caller(user('ben')), other));
  expect(codes(await again.governor.submit(caller(user('ada')), other))).toEqual(['approver_is_same_person']);
});

test('who stands behind an account stays so, whatever an owner says later; the operator may say otherwise', async () => {
  const setting = await open();
  const says = async (by: Caller, person: string): Promise<readonly string[]> =>
    codes(await submit(setting, by, 'register_subject', { subject: 'user:ben', kind: 'user', person }));
  expect(await says(owner, 'user:ada')).toEqual([]);
  expect(await says(owner, 'user:cleo')).toEqual(['person_is_otherwise']);
  expect(codes(await submit(setting, owner, 'register_subject', { subject: 'user:ben', kind: 'user' }))).toEqual([]);
  expect(await answer(setting, user('ben'), 'ada')).toEqual(['approver_is_same_person']);
  expect(await says(operator, 'user:cleo')).toEqual([]);
  expect(await answer(setting, user('ben'), 'cleo')).toEqual(['approver_is_same_person']);
});

test('a name that says its kind is introduced as that kind, and as no other', async () => {
  const setting = await open();
  const introduced = async (subject: string, kind: Type): Promise<readonly string[]> =>
    codes(await submit(setting, owner, 'register_subject', { subject, kind }));
  expect(await introduced('agent:ghost', 'user')).toEqual(['subject_is_otherwise']);
  expect(await introduced('user:ghost', 'agent')).toEqual(['subject_is_otherwise']);
  expect(await introduced('agent:ghost', 'agent')).toEqual([]);
  expect(codes(await submit(setting, owner, 'transfer_ownership', { to: 'agent:ghost' }))).toEqual(['subject_unknown']);
});

test('nobody reviews the glass that an account of its own broke', async () => {
  const setting = await open(new Map([['user:ben', 'ada']]));
  approved(await submit(setting, owner, 'grant_relation', { subject: 'user:ben', relation: 'responder' }));
  await mayApprove(setting, 'ada');
  await mayApprove(setting, 'cleo');
  const iso = (ms: number): string => new Date(setting.clock.now + ms).toISOString();
  const broken = await setting.governor.submit(caller(user('ben')), {
    action: 'break_glass',
    resource: 'payments',
    arguments: {
      action: 'trigger_rollback',
      subject: 'agent:bot',
      until: iso(60_000),
      review_by: iso(3_600_000),
      reason: 'fire',
    },
  });
  approved(broken);
  const review = { verdict: 'justified', finding: 'it burnt' };
  expect(codes(await submit(setting, caller(user('ada')), 'review_break_glass', review))).toEqual([
    'reviewer_broke_it',
  ]);
  expect(codes(await submit(setting, caller(user('cleo')), 'review_break_glass', review))).toEqual([]);
});

test('an issuer who says another namesake of the requester, or none, is found', async () => {
  const setting = await open();
  expect(await answer(setting, { type: 'service', id: 'ada' }, 'cleo')).toEqual([]);
  // Ada acts too, so that the ledger says who she is.
  await mayApprove(setting, 'ada');
  await submit(setting, caller(user('ada')), 'pending_approvals');
  const entries = await ledgerOf(setting);
  type Members = Readonly<Record<string, Json>>;
  const judged = (change: (refusal: Members) => Members): readonly string[] => {
    const rederiver = createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) });
    return entries.map(({ receipt, row, disclosed }) => {
      const seen = new Map(disclosed);
      const intent = disclosed.get('request/intent') as Members;
      if (receipt.event === 'approval_granted')
        seen.set('request/intent', { ...intent, refusal: change(intent['refusal'] as Members) });
      return rederiver.step(receipt, row.leaf, seen, true).status;
    });
  };
  expect(judged((refusal) => refusal)).not.toContain('falsified');
  expect(judged(({ namesake: _, ...refusal }) => refusal)).toContain('falsified');
  expect(judged((refusal) => ({ ...refusal, namesake: 'sub_AAAAAAAAAAAAAAAAAAAAAA' }))).toContain('falsified');
});

/** The story of a drift: somebody widens an allow policy by hand; exactly that is undone, after somebody else approved it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answer } from './answer.ts';
import type { AgentHost } from './doors.ts';
import { solve } from './driver.ts';
import { open } from './opening.ts';
import { type Cast, codes, type Scene } from './story.ts';
import { git, makeDeployment, type Papers, STORY } from './world.ts';

export interface DriftWorld extends Papers {
  readonly repository: string;
  /** The policy in force. */
  readonly inForce: string;
}

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title: string; readonly expression: string };
}
interface Policy {
  readonly version: number;
  readonly etag?: string;
  readonly bindings: readonly Binding[];
}

const DECLARED: Policy = {
  version: 3,
  bindings: [
    { role: 'roles/owner', members: ['group:platform@acme.example'] },
    { role: 'roles/run.invoker', members: ['serviceAccount:storefront@acme.example', 'group:support@acme.example'] },
    {
      role: 'roles/run.admin',
      members: ['group:checkout-oncall@acme.example'],
      condition: { title: 'until the end of 2026', expression: 'request.time < timestamp("2027-01-01T00:00:00Z")' },
    },
  ],
};

/** Makes the world of this story: the declared policy in a repository, and the same policy in force. */
export const makeDriftWorld = async (dir: string, now: number): Promise<DriftWorld> => {
  const [repository, policyFile] = [join(dir, 'repository'), join(dir, 'policy-in-force.json')];
  await mkdir(repository, { recursive: true });
  await git(repository, 'init', '--quiet');
  await writeFile(join(repository, 'policy.json'), `${JSON.stringify(DECLARED, null, 2)}\n`);
  await git(repository, 'add', 'policy.json');
  await git(repository, 'commit', '--quiet', '-m', 'who may what');
  await writeFile(policyFile, JSON.stringify({ ...DECLARED, etag: 'BwYk0000001=' }));
  const papers = await makeDeployment(
    join(dir, 'deployment'),
    now,
    { agent: ['read_iam', 'write_iam', 'write_policy'], approver: ['read_iam', 'write_policy'] },
    {
      iam: {
        [STORY.tenant]: {
          [STORY.resource]: { repository: '../repository', declared: 'policy.json', policy: '../policy-in-force.json' },
        },
      },
    },
  );
  return { ...papers, repository, inForce: policyFile };
};

/** Tells it. What comes after is the auditor's. */
export const tellDrift = async (scene: Scene<DriftWorld>): Promise<void> => {
  const { teller, world } = scene;
  const { agent, cast } = await open(scene, 'enterprise', ['drift_detector', 'drift_remediate']);
  try {
    teller.step('Somebody widens the policy by hand');
    await widen(world.inForce, 'BwYk0000002=', 'roles/owner', 'user:contractor@elsewhere.example');
    teller.note('user:contractor@elsewhere.example has roles/owner now; it is declared nowhere');
    const answer = await ask(scene, agent, 'drift_remediate');
    teller.check(
      'nothing is undone without a grant and an approval of exactly this',
      codes(answer).join() === 'insufficient_privilege,remediation_not_approved',
    );
    await remediate(scene, agent, cast);
    const detected = await ask(scene, agent, 'drift_detector');
    teller.check('there is no drift any more', codes(detected).join() === 'drift_not_detected');
    teller.step('Another change by hand: the old approval is no approval of it');
    await widen(world.inForce, 'BwYk0000003=', 'roles/editor', 'allUsers');
    const seen = await ask(scene, agent, 'drift_detector');
    teller.check('the drift is named, change by change', seen.verdict === 'approve');
    const second = await ask(scene, agent, 'drift_remediate');
    teller.check('it needs an approval of its own', codes(second).join() === 'remediation_not_approved');
  } finally {
    await agent.close();
  }
};

const readPolicy = async (file: string): Promise<Policy> => JSON.parse(await readFile(file, 'utf8')) as Policy;

/** Somebody gives somebody a role by hand, as a console would: the etag moves. */
const widen = async (file: string, etag: string, role: string, member: string): Promise<void> => {
  const policy = await readPolicy(file);
  await writeFile(
    file,
    JSON.stringify({ ...policy, etag, bindings: [...policy.bindings, { role, members: [member] }] }),
  );
};

const ask = async ({ teller }: Scene, agent: AgentHost, tool: string): Promise<Answer> => {
  const answer = await agent.call(tool, STORY.resource);
  teller.asked(STORY.agent, `${tool} ${STORY.resource}`, answer);
  return answer;
};

const remediate = async (scene: Scene<DriftWorld>, agent: AgentHost, cast: Cast): Promise<void> => {
  const { teller, world, now } = scene;
  teller.step('The driver carries the next lawful steps out; exactly the approved changes are made');
  const answer = await solve(() => ask(scene, agent, 'drift_remediate'), {
    actors: [cast.approver, cast.owner, cast.marketplace],
    person: async ({ means }) => teller.note(`nobody can make it so: ${means}`),
    until: async () => undefined,
    now,
    tell: ({ reason, by, answer: told }) => {
      teller.note(`the driver carries out a step of kind ${reason.next.kind}, by ${by}`);
      if (told !== undefined && reason.next.kind === 'authority') teller.asked(by, reason.next.submit.action, told);
    },
  });
  teller.check('the remediation is approved and succeeded', answer.outcome?.status === 'success');
  const { bindings, etag } = await readPolicy(world.inForce);
  teller.check(
    `the declared policy is in force again, under a new etag: ${etag}`,
    JSON.stringify(bindings) === JSON.stringify(DECLARED.bindings) && etag !== 'BwYk0000002=',
  );
};

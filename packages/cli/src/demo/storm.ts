/** The story of a storm: requests pour in, an agent throttles inside the owner's policy, and lifts the throttle when it is over. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { createThrottle } from '@tai-autonomics/adapter-http';
import { throttleFileReader } from '@tai-autonomics/governor/local';
import type { AgentHost } from './doors.ts';
import { type DriverPorts, solve } from './driver.ts';
import { open } from './opening.ts';
import { type Cast, codes, type Scene } from './story.ts';
import { makeDeployment, type Papers, STORY } from './world.ts';

export interface StormWorld extends Papers {
  /** What Prometheus says of the service: requests a second that are offered. */
  readonly metrics: string;
  readonly limits: string;
}

const USUAL = 2;
const STORMY = 60;
const SAMPLE_S = 15;
/** As many as a throttle of 5 a second can't let pass at once, however slow the machine. */
const PROBES = 40;

/** Makes the world of this story. */
export const makeStormWorld = async (dir: string, now: number): Promise<StormWorld> => {
  const papers = await makeDeployment(
    join(dir, 'deployment'),
    now,
    { agent: ['read_deployment', 'write_config'], approver: [] },
    { metrics: { [STORY.tenant]: { [STORY.resource]: '../metrics.json' } }, throttle: '../limits.json' },
  );
  return { ...papers, metrics: join(dir, 'metrics.json'), limits: join(dir, 'limits.json') };
};

/** Tells it. What comes after is the auditor's. */
export const tellStorm = async (scene: Scene<StormWorld>): Promise<void> => {
  const { teller, world } = scene;
  await measure(scene, []);
  const { agent, cast } = await open(scene, 'professional', ['storm_detector', 'throttle_config', 'storm_status']);
  const checkout = await startCheckout(world.limits);
  try {
    teller.step('A calm service is not throttled, whoever asks');
    const calm = await agent.call('throttle_config', STORY.resource, ACT.activate);
    teller.asked(STORY.agent, `throttle_config activate_throttle ${STORY.resource}`, calm);
    teller.check('there is no storm, no policy and no grant', calm.verdict === 'refuse' && codes(calm).length === 3);
    const served = await probe(checkout.url);
    teller.check(`of ${PROBES} requests at once all are served`, served === PROBES);
    await throttle(scene, agent, cast, checkout.url);
    await lift(scene, agent, checkout.url);
  } finally {
    await checkout.close();
    await agent.close();
  }
};

/** A `query_range` answer that ends now: half an hour of calm, then these samples. */
const series = (now: number, latest: readonly number[]): unknown => {
  const rates = [...Array.from({ length: 120 - latest.length }, () => USUAL), ...latest];
  const last = Math.floor(now / 1_000);
  const values = rates.map((rate, i) => [last - (rates.length - 1 - i) * SAMPLE_S, String(rate)]);
  const result = [{ metric: { service: 'checkout' }, values }];
  return { status: 'success', data: { resultType: 'matrix', result } };
};

const measure = ({ world, now }: Scene<StormWorld>, latest: readonly number[]): Promise<void> =>
  writeFile(world.metrics, JSON.stringify(series(now(), latest)));

/** The checkout service, behind a throttle that reads the limits file. */
const startCheckout = (limits: string): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const throttle = createThrottle(throttleFileReader(limits, STORY.tenant), () => performance.now());
  const fetch = throttle.before(STORY.resource, async () => new Response('sold\n'));
  return new Promise((resolve) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done());
          if ('closeAllConnections' in server) server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${port}/`, close });
    });
  });
};

/** How many of a burst of requests are served. */
const probe = async (url: string): Promise<number> => {
  const statuses = await Promise.all(
    Array.from({ length: PROBES }, async () => {
      const response = await fetch(url);
      await response.arrayBuffer();
      return response.status;
    }),
  );
  return statuses.filter((status) => status === 200).length;
};

const ACT = { activate: { action: 'activate_throttle' }, lift: { action: 'adjust_throttle', limit: 0 } } as const;

const throttle = async (scene: Scene<StormWorld>, agent: AgentHost, cast: Cast, url: string): Promise<void> => {
  const { teller, now } = scene;
  teller.step('A storm: the driver carries the next lawful steps out, and the agent throttles');
  await measure(scene, [STORMY, STORMY, STORMY, STORMY]);
  const ports: DriverPorts = {
    actors: [cast.owner, cast.approver, cast.marketplace],
    person: async ({ means }) => teller.note(`nobody can make it so: ${means}`),
    until: async () => undefined,
    now,
    tell: ({ reason, by, answer }) => {
      if (answer !== undefined && reason.next.kind === 'authority') teller.asked(by, reason.next.submit.action, answer);
    },
  };
  const ask = (tool: string, args = {}) =>
    solve(async () => {
      const answer = await agent.call(tool, STORY.resource, args);
      teller.asked(STORY.agent, `${tool} ${STORY.resource}`, answer);
      return answer;
    }, ports);
  const detected = await ask('storm_detector');
  teller.check('the storm is detected, with the limit that would end it', detected.verdict === 'approve');
  const active = await ask('throttle_config', ACT.activate);
  teller.check('the throttle is active, and seen to be', active.outcome?.status === 'success');
  const served = await probe(url);
  teller.check(
    `of ${PROBES} requests at once ${served} are served, the others are told to come later`,
    served < PROBES,
  );
};

const lift = async (scene: Scene<StormWorld>, agent: AgentHost, url: string): Promise<void> => {
  const { teller } = scene;
  teller.step('The storm passes; the throttle is lifted and the storm is closed, in this order alone');
  const early = await agent.call('throttle_config', STORY.resource, ACT.lift);
  teller.asked(STORY.agent, 'throttle_config adjust_throttle limit 0', early);
  teller.check('while the storm lasts the throttle stays', codes(early).join() === 'storm_not_over');
  await measure(scene, [STORMY, STORMY, STORMY, STORMY, 2, 2, 2, 2, 2, 2]);
  const open = await agent.call('storm_status', STORY.resource, { action: 'clear_storm' });
  teller.asked(STORY.agent, 'storm_status clear_storm', open);
  teller.check('a storm is not closed over a throttle', codes(open).join() === 'storm_not_over');
  const lifted = await agent.call('throttle_config', STORY.resource, ACT.lift);
  teller.asked(STORY.agent, 'throttle_config adjust_throttle limit 0', lifted);
  const closed = await agent.call('storm_status', STORY.resource, { action: 'clear_storm' });
  teller.asked(STORY.agent, 'storm_status clear_storm', closed);
  const served = await probe(url);
  teller.check(
    `the storm is closed, and all of ${PROBES} requests are served again`,
    lifted.outcome?.status === 'success' && closed.verdict === 'approve' && served === PROBES,
  );
};

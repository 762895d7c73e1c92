/** `npm run test:marketplaces`: every fifth order of every story, or every Nth with `-- N`, one line each. Fails where more than one end is met. */
import process from 'node:process';
import { serveAws } from './fake-aws.ts';
import { serveAzure } from './fake-azure.ts';
import { serveGoogle } from './fake-google.ts';
import { googleStory } from './google-story.ts';
import { awsStory, awsTwoStory, azureStory } from './other-stories.ts';
import { type Story, tryOrders } from './permutations.ts';

const [google, aws, azure] = await Promise.all([serveGoogle(), serveAws(), serveAzure()]);
const stories: readonly Story[] = [
  googleStory(google, false),
  googleStory(google, true),
  awsStory(aws),
  awsTwoStory(aws),
  azureStory(azure, false),
  azureStory(azure, true),
];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const every = Number(process.argv[2] ?? 5);

say('| story | events | orders tried | deliveries | end states | left over | the end |\n|---|---|---|---|---|---|---|');
for (const story of stories) {
  const { events, orders, deliveries, ends, kept } = await tryOrders(story, every);
  const end = ends.map((json) => JSON.parse(json)).map((e) => `${e.entitlement_status} ${e.entitlement_plan ?? ''}`);
  say(`| ${[story.marketplace, events, orders, deliveries, ends.length, kept, end.join('; ')].join(' | ')} |`);
  if (ends.length !== 1 || kept !== 0) process.exitCode = 1;
}
for (const server of [google, aws, azure]) await server.close();

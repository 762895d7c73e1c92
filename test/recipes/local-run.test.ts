/** A recipe against a real local thing: a git repository is edited by hand, diagnosed, put back by intents alone, and verified. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileRecipes } from '@tai-autonomics/core/analysis';
import { recipeFigure } from '@tai-autonomics/core/analytics';
import { admit, type Value } from '@tai-autonomics/core/author';
import { diagnose } from '@tai-autonomics/core/engine';
import type { Asked, Caller, Handler } from '@tai-autonomics/governor';
import { configurationObserver, restoreConfigurationHandler } from '@tai-autonomics/governor/local';
import { type RecipeRun, runRecipe } from '@tai-autonomics/governor/operator';
import { gitConfiguration, recipes } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { repository as root } from '../canary/repository.ts';
import { shipped } from '../fixtures/tenant.ts';
import {
  approved,
  ledgerOf,
  makeReady,
  people,
  restart,
  runningClock,
  SERVICE,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { makeRepository } from '../governor-parts/repository.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';

const { agent, owner, service } = people();
const INCIDENT = 'inc-drift';

test('a real repository is put back by a recipe', async (context) => {
  const repository = makeRepository(scratchFolder(context));
  repository.release('replicas=3', 'v1.0.0');
  const clock = runningClock();
  const observer = configurationObserver({
    source: 'configuration',
    detector: gitConfiguration,
    timeoutMs: 20_000,
    clock,
    repository: () => repository.path,
  });
  // What runs in a process of its own is what was built.
  const handler: Handler = {
    ...restoreConfigurationHandler('restore_configuration', { [TENANT]: { [SERVICE]: repository.path } }),
    module: pathToFileURL(join(root, 'packages/governor/dist/local/configuration-handler.js')).href,
  };
  const setting = await startGovernor({ clock, observers: [observer], handlers: [handler] });
  await makeReady(setting);
  const ask = async (caller: Caller, action: string, args: Asked['arguments'] = {}) =>
    approved(await setting.governor.submit(caller, { action, resource: SERVICE, arguments: args }));
  await ask(owner, 'allow_restoration', { allowed: true });

  repository.edit('replicas=12');
  writeFileSync(join(repository.path, 'local.conf'), 'debug=1');
  await ask(service, 'report_alert', { incident: INCIDENT, kind: 'configuration_drift', severity: 'medium' });

  const seen = await observer.observe(SERVICE, gitConfiguration.facts, new AbortController().signal, TENANT);
  const facts = new Map(
    seen.flatMap(({ fact, value }): readonly (readonly [string, Value])[] => {
      const type = shipped.facts.get(fact)?.type;
      const known = type === undefined ? undefined : admit(type)(value);
      return known === undefined ? [] : [[fact, known]];
    }),
  );
  const book = compileRecipes(shipped, recipes);
  if (E.isLeft(book)) throw new Error(JSON.stringify(book.left));
  const found = diagnose(book.right, 'configuration_drift', facts, { tenant: TENANT });
  if (found.answer !== 'recipe') throw new Error(found.answer);
  const { recipe_id, version } = found.recipe;
  const run: RecipeRun = { incident: INCIDENT, resource: SERVICE, recipe: recipe_id, version, plan: found.plan };

  const report = await runRecipe(setting.governor, agent, run);
  expect(report.steps.map(({ action, ended, why }) => [action, ended, why])).toEqual([
    ['check_incident', 'done', undefined],
    ['restore_configuration', 'done', undefined],
    ['verify_incident', 'done', undefined],
  ]);
  expect(report.stands).toBe('verified');
  expect(repository.git('status', '--porcelain')).toBe('');
  expect(repository.git('stash', 'list').split('\n').length).toBe(1);

  // Another process, the same plan: it finds what is recorded, and does nothing twice.
  const { size } = { size: (await ledgerOf(setting)).length };
  const again = await restart(setting, { clock, observers: [observer], handlers: [handler] });
  expect(await runRecipe(again.governor, agent, run)).toEqual(report);
  const entries = await ledgerOf(again);
  expect(entries.length).toBe(size);
  const events = entries.filter(({ receipt }) => receipt.incident === INCIDENT).map(({ receipt }) => receipt.event);
  expect(events).toEqual([
    'alert_received',
    'incident_checked',
    'restoration_approved',
    'action_begun',
    'configuration_restored',
    'incident_verified',
  ]);

  // From the receipts alone: what became of this version of the recipe.
  const receipts = entries.map(({ receipt }) => receipt);
  const figure = recipeFigure(receipts, { since: 0, until: Number.MAX_SAFE_INTEGER });
  expect(figure).toMatchObject({
    byRecipe: {
      [`${recipe_id}@${version}`]: {
        indicated: 1,
        approved: 1,
        executed: 1,
        failed: 0,
        verified: 1,
        declined: 0,
        successPercent: 100,
        toVerification: { count: 1 },
      },
    },
    notRemembered: 0,
  });
  expect(recipeFigure(receipts, { since: 0, until: 1 })).toEqual({ byRecipe: {}, notRemembered: 0 });
});

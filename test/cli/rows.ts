/** Lines that a person could type, and the code that each ends with; on a deployment that they build up in their order. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '@tai-autonomics/cli';
import { library, recipes } from '@tai-autonomics/packs';
import { repository } from '../canary/repository.ts';
import { layOutBought } from './bought.ts';
import { captureIo } from './terminal.ts';

const example = (name: string): string => join(repository, 'examples', name);
const policy = (name: string): string => example(`policy/${name}`);
const freezer = ['--catalog', policy('freezer.jsonc')];
const acme = ['--tenant', 'acme'];
const nobody = ['--tenant', 'nobody'];
const olivia = ['--tenant', 'acme', '--as', 'user:olivia'];
const nina = ['--tenant', 'acme', '--as', 'user:nina'];
const denied = ['--why', 'not_now', '--finding', 'too late in the day'];
const left = ['--why', 'owner_left', '--finding', 'the contract names her'];
const bot = ['--tenant', 'acme', '--as', 'agent:bot'];
const forShop = ['--incident', 'inc-1', '--about', 'shop', '--out', 'disk.plan.json'];

/** What a line printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a line in a folder. */
export const runIn = async (dir: string, line: readonly string[]): Promise<Ended> => {
  const { io, out, err } = captureIo(dir);
  return { code: await main(line, io), out: out(), err: err() };
};

/** A deployment that decides, a bundle, a bundle that was changed; an unlawful plan, a book without prices. */
export const prepare = (dir: string): void => {
  const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
  layOutBought(dir);
  const plan = library.plans['professional'];
  write('expired.json', {
    ...JSON.parse(readFileSync(join(dir, 'event.json'), 'utf8')),
    event: 'entitlement.expired',
    event_id: 'evt-2',
  });
  write('plan.json', {
    plan_id: 'mine',
    title: 'Mine',
    sku_id: 'mine-1',
    packs: ['rollback_guard'],
    iam_roles: [],
    quota: 1,
  });
  const drift = { specversion: '1.0', id: '1', source: '/monitor', type: 'configuration_drift', subject: 'shop' };
  write('alert.json', drift);
  write('full.json', { facts: { disk_used_percent: 95 } });
  write('roomy-disk.json', { facts: { disk_used_percent: 50 } });
  write('unseen.json', {});
  write('unmended.recipe.json', { ...recipes[0], recipe_id: 'unmended', kind: 'unmended' });
  const drifted = { configuration_drifted: true };
  write('unmended.fixtures.json', {
    recipe: 'unmended',
    fixtures: [
      { note: 'it drifted', selects: true, facts: drifted },
      { note: 'it drifted, and should not be mended', selects: false, facts: drifted },
    ],
  });
  write('lawful.json', { ...plan, plan_id: 'mine', title: 'Mine', sku_id: 'mine-1' });
  write('book.json', { id: 'b', title: 'B', valid_from: '2026-01-26', currency: 'USD', prices: {} });
  cpSync(policy('freezer-ledger'), join(dir, 'changed'), { recursive: true });
  const receipts = join(dir, 'changed/receipts.jsonl');
  writeFileSync(receipts, readFileSync(receipts, 'utf8').replace('"verdict":"refuse"', '"verdict":"retort"'));
  writeFileSync(join(dir, 'taken.jsonc'), '');
  writeFileSync(join(dir, 'no-folder'), '');
};

/** A line, its code, and what it is an example of. */
export interface Row {
  readonly line: readonly string[];
  readonly exit: number;
  readonly note: string;
}
const row = (note: string, exit: number, ...line: readonly string[]): Row => ({ note, exit, line });

const inThreeWeeks = new Date(Date.now() + 21 * 86_400_000).toISOString();

/** In this order: what a line does to the deployment is there for the next one. */
export const ROWS: readonly Row[] = [
  row('an approval', 0, 'decide', example('decide/approve.jsonc')),
  row('a refusal', 3, 'decide', example('decide/refuse.jsonc')),
  row('a slip of the pen', 2, 'decide', example('decide/unreadable.jsonc')),
  row('an approval', 0, 'explain', policy('thaw-ready.jsonc'), ...freezer),
  row('a refusal', 3, 'explain', policy('thaw.jsonc'), ...freezer),
  row('a count that is none', 2, 'explain', policy('thaw.jsonc'), ...freezer, '--most', 'all'),
  row('cases that hold', 0, 'test', policy('freezer.cases.jsonc'), ...freezer),
  row('a case that does not', 1, 'test', policy('freezer-wrong.cases.jsonc'), ...freezer),
  row('no table', 2, 'test', policy('freezer.jsonc'), ...freezer),
  row('nothing to find', 0, 'lint', policy('freezer.jsonc')),
  row('faults', 1, 'lint', policy('freezer-faulty.jsonc')),
  row('what is no catalog', 1, 'lint', policy('freezer.cases.jsonc')),
  row('a budget that is not enough', 4, 'lint', policy('freezer.jsonc'), '--nodes', '4'),
  row('no such file', 2, 'lint', 'nothing.jsonc'),
  row('a budget that is none', 2, 'lint', policy('freezer.jsonc'), '--nodes', '1e6'),
  row('all hold', 0, 'prove', policy('freezer.invariants.jsonc'), ...freezer),
  row('one is broken', 1, 'prove', policy('freezer-broken.invariants.jsonc'), ...freezer),
  row('no invariants', 2, 'prove', policy('freezer.jsonc'), ...freezer),
  row('a catalog and itself', 0, 'diff', policy('freezer.jsonc'), policy('freezer.jsonc')),
  row('two that differ', 1, 'diff', policy('freezer.jsonc'), policy('freezer-next.jsonc'), '--most', '1'),
  row('a catalog that does not load', 2, 'diff', policy('freezer.jsonc'), policy('freezer.cases.jsonc')),
  row('the catalog that decided', 0, 'replay', policy('freezer-ledger'), policy('freezer.jsonc')),
  row('another one', 1, 'replay', policy('freezer-ledger'), policy('freezer-next.jsonc')),
  row('a bundle that was changed', 1, 'replay', 'changed', policy('freezer.jsonc')),
  row('neither bundle nor tenant', 2, 'replay', policy('freezer.jsonc')),
  row('nobody’s key is trusted', 4, 'verify', policy('freezer-ledger')),
  row('a receipt that was changed', 1, 'verify', 'changed'),
  row('what is no bundle', 2, 'verify', 'no-folder'),
  row('an instant that is none', 2, 'verify', policy('freezer-ledger'), '--at', 'today'),
  row('a report that is none', 2, 'verify', policy('freezer-ledger'), '--figures', policy('freezer.jsonc')),
  row('what nobody’s key is trusted for', 4, 'report', 'weekly', policy('freezer-ledger')),
  row('of a bundle that was changed', 1, 'report', 'weekly', 'changed'),
  row('of neither bundle nor tenant', 2, 'report', 'weekly'),
  row('by rules that are none', 2, 'report', 'weekly', ...acme, '--rules', 'full.json'),
  row('an incident in a bundle', 4, 'report', 'incident', 'inc-none', policy('freezer-ledger')),
  row('an incident in a bundle that was changed', 1, 'report', 'incident', 'inc-none', 'changed'),
  row('what could be lawful, in a bundle', 4, 'report', 'proposals', policy('freezer-ledger')),
  row('what could be lawful, in a bundle that was changed', 1, 'report', 'proposals', 'changed'),
  row('proposals of neither bundle nor tenant', 2, 'report', 'proposals'),
  row('submissions in a bundle', 4, 'report', 'kaizen', policy('freezer-ledger')),
  row('submissions in a bundle that was changed', 1, 'report', 'kaizen', 'changed'),
  row('analyses in a bundle', 4, 'report', 'rca', 'inc-none', policy('freezer-ledger')),
  row('analyses in a bundle that was changed', 1, 'report', 'rca', 'inc-none', 'changed'),
  row('to no share', 2, 'operator', 'roll-out', 'full.json', '--percent', '0'),
  row('of no month', 2, 'operator', 'learned', '2026-13'),
  row('what was promised, in a bundle', 4, 'report', 'sla', policy('freezer-ledger')),
  row('what was promised, in a bundle that was changed', 1, 'report', 'sla', 'changed'),
  row('stops in a bundle', 4, 'report', 'andon', policy('freezer-ledger')),
  row('stops in a bundle that was changed', 1, 'report', 'andon', 'changed'),
  row('a port that there is not', 2, 'serve', '--port', '65536'),
  row('a log of receipts in no folder', 2, 'serve', '--receipts-to', 'no/such/receipts.log'),
  row('a role that there is not', 2, 'mcp', '--tenant', 'acme', '--scope', 'root'),
  row('nothing to import from', 2, 'mcp', 'import', '--pack', 'files'),
  row('a header file for a command', 2, 'mcp', 'import', '--pack', 'files', '--header-file', 'h', '--', 'true'),
  row('a password in an address', 2, 'mcp', 'import', '--pack', 'files', '--url', 'https://a:b@mcp.example/'),
  row(
    'a file of headers that is not there',
    2,
    'mcp',
    'import',
    '--pack',
    'files',
    '--url',
    'https://mcp.example/',
    '--header-file',
    'h',
  ),
  row(
    'a pack of no name',
    2,
    'mcp',
    'gate',
    '--tenant',
    'acme',
    '--pack',
    'Files',
    '--url',
    'https://mcp.example.com/mcp',
  ),
  row('a tenant that is not open yet', 0, 'tools', ...bot),
  row('a purchase', 0, 'event', 'event.json'),
  row('an expiry that is still to come', 3, 'event', 'expired.json'),
  row('what is no event', 2, 'event', 'plan.json'),
  row('tools', 0, 'tools', ...bot),
  row('nobody', 2, 'tools', '--tenant', 'acme', '--as', 'bot'),
  row('an alert', 0, 'alert', 'alert.json', '--format', 'cloudevents', ...bot),
  row('an alert of another form', 2, 'alert', 'alert.json', '--format', 'pagerduty', ...bot),
  row('an alert of nobody', 1, 'alert', 'alert.json', '--format', 'cloudevents', ...nobody, '--as', 'agent:bot'),
  row('what came in no week at all', 0, 'report', 'weekly', ...acme, '--until', '1970-01-02T00:00:00Z'),
  row('an incident that there is none of', 0, 'report', 'incident', 'inc-none', ...acme, '--json'),
  row('an incident of no name', 2, 'report', 'incident', '!', ...acme),
  row('nothing is refused again', 0, 'report', 'proposals', ...acme, '--until', '1970-01-02T00:00:00Z'),
  row('analyses of an incident that there is none of', 0, 'report', 'rca', 'inc-none', ...acme, '--json'),
  row('analyses of an incident of no name', 2, 'report', 'rca', '!', ...acme),
  row('a month of nobody who shares', 0, 'operator', 'learned', '1970-01'),
  row('nothing was submitted', 0, 'report', 'kaizen', ...acme),
  row('submissions of neither bundle nor tenant', 2, 'report', 'kaizen'),
  row('nothing was promised', 0, 'report', 'sla', ...acme, '--until', '1970-01-02T00:00:00Z'),
  row('what was promised by a catalog that is none', 2, 'report', 'sla', ...acme, '--catalog', 'full.json'),
  row('nothing was stopped', 0, 'report', 'andon', ...acme),
  row('stops in a form that there is none of', 2, 'report', 'andon', ...acme, '--pdf'),
  row('the recipes', 0, 'recipe', 'list'),
  row('a runbook', 0, 'recipe', 'render', 'restore_drifted_configuration'),
  row('recipes that are sound', 0, 'recipe', 'check'),
  row('an option that there is none of', 2, 'recipe', 'list', '--all'),
  row('a recipe that there is none of', 2, 'recipe', 'render', 'restore_everything'),
  row('a recipe that is no file', 2, 'recipe', 'check', 'restore_everything'),
  row('a new recipe', 0, 'recipe', 'new', 'mend_it'),
  row('a recipe that is there', 1, 'recipe', 'new', 'mend_it'),
  row('a recipe that can have no such name', 2, 'recipe', 'new', 'Mend it'),
  row('a recipe of one’s own', 0, 'recipe', 'check', 'mend_it.recipe.jsonc'),
  row('a recipe of one’s own that the plan has not', 1, 'recipe', 'check', 'mend_it.recipe.jsonc', '--plan', 'base'),
  row('fixtures that hold', 0, 'recipe', 'test', 'mend_it.recipe.jsonc'),
  row('fixtures of no recipe', 2, 'recipe', 'test', 'restore_everything'),
  row('fixtures that do not hold', 1, 'recipe', 'test', 'unmended.recipe.json'),
  row('evidence that is enough', 0, 'recipe', 'diagnose', 'disk_full', 'full.json', ...forShop),
  row('evidence of nothing', 1, 'recipe', 'diagnose', 'disk_full', 'roomy-disk.json'),
  row('evidence that is missing', 4, 'recipe', 'diagnose', 'disk_full', 'unseen.json'),
  row('evidence for a recipe by its name', 0, 'recipe', 'diagnose', 'compress_logs_of_full_disk', 'full.json'),
  row('a kind that there is none of', 2, 'recipe', 'diagnose', 'disk_lost', 'full.json'),
  row('a plan whose incident nobody reported', 3, 'recipe', 'run', 'disk.plan.json', ...bot),
  row(
    'a plan that is given up by who may not look at its incident',
    3,
    'recipe',
    'run',
    'disk.plan.json',
    ...bot,
    '--give-up',
  ),
  row('what is no plan', 2, 'recipe', 'run', 'full.json', ...bot),
  row('a health check', 0, 'submit', 'check_health', ...bot),
  row('a rollback without a role', 3, 'submit', 'trigger_rollback', ...bot, '--about', 'shop'),
  row('an id for two requests', 0, 'submit', 'check_health', ...bot, '--id', 'one'),
  row('an id for two requests, the second', 1, 'submit', 'check_health', ...bot, '--id', 'one', '--about', 'shop'),
  row('in a new file', 0, 'approvals', 'key', 'approver.key', '--json'),
  row('a file that is there', 2, 'approvals', 'key', 'approver.key'),
  row('a key of one’s own', 0, 'approvals', 'register', ...olivia, '--key', 'approver.key'),
  row('by somebody else', 3, 'approvals', 'register', ...nina, '--key', 'approver.key'),
  row(
    'a tenant without a ledger',
    1,
    'approvals',
    'register',
    ...nobody,
    '--as',
    'user:olivia',
    '--key',
    'approver.key',
  ),
  row('no key', 2, 'approvals', 'register', ...olivia, '--key', 'none.key'),
  row('what was not shown', 2, 'approvals', 'sign', 'plan.json', '--key', 'approver.key'),
  row('what waits', 0, 'approvals', 'list', ...olivia),
  row('for whom nothing waits', 3, 'approvals', 'list', ...nina),
  row('a tenant without a ledger', 1, 'approvals', 'list', ...nobody, '--as', 'user:olivia'),
  row('no tenant', 2, 'approvals', 'list'),
  row('a place where nothing waits', 1, 'approvals', 'show', '999', ...olivia),
  row('no place', 2, 'approvals', 'show', 'one', ...olivia),
  row('by somebody else', 3, 'approvals', 'show', '1', ...nina),
  row('a place where nothing waits', 1, 'approvals', 'approve', '999', ...olivia),
  row('no place', 2, 'approvals', 'approve', 'one', ...olivia),
  row('by somebody else', 3, 'approvals', 'approve', '1', ...nina),
  row('a place where nothing waits', 1, 'approvals', 'deny', '999', ...olivia, ...denied),
  row('no place', 2, 'approvals', 'deny', 'one', ...olivia, ...denied),
  row('by somebody else', 3, 'approvals', 'deny', '1', ...nina, ...denied),
  row('arguments that are no JSON', 2, 'submit', 'check_health', ...bot, '--arguments', '{'),
  row('for a reason', 0, 'operator', 'suspend', ...acme, '--why', 'payment', '--finding', 'two invoices are open'),
  row('for a reason that there is not', 3, 'operator', 'suspend', ...acme, '--why', 'spite', '--finding', 'none'),
  row('a tenant without a ledger', 1, 'operator', 'suspend', ...nobody, '--why', 'payment', '--finding', 'none'),
  row('without a reason', 2, 'operator', 'suspend', ...acme),
  row('a tenant that is suspended', 0, 'operator', 'resume', ...acme),
  row('a tenant without a ledger', 1, 'operator', 'resume', ...nobody),
  row('no tenant', 2, 'operator', 'resume'),
  row('a user whom the deployment knows', 0, 'operator', 'restore-owner', ...acme, '--owner', 'user:olivia', ...left),
  row('a user whom nobody knows', 3, 'operator', 'restore-owner', ...acme, '--owner', 'user:oscar', ...left),
  row('a tenant without a ledger', 1, 'operator', 'restore-owner', ...nobody, '--owner', 'user:olivia', ...left),
  row('without a reason', 2, 'operator', 'restore-owner', ...acme, '--owner', 'user:olivia'),
  row('nothing to go back to', 3, 'operator', 'rollback', ...acme),
  row('another catalog, written', 0, 'catalog', '--editions', '--out', 'catalog.json'),
  row('another catalog', 0, 'operator', 'activate', 'catalog.json', ...acme),
  row('the catalog that decides already', 3, 'operator', 'activate', 'catalog.json', ...acme),
  row('a tenant without a ledger', 1, 'operator', 'activate', 'catalog.json', ...nobody),
  row('what is no catalog', 2, 'operator', 'activate', 'plan.json', ...acme),
  row('the catalog before', 0, 'operator', 'rollback', ...acme),
  row('within 90 days', 0, 'operator', 'extend-pilot', ...acme, '--until', inThreeWeeks),
  row('a tenant without a ledger', 1, 'operator', 'extend-pilot', ...nobody, '--until', inThreeWeeks),
  row('no instant', 2, 'operator', 'extend-pilot', ...acme),
  row('pilots of an evaluation', 0, 'operator', 'conversion'),
  row('a folder without a deployment', 2, 'operator', 'conversion', '--dir', 'nowhere'),
  row('an account that is named', 0, 'marketplace', 'resolve', '--at', 'google', '--account', 'ACC-1', ...acme),
  row(
    'one that is bound already, to another tenant',
    1,
    'marketplace',
    'resolve',
    '--at',
    'google',
    '--account',
    'ACC-1',
    '--tenant',
    'other',
  ),
  row('a token of a marketplace that is not connected', 2, 'marketplace', 'resolve', '--at', 'azure', '--token', 't'),
  row('what was used', 0, 'marketplace', 'usage', '--at', 'aws', ...acme, '--count', 'trigger_rollback=rollbacks'),
  row(
    'a report of an evaluation',
    2,
    'marketplace',
    'usage',
    '--at',
    'aws',
    ...acme,
    '--count',
    'trigger_rollback=r',
    '--report',
  ),
  row('what is counted as nothing', 2, 'marketplace', 'usage', '--at', 'aws', ...acme, '--count', 'trigger_rollback'),
  row('messages that are kept', 0, 'marketplace', 'kept'),
  row('a folder without a deployment', 2, 'marketplace', 'kept', '--dir', 'nowhere'),
  row('a message that is not kept', 2, 'marketplace', 'dismiss', 'none', '--why', 'it is gone'),
  row('for an operator who reads', 0, 'operator', 'new-key', '--as', 'olga', '--may', 'read'),
  row('a right that there is not', 2, 'operator', 'new-key', '--as', 'olga', '--may', 'fly'),
  row('whoever may ask', 0, 'operator', 'keys'),
  row('a file that is none', 2, 'operator', 'keys', '--dir', 'plan.json'),
  row('a key that is not there', 2, 'operator', 'disable-key', '0123456789abcdef'),
  row('nothing is missing', 0, 'operator', 'accept-restore', '--finding', 'a disk was lost'),
  row('a tenant without a ledger', 1, 'operator', 'accept-restore', ...nobody, '--finding', 'a disk was lost'),
  row('without saying how it came to be', 2, 'operator', 'accept-restore', ...acme),
  row('no ledger that is ahead of it', 0, 'operator', 'accept-clock', '--finding', 'NTP runs again'),
  row('a tenant without a ledger', 1, 'operator', 'accept-clock', ...nobody, '--finding', 'NTP runs again'),
  row('without saying how one knows', 2, 'operator', 'accept-clock', ...acme),
  row('a tenant that goes on in an evaluation', 2, 'operator', 'convert-pilot', ...acme, '--live', '.tai'),
  row(
    'a pilot that is extended into the past',
    3,
    'operator',
    'extend-pilot',
    ...acme,
    '--until',
    '2020-01-01T00:00:00Z',
  ),
  row('a tenant without a ledger', 1, 'operator', 'rollback', ...nobody),
  row('no tenant', 2, 'operator', 'rollback'),
  row('a deployment that can decide', 0, 'status'),
  row('the same as JSON', 0, 'status', '--json'),
  row('no deployment', 2, 'status', '--dir', 'nowhere'),
  row('a deployment’s own', 0, 'store', 'check'),
  row('a file that is not there', 2, 'store', 'check', 'sqlite:nothing.db'),
  row('a Firestore whose client is not installed', 2, 'store', 'check', 'firestore:my-project'),
  row('into a new file', 0, 'store', 'copy', 'sqlite:.tai/ledger.db', 'sqlite:copied.db'),
  row('one that goes on', 0, 'submit', 'check_health', ...bot, '--id', 'after the copy'),
  row('into a ledger that went on', 1, 'store', 'copy', 'sqlite:copied.db', 'sqlite:.tai/ledger.db'),
  row('what is no store', 2, 'store', 'copy', '.tai/ledger.db', 'sqlite:other.db'),
  row('into a new folder', 0, 'store', 'backup', 'backup'),
  row('into the folder of another deployment', 2, 'store', 'backup', '.tai'),
  row('over a ledger that is there', 2, 'store', 'restore', 'backup'),
  row('of what is no backup', 2, 'store', 'restore', 'nothing'),
  row('into a new folder', 0, 'store', 'restore', 'backup', '--dir', 'put-back'),
  row('a deployment that names no segments', 2, 'store', 'archive'),
  row('to no folder', 2, 'store', 'move', 'acme'),
  row('into no archive', 2, 'store', 'remove', 'acme'),
  row('a server that is not there', 1, 'store', 'migrate', 'postgres://tai_owner@/tai?host=/nowhere'),
  row('what is no PostgreSQL', 2, 'store', 'migrate', 'sqlite:copied.db'),
  row('tenants', 0, 'tenants'),
  row('the same as JSON', 0, 'tenants', '--json'),
  row('no deployment', 2, 'tenants', '--dir', 'nowhere'),
  row('the newest meaning', 0, 'upgrade-engine', ...acme),
  row('a tenant without a ledger', 1, 'upgrade-engine', ...nobody),
  row('a meaning that there is not', 2, 'upgrade-engine', ...acme, '--to', '99'),
  row('events that wait', 0, 'operator', 'replay'),
  row('no deployment', 2, 'operator', 'replay', '--dir', 'nowhere'),
  row('an empty folder', 0, 'init', '--dir', 'mine', '--json'),
  row('one that is not', 2, 'init', '--dir', 'mine'),
  row('for an agent', 0, 'credentials', 'new', ...bot),
  row('for nobody', 2, 'credentials', 'new', ...acme, '--as', 'bot'),
  row('credentials', 0, 'credentials', 'list'),
  row('no deployment', 2, 'credentials', 'list', '--dir', 'nowhere'),
  row('no such key', 2, 'credentials', 'disable', 'ffff'),
  row('no such key', 2, 'credentials', 'rotate', 'ffff'),
  row('keys', 0, 'keys', 'list'),
  row('no deployment', 2, 'keys', 'list', '--dir', 'nowhere'),
  row('no next key', 2, 'keys', 'rotate'),
  row('a next key', 0, 'keys', 'new'),
  row('a second one', 2, 'keys', 'new'),
  row('it takes over', 0, 'keys', 'rotate'),
  row('a key that signed nothing', 2, 'keys', 'revoke', '00000000', '--tenant', 'acme'),
  row('a new folder', 0, 'export', '--tenant', 'acme', '--seal', '-o', 'bundle'),
  row('a folder that is there', 2, 'export', '--tenant', 'acme', '-o', 'bundle'),
  row('a log that is not there', 2, 'export', '--tenant', 'acme', '--from-log', 'no.log', '-o', 'from-log'),
  row('the shipped catalog', 0, 'catalog', '--digest'),
  row('no such pack', 2, 'catalog', '--pack', 'nothing.jsonc'),
  row('a name', 0, 'pack', 'new', 'canary'),
  row('a name that is taken', 1, 'pack', 'new', 'taken'),
  row('a name that is none', 2, 'pack', 'new', '1st'),
  row('a pack', 0, 'pack', 'check', 'canary.jsonc'),
  row('what is no pack', 2, 'pack', 'check', 'canary.plan.jsonc'),
  row('a lawful plan', 0, 'plan', 'check', 'lawful.json'),
  row('a plan without roles', 1, 'plan', 'check', 'plan.json'),
  row('no such plan', 2, 'plan', 'check', 'nothing.json'),
  row('the matrix', 0, 'matrix'),
  row('of what is no catalog', 2, 'matrix', '--catalog', 'plan.json'),
  row('listings', 0, 'listings'),
  row('a book without prices', 1, 'listings', '--prices', 'book.json'),
  row('no such book', 2, 'listings', '--book', 'none'),
  row('no such story', 2, 'demo', 'nothing'),
];

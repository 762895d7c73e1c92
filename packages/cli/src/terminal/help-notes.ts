/** What the help of a verb says below its options: lines to type, and what its exit codes mean. */
import type { Command } from 'commander';
import type { HelpNotes } from './help-note.ts';
import { EXIT } from './io.ts';
import { REPORT_NOTES } from './report-notes.ts';

/** What the code 2 means, of every verb: nothing was done. */
const UNREADABLE = 'what was given cannot be read or used; stderr says what, and where';

const VERDICT = { [EXIT.ok]: 'approve', [EXIT.refused]: 'refuse' } as const;
const SUBMITTED = { ...VERDICT, [EXIT.failed]: 'not decided; stderr says why' } as const;

/** Of every verb, by its full name. */
const NOTES: Readonly<Record<string, HelpNotes>> = {
  'approvals list': {
    examples: ['tai approvals list --tenant acme --as user:arjun'],
    exits: { [EXIT.ok]: 'listed', [EXIT.failed]: SUBMITTED[EXIT.failed], [EXIT.refused]: 'refuse' },
  },
  'approvals show': {
    examples: ['tai approvals show 12 --tenant acme --as user:arjun'],
    exits: { [EXIT.ok]: 'shown', [EXIT.failed]: 'nothing waits at this place', [EXIT.refused]: 'refuse' },
  },
  'approvals approve': {
    examples: ['tai approvals approve 12 --tenant acme --as user:arjun --minutes 30'],
    exits: { ...VERDICT, [EXIT.failed]: 'nothing waits at this place, or it was not decided; stderr says which' },
  },
  'approvals key': {
    examples: ['tai approvals key ~/approver.key'],
    exits: { [EXIT.ok]: 'made; stdout has the public key' },
  },
  'approvals register': {
    examples: ['tai approvals register --tenant acme --as user:arjun --key ~/approver.key'],
    exits: SUBMITTED,
  },
  'approvals sign': {
    examples: ['tai approvals sign shown.json --key ~/approver.key --minutes 30'],
    exits: { [EXIT.ok]: 'signed; stdout has the intent to submit, stderr what was signed' },
  },
  'approvals deny': {
    examples: [
      'tai approvals deny 12 --tenant acme --as user:arjun --why too_risky --finding "the release before is broken too"',
    ],
    exits: { ...VERDICT, [EXIT.failed]: 'nothing waits at this place, or it was not decided; stderr says which' },
  },
  status: {
    examples: ['tai status', 'tai status --json'],
    exits: { [EXIT.ok]: 'it can decide', [EXIT.failed]: 'it cannot decide now; stdout says why' },
  },
  tenants: {
    examples: ['tai tenants'],
    exits: { [EXIT.ok]: 'listed', [EXIT.failed]: 'the ledger cannot be asked; stderr says why' },
  },
  'upgrade-engine': {
    examples: ['tai upgrade-engine --tenant acme'],
    exits: SUBMITTED,
  },
  'operator suspend': {
    examples: ['tai operator suspend --tenant acme --why payment --finding "two invoices are open"'],
    exits: SUBMITTED,
  },
  'operator resume': { examples: ['tai operator resume --tenant acme'], exits: SUBMITTED },
  'store check': {
    examples: ['tai store check', 'tai store check sqlite:.tai/ledger.db'],
    exits: {
      [EXIT.ok]: 'sound',
      [EXIT.failed]: 'something is wrong, or not everything could be read; the lines say what',
    },
  },
  'store copy': {
    examples: ['tai store copy sqlite:.tai/ledger.db postgres://tai_app@db.example.com/tai'],
    exits: { [EXIT.ok]: 'copied, and the same in both', [EXIT.failed]: 'not all of it; stderr says why' },
  },
  'store backup': {
    examples: ['tai store backup /mnt/backup/tai'],
    exits: { [EXIT.ok]: 'copied, and compared', [EXIT.failed]: 'not finished; stderr says why' },
  },
  'store restore': {
    examples: ['tai store restore /mnt/backup/tai'],
    exits: { [EXIT.ok]: 'checked, put back, and compared', [EXIT.failed]: 'not put back; stderr says why' },
  },
  'store archive': {
    examples: ['tai store archive', 'tai store archive --keep 100000'],
    exits: { [EXIT.ok]: 'moved, read back and compared', [EXIT.failed]: 'not all of it; stderr says why' },
  },
  'store move': {
    examples: ['tai store move acme /srv/tai-eu --place eu'],
    exits: {
      [EXIT.ok]: 'it goes on there',
      [EXIT.failed]: 'not yet; stderr says why, and the same line goes on from there',
    },
  },
  'store remove': {
    examples: [
      'tai store remove acme --archive /mnt/archive/acme',
      'tai store remove acme --archive /mnt/archive/acme --owner postgres://tai_owner@db.example.com/tai',
    ],
    exits: { [EXIT.ok]: 'archived, verified and removed', [EXIT.failed]: 'not removed; stderr says why' },
  },
  'store migrate': {
    examples: ['tai store migrate postgres://tai_owner@db.example.com/tai --grant tai_app'],
    exits: { [EXIT.ok]: 'its tables are those of this release', [EXIT.failed]: 'they are not; stderr says why' },
  },
  'operator restore-owner': {
    examples: [
      'tai operator restore-owner --tenant acme --owner user:oscar --why owner_left --finding "the contract names Oscar"',
    ],
    exits: SUBMITTED,
  },
  'operator activate': { examples: ['tai operator activate next.json --tenant acme'], exits: SUBMITTED },
  'operator rollback': { examples: ['tai operator rollback --tenant acme'], exits: SUBMITTED },
  'operator extend-pilot': {
    examples: ['tai operator extend-pilot --tenant acme --until 2027-02-01T00:00:00Z'],
    exits: SUBMITTED,
  },
  'operator convert-pilot': {
    examples: ['tai operator convert-pilot --tenant acme --dir pilot --live live'],
    exits: SUBMITTED,
  },
  'operator roll-out': {
    examples: ['tai operator roll-out catalog.json --percent 5'],
    exits: {
      [EXIT.ok]: 'it decides for all of them',
      [EXIT.failed]: 'it does not decide yet for the first 5 percent; nothing is done',
      [EXIT.refused]: 'it does not decide for one; stdout says why',
    },
  },
  'operator learned': {
    examples: ['tai operator learned 2026-11'],
    exits: { [EXIT.ok]: 'told', [EXIT.failed]: 'a ledger cannot be read, or it cannot be recorded; nothing is told' },
  },
  'operator conversion': {
    examples: ['tai operator conversion --dir pilot'],
    exits: { [EXIT.ok]: 'shown', [EXIT.failed]: 'a ledger cannot be read; stderr says why' },
  },
  'operator accept-clock': {
    examples: ['tai operator accept-clock --finding "NTP runs again, and time.example agrees"'],
    exits: { [EXIT.ok]: 'those that waited go on', [EXIT.failed]: 'some do not; stderr says why' },
  },
  'operator accept-restore': {
    examples: ['tai operator accept-restore --finding "disk lost on Tuesday, copy of Monday"'],
    exits: {
      [EXIT.ok]: 'those that lost something go on',
      [EXIT.failed]: 'some do not; stderr says why',
    },
  },
  'marketplace resolve': {
    examples: [
      'tai marketplace resolve --at azure --token TOKEN --tenant acme',
      'tai marketplace resolve --at google --account ACC-2f7c --tenant acme',
    ],
    exits: { [EXIT.ok]: 'resolved, and bound', [EXIT.failed]: 'the marketplace refuses it, or it cannot be bound' },
  },
  'marketplace usage': {
    examples: ['tai marketplace usage --at aws --tenant acme --count trigger_rollback=rollbacks --report'],
    exits: { [EXIT.ok]: 'counted, and reported', [EXIT.failed]: 'a ledger cannot be read, or a report failed' },
  },
  'marketplace kept': {
    examples: ['tai marketplace kept'],
    exits: { [EXIT.ok]: 'listed', [EXIT.failed]: 'the ledger cannot be read' },
  },
  'marketplace dismiss': {
    examples: ['tai marketplace dismiss DIGEST --why "the offer was a test, and is gone"'],
    exits: { [EXIT.ok]: 'it is worked on no more', [EXIT.failed]: 'not decided; stderr says why' },
  },
  'operator new-key': {
    examples: ['tai operator new-key --as olga', 'tai operator new-key --as dashboard --may read --expires 90d'],
    exits: { 0: 'made; stdout has the secret, once' },
  },
  'operator keys': { examples: ['tai operator keys'], exits: { 0: 'shown' } },
  'operator disable-key': {
    examples: ['tai operator disable-key 0123456789abcdef'],
    exits: { 0: 'it counts no more' },
  },
  'operator replay': {
    examples: ['tai operator replay'],
    exits: { [EXIT.ok]: 'all were asked again; stdout says how many are left', [EXIT.failed]: 'they cannot be read' },
  },
  init: {
    examples: ['tai init', 'tai init --yes --tenant acme --domain tai.acme.example'],
    exits: { [EXIT.ok]: 'a deployment is made', [EXIT.failed]: 'its tenant could not be opened; stderr says why' },
  },
  'credentials new': {
    examples: [
      'tai credentials new --tenant acme --as agent:robot --scope read_deployment,write_rollback --expires 90d',
      'tai credentials new --as marketplace:shop --tenants "acme,trial-*"',
    ],
    exits: { [EXIT.ok]: 'a key is made' },
  },
  'credentials list': { examples: ['tai credentials list'], exits: { [EXIT.ok]: 'listed' } },
  'credentials disable': {
    examples: ['tai credentials disable 0123456789abcdef'],
    exits: { [EXIT.ok]: 'the key is disabled' },
  },
  'credentials rotate': {
    examples: ['tai credentials rotate 0123456789abcdef --overlap 7d'],
    exits: { [EXIT.ok]: 'a new key is made' },
  },
  demo: {
    examples: ['tai demo', 'tai demo storm --keep storm-files'],
    exits: { [EXIT.ok]: 'every step went as told', [EXIT.failed]: 'some did not' },
  },
  decide: {
    examples: ['tai decide asked.jsonc', 'tai decide asked.jsonc --policy changes.jsonc --json'],
    exits: VERDICT,
  },
  explain: { examples: ['tai explain asked.jsonc'], exits: VERDICT },
  test: {
    examples: ['tai test rules.cases.jsonc --catalog rules.jsonc --cover'],
    exits: { [EXIT.ok]: 'all cases hold', [EXIT.failed]: 'some do not' },
  },
  lint: {
    examples: ['tai lint', 'tai lint --policy changes.jsonc'],
    exits: {
      [EXIT.ok]: 'no errors',
      [EXIT.failed]: 'errors, or it does not load',
      [EXIT.incomplete]: 'no errors; not everything was decided',
    },
  },
  prove: {
    examples: ['tai prove', 'tai prove rules.invariants.jsonc --catalog rules.jsonc'],
    exits: {
      [EXIT.ok]: 'all hold',
      [EXIT.failed]: 'one is broken',
      [EXIT.incomplete]: 'none is broken; not all were decided',
    },
  },
  diff: {
    examples: ['tai diff rules.jsonc rules-next.jsonc', 'tai diff shipped shipped --policy changes.jsonc'],
    exits: {
      [EXIT.ok]: 'they decide alike',
      [EXIT.failed]: 'they differ',
      [EXIT.incomplete]: 'no difference was found; not everything was decided',
    },
  },
  replay: {
    examples: ['tai replay bundle rules-next.jsonc', 'tai replay --tenant acme rules-next.jsonc'],
    exits: {
      [EXIT.ok]: 'all are decided the same',
      [EXIT.failed]: 'some differ, or the bundle is falsified',
      [EXIT.incomplete]: 'none differs; not all were decided',
    },
  },
  serve: {
    examples: ['tai serve', 'tai serve --port 0 --shadow rules-next.jsonc'],
    exits: { [EXIT.ok]: 'it was stopped', [EXIT.failed]: 'the port cannot be served' },
  },
  mcp: {
    examples: ['tai mcp --tenant acme --agent robot --scope read_deployment'],
    exits: { [EXIT.ok]: 'the client ended the stream' },
  },
  'mcp import': {
    examples: ['tai mcp import --pack files --out files.jsonc -- npx -y @modelcontextprotocol/server-filesystem /srv'],
    exits: { [EXIT.ok]: 'written' },
  },
  'mcp gate': {
    examples: [
      'tai mcp gate --tenant acme --pack files --shadow -- npx -y @modelcontextprotocol/server-filesystem /srv',
    ],
    exits: { [EXIT.ok]: 'the client ended the stream' },
  },
  alert: {
    examples: ['tai alert webhook.json --format alertmanager --tenant acme --as service:alertmanager'],
    exits: {
      [EXIT.ok]: 'each alert is recorded',
      [EXIT.refused]: 'one is refused; its receipt says why',
      [EXIT.failed]: 'one is not decided: nothing is recorded of it',
    },
  },
  submit: {
    examples: ['tai submit check_health --tenant acme --as agent:robot'],
    exits: SUBMITTED,
  },
  event: { examples: ['tai event purchase.json'], exits: SUBMITTED },
  tools: {
    examples: ['tai tools --tenant acme --as agent:robot'],
    exits: { [EXIT.ok]: 'listed', [EXIT.failed]: 'the ledger cannot be asked; stderr says why' },
  },
  'keys new': { examples: ['tai keys new'], exits: { [EXIT.ok]: 'a key waits' } },
  'keys rotate': { examples: ['tai keys rotate'], exits: { [EXIT.ok]: 'the new key seals' } },
  'keys revoke': {
    examples: ['tai keys revoke 1f2e3d4c --tenant acme'],
    exits: { [EXIT.ok]: 'the revocation is recorded and sealed' },
  },
  'keys list': { examples: ['tai keys list'], exits: { [EXIT.ok]: 'listed' } },
  export: {
    examples: [
      'tai export --tenant acme --seal -o bundle',
      'tai export --tenant acme --incident INC-7 -o incident.tar',
    ],
    exits: { [EXIT.ok]: 'written' },
  },
  verify: {
    examples: [
      'tai verify bundle --trust trust.txt',
      'tai verify bundle --trust trust.txt --remember seen.json --at 2026-11-21T08:00:00Z',
      'tai verify bundle --trust trust.txt --figures weekly.json',
    ],
    exits: {
      [EXIT.ok]: 'verified; a fork: proved',
      [EXIT.failed]: 'falsified; a figure is another one; a fork: not proved',
      [EXIT.incomplete]: 'nothing is wrong in what was checked; not everything could be',
    },
  },
  ...REPORT_NOTES,
  catalog: {
    examples: ['tai catalog --policy changes.jsonc --out catalog.json', 'tai catalog --digest'],
    exits: { [EXIT.ok]: 'printed, or written' },
  },
  'recipe list': { examples: ['tai recipe list'], exits: { [EXIT.ok]: 'listed' } },
  'recipe render': {
    examples: ['tai recipe render restore_drifted_configuration'],
    exits: { [EXIT.ok]: 'printed' },
  },
  'recipe new': {
    examples: ['tai recipe new restart_worker'],
    exits: { [EXIT.ok]: 'written', [EXIT.failed]: 'a file is there already, or cannot be written' },
  },
  'recipe check': {
    examples: ['tai recipe check', 'tai recipe check restart_worker.recipe.jsonc --plan enterprise'],
    exits: {
      [EXIT.ok]: 'no error; there may be warnings',
      [EXIT.failed]: 'something is wrong, stdout says what and where; or the plan has no recipes of your own',
    },
  },
  'recipe test': {
    examples: ['tai recipe test', 'tai recipe test restart_worker.recipe.jsonc'],
    exits: { [EXIT.ok]: 'every fixture holds', [EXIT.failed]: 'one does not; stdout says which' },
  },
  'recipe diagnose': {
    examples: [
      'tai recipe diagnose postgres_slow_table evidence.json',
      'tai recipe diagnose configuration_drift evidence.json --incident inc-1 --about shop --out plan.json',
    ],
    exits: {
      [EXIT.ok]: 'a recipe is indicated',
      [EXIT.failed]: 'none is; or the plan cannot be written',
      [EXIT.incomplete]: 'evidence is missing; stdout lists all of it',
    },
  },
  'recipe run': {
    examples: [
      'tai recipe run plan.json --tenant acme --as agent:bot --scope read_deployment,write_rollback',
      'tai recipe run plan.json --tenant acme --as agent:bot --scope read_deployment,write_rollback --give-up',
    ],
    exits: {
      [EXIT.ok]: 'carried out, and verified',
      [EXIT.failed]: 'it failed or was given up; what was done is taken back, or stdout says what stays',
      [EXIT.refused]: 'it waits: the last step is refused for now, or has not ended',
    },
  },
  'pack new': {
    examples: ['tai pack new canary_release'],
    exits: { [EXIT.ok]: 'written', [EXIT.failed]: 'a file is there already, or cannot be written' },
  },
  'pack check': { examples: ['tai pack check canary_release.jsonc'], exits: { [EXIT.ok]: 'it compiles' } },
  'plan check': {
    examples: ['tai plan check canary_release.plan.jsonc --catalog catalog.json'],
    exits: { [EXIT.ok]: 'lawful', [EXIT.failed]: 'unlawful' },
  },
  matrix: { examples: ['tai matrix --markdown'], exits: { [EXIT.ok]: 'printed' } },
  listings: {
    examples: [
      'tai listings',
      'tai listings --catalog catalog.json --prices prices.jsonc --out listings',
      'tai listings --book roadmap-2026q3 --discount phase_2_customer',
      'tai listings --experiment experiment.json --tenant acme',
    ],
    exits: { [EXIT.ok]: 'printed, or written', [EXIT.failed]: 'one says what it may not, or has no price' },
  },
};

/** Adds the notes to a verb, and to those below it; to the program itself, where the codes are explained. */
export const addHelpNotes = (program: Command): void => {
  const add = (command: Command, path: readonly string[]): void => {
    const notes = NOTES[path.join(' ')];
    if (notes !== undefined) command.addHelpText('after', textOf(notes));
    for (const verb of command.commands) add(verb, [...path, verb.name()]);
  };
  add(program, []);
  program.addHelpText('after', '\n`tai VERB --help` shows examples, and what its exit codes mean.');
};

const textOf = ({ examples, exits }: HelpNotes): string => {
  const said = Object.entries({ ...exits, [EXIT.unreadable]: UNREADABLE }).map(
    ([code, means]) => `  ${code}  ${means}`,
  );
  return ['', 'Examples:', ...examples.map((line) => `  ${line}`), '', 'Exit codes:', ...said].join('\n');
};

/**
 * The `tai` command: one verb a file, each a thin shell around a function of the libraries. A line that names a verb
 * loads that file alone, because the libraries of all verbs take longer to load than most verbs take to answer.
 */
import type { Register } from './register.ts';
import type { Io } from './terminal/io.ts';
import { runVerbs, type Verbs } from './verbs.ts';

/** Runs one command line of any verb and answers its exit code. Never rejects for a wrong command line. */
export const command = async (argv: readonly string[], io: Io): Promise<number> =>
  runVerbs(await verbsOf(argv[0]), argv, io);

/** A file of verbs: the names that it registers, and how it is loaded. */
interface VerbFile {
  readonly names: readonly string[];
  readonly load: () => Promise<Register>;
}

const verb = (name: string, load: () => Promise<Register>): VerbFile => ({ names: name.split(' '), load });

/** Every verb, in the groups and the order in which the help lists them. */
const VERBS: Readonly<Record<string, readonly VerbFile[]>> = {
  'Decide:': [
    verb('demo', async () => (await import('./commands/deployment/demo.ts')).registerDemo),
    verb('decide', async () => (await import('./commands/policy/decide.ts')).registerDecide),
    verb('explain', async () => (await import('./commands/policy/explain.ts')).registerExplain),
  ],
  'Try a policy:': [
    verb('test', async () => (await import('./commands/policy/test.ts')).registerTest),
    verb('lint', async () => (await import('./commands/policy/lint.ts')).registerLint),
    verb('prove', async () => (await import('./commands/policy/prove.ts')).registerProve),
    verb('diff', async () => (await import('./commands/policy/diff.ts')).registerDiff),
    verb('replay', async () => (await import('./commands/policy/replay.ts')).registerReplay),
  ],
  'Run a deployment:': [
    verb('init', async () => (await import('./commands/deployment/init.ts')).registerInit),
    verb('serve', async () => {
      const [{ registerServe }, { shippedHandlers }] = await Promise.all([
        import('./commands/deployment/serve.ts'),
        import('./deployment/shipped-handlers.ts'),
      ]);
      return registerServe(shippedHandlers);
    }),
    verb('mcp', async () => (await import('./commands/intents/mcp.ts')).registerMcp),
    verb('submit event tools', async () => (await import('./commands/intents/submit.ts')).registerSubmit),
    verb('alert', async () => (await import('./commands/intents/alert.ts')).registerAlert),
    verb('approvals', async () => (await import('./commands/intents/approvals.ts')).registerApprovals),
    verb('operator', async () => (await import('./commands/operator/operator.ts')).registerOperator),
    verb('marketplace', async () => (await import('./commands/intents/marketplace.ts')).registerMarketplace),
    verb('status tenants upgrade-engine', async () => (await import('./commands/deployment/status.ts')).registerStatus),
    verb('store', async () => (await import('./commands/deployment/store.ts')).registerStore),
    verb('credentials', async () => (await import('./commands/deployment/credentials.ts')).registerCredentials),
    verb('keys', async () => (await import('./commands/deployment/keys.ts')).registerKeys),
  ],
  'Show evidence:': [
    verb('export', async () => (await import('./commands/evidence/export.ts')).registerExport),
    verb('verify', async () => (await import('./commands/evidence/verify.ts')).registerVerify),
    verb('report', async () => (await import('./commands/evidence/report.ts')).registerReport),
  ],
  'Make products:': [
    verb('catalog', async () => (await import('./commands/policy/catalog.ts')).registerCatalog),
    verb('pack', async () => (await import('./commands/policy/pack.ts')).registerPack),
    verb('recipe', async () => (await import('./commands/policy/recipe.ts')).registerRecipe),
    verb('plan', async () => (await import('./commands/policy/plan.ts')).registerPlan),
    verb('matrix', async () => (await import('./commands/policy/matrix.ts')).registerMatrix),
    verb('listings', async () => (await import('./commands/policy/listings.ts')).registerListings),
  ],
};

/** The verb that a line names, or all of them: for the help, and to say what there is where it names none. */
const verbsOf = async (word: string | undefined): Promise<Verbs> => {
  if (word === '--version') return {};
  const groups = Object.entries(VERBS);
  const named = groups.flatMap(([group, files]) =>
    files.filter(({ names }) => word !== undefined && names.includes(word)).map((file) => [group, [file]] as const),
  );
  const loaded = (named.length > 0 ? named : groups).map(
    async ([group, files]) => [group, await Promise.all(files.map(({ load }) => load()))] as const,
  );
  return Object.fromEntries(await Promise.all(loaded));
};

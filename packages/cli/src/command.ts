/** The `tai` command: one verb a file, each a thin shell around a function of the libraries. */
import { registerAlert } from './commands/alert.ts';
import { registerApprovals } from './commands/approvals.ts';
import { registerCatalog } from './commands/catalog.ts';
import { registerCredentials } from './commands/credentials.ts';
import { registerDecide } from './commands/decide.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDiff } from './commands/diff.ts';
import { registerExplain } from './commands/explain.ts';
import { registerExport } from './commands/export.ts';
import { registerInit } from './commands/init.ts';
import { registerKeys } from './commands/keys.ts';
import { registerLint } from './commands/lint.ts';
import { registerListings } from './commands/listings.ts';
import { registerMarketplace } from './commands/marketplace.ts';
import { registerMatrix } from './commands/matrix.ts';
import { registerMcp } from './commands/mcp.ts';
import { registerOperator } from './commands/operator.ts';
import { registerPack } from './commands/pack.ts';
import { registerPlan } from './commands/plan.ts';
import { registerProve } from './commands/prove.ts';
import { registerRecipe } from './commands/recipe.ts';
import { registerReplay } from './commands/replay.ts';
import { registerReport } from './commands/report.ts';
import { registerServe } from './commands/serve.ts';
import { registerStatus } from './commands/status.ts';
import { registerStore } from './commands/store.ts';
import { registerSubmit } from './commands/submit.ts';
import { registerTest } from './commands/test.ts';
import { registerVerify } from './commands/verify.ts';
import { shippedHandlers } from './deployment/shipped-handlers.ts';
import type { Io } from './terminal/io.ts';
import { runVerbs, type Verbs } from './verbs.ts';

/** Every verb, in the groups and the order in which the help lists them. */
const VERBS: Verbs = {
  'Decide:': [registerDemo, registerDecide, registerExplain],
  'Try a policy:': [registerTest, registerLint, registerProve, registerDiff, registerReplay],
  'Run a deployment:': [
    registerInit,
    registerServe(shippedHandlers),
    registerMcp,
    registerSubmit,
    registerAlert,
    registerApprovals,
    registerOperator,
    registerMarketplace,
    registerStatus,
    registerStore,
    registerCredentials,
    registerKeys,
  ],
  'Show evidence:': [registerExport, registerVerify, registerReport],
  'Make products:': [registerCatalog, registerPack, registerRecipe, registerPlan, registerMatrix, registerListings],
};

/** Runs one command line of any verb and answers its exit code. Never rejects for a wrong command line. */
export const command = (argv: readonly string[], io: Io): Promise<number> => runVerbs(VERBS, argv, io);

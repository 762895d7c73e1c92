/** `tai marketplace`: who a buyer is, whose tenant an account is, and messages that can never be applied. */
import type { MarketplaceName } from '@tai-autonomics/adapter-http/marketplaces';
import { BANNED_MEMBERS } from '@tai-autonomics/core/receipt';
import { heldMessages, releaseHeld, tenantFault } from '@tai-autonomics/governor/operator';
import { Option } from 'commander';
import { either as E } from 'fp-ts';
import { withLocal } from '../../local/open-local.ts';
import { bindAccount } from '../../marketplaces/bound-accounts.ts';
import { buyersOf } from '../../marketplaces/vendors.ts';
import { notApproved, recordOperation } from '../../operator/record-operation.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { registerMarketplaceUsage } from './marketplace-usage.ts';

interface Options {
  readonly dir: string;
  readonly json?: boolean;
}
interface ResolveOptions extends Options {
  readonly at: MarketplaceName;
  readonly token?: string;
  readonly account?: string;
  readonly tenant?: string;
}
interface DismissOptions extends Options {
  readonly why: string;
}

/** Adds the verbs. */
export const registerMarketplace: Register = (program, io, exit) => {
  const marketplace = program.command('marketplace').description('buyers and messages of connected marketplaces');
  const verb = (name: string, description: string) =>
    marketplace
      .command(name)
      .description(description)
      .option(...DIR)
      .option('--json', 'the same as JSON');
  verb('resolve', 'find out who a buyer is, and bind the account to a tenant')
    .addOption(
      new Option('--at <marketplace>', 'google, aws or azure')
        .choices(['google', 'aws', 'azure'])
        .makeOptionMandatory(true),
    )
    .option('--token <token>', 'what the buyer’s browser brought to the sign-up page')
    .option('--account <id>', 'the marketplace’s id of an account or a purchase, where there is no token')
    .option('--tenant <tenant>', 'the tenant that it is bound to; it is only resolved where absent')
    .action(async (options: ResolveOptions) => exit(await resolveBuyer(io, options)));
  registerMarketplaceUsage(marketplace, io, exit);
  verb('kept', 'list messages that are kept and not done').action(async (options: Options) =>
    exit(await listKept(io, options)),
  );
  verb('dismiss', 'give up a message that can never be applied')
    .argument('<digest>', 'the digest of the message')
    .requiredOption('--why <text>', 'why it can never be applied')
    .action(async (digest: string, options: DismissOptions) => exit(await dismiss(io, digest, options)));
};

const resolveBuyer = async (io: Io, options: ResolveOptions): Promise<ExitCode> => {
  const { at, token, account, tenant } = options;
  if ((token === undefined) === (account === undefined)) return unreadable(io, 'expected either --token or --account');
  const misnamed = tenant === undefined ? undefined : tenantFault(tenant);
  if (misnamed !== undefined) return unreadable(io, `--tenant: ${misnamed}`);
  return withLocal(io, options.dir, async (local) => {
    const resolve = buyersOf(local.dir, local.config.marketplaces ?? {})[at];
    if (token !== undefined && resolve === undefined)
      return unreadable(io, `config.json, marketplaces.${at}: is not connected, or has no sign-up page`);
    const buyer =
      token === undefined || resolve === undefined ? E.right({ account: account ?? '' }) : await resolve(token);
    if (E.isLeft(buyer)) return failed(io, buyer.left.detail);
    const bound = 'purchase' in buyer.right ? (buyer.right.purchase ?? buyer.right.account) : buyer.right.account;
    if (tenant !== undefined) {
      if (BANNED_MEMBERS.has(bound)) return unreadable(io, `${bound} can be no name of an account`);
      const why = await recordOperation(local, 'bind_account', { marketplace: at, account: bound, tenant });
      if (why !== undefined) return failed(io, why);
      const done = await bindAccount(local.dir, at, bound, tenant, local.config.marketplaces?.[at]?.tenants ?? {});
      if (E.isLeft(done)) return failed(io, `${bound}: ${done.left}`);
    }
    if (options.json === true) printJson(io, { ...buyer.right, ...(tenant === undefined ? {} : { bound, tenant }) });
    else {
      for (const [name, value] of Object.entries(buyer.right)) io.out(`${name.padEnd(10)}${value}\n`);
      if (tenant !== undefined)
        io.out(`${bound} is bound to ${tenant}; a server reads it within the hour, or at SIGHUP\n`);
    }
    return EXIT.ok;
  });
};

const listKept = (io: Io, options: Options): Promise<ExitCode> =>
  withLocal(io, options.dir, async (local) => {
    const kept = await heldMessages(local);
    if (E.isLeft(kept)) return failed(io, kept.left);
    const shown = kept.right.map(({ digest, marketplace }) => ({ digest, marketplace }));
    if (options.json === true) printJson(io, shown);
    else for (const { digest, marketplace } of shown) io.out(`${digest}  ${marketplace}\n`);
    return EXIT.ok;
  });

const dismiss = (io: Io, digest: string, options: DismissOptions): Promise<ExitCode> =>
  withLocal(io, options.dir, async (local) => {
    const kept = await heldMessages(local);
    if (E.isLeft(kept)) return failed(io, kept.left);
    if (!kept.right.some((one) => one.digest === digest))
      return unreadable(io, 'no message of this digest is kept; tai marketplace kept lists them');
    const why = await recordOperation(local, 'dismiss_message', { digest, why: options.why });
    if (why !== undefined) return failed(io, why);
    const released = await releaseHeld(local.governor, digest);
    const unreleased = notApproved(released);
    if (unreleased !== undefined || !released.decided) return failed(io, unreleased ?? '');
    const { receipt } = released;
    if (options.json === true) printJson(io, { digest, receipt });
    else io.out(`${digest} is given up (receipt ${receipt.seq}); a server works on it no more from SIGHUP on\n`);
    return EXIT.ok;
  });

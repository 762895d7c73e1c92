/** `tai operator accept-…`: what an operator answers for, so that a ledger goes on: an instant to come, a restore of an older copy. */
import { formatInstant } from '@tai-autonomics/core/engine';
import { systemClock } from '@tai-autonomics/governor/node';
import { ACCEPT_CLOCK, OPERATOR } from '@tai-autonomics/governor/operator';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { holdDeployment } from '../../deployment/held-deployment.ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { withLocal } from '../../local/open-local.ts';
import { namesIn, type Tenants, tenantsOf } from '../../local/tenants.ts';
import { DIR } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, unreadable } from '../../terminal/io.ts';
import { type Local, tell } from '../intents/submit.ts';

interface AcceptOptions extends Local {
  readonly finding: string;
  readonly tenant?: string;
}

/** Adds the verbs to those of the operator. */
export const registerAccepts = (operator: Command, io: Io, exit: (code: ExitCode) => void): void => {
  operator
    .command('accept-clock')
    .description('let ledgers that are ahead of the clock go on')
    .requiredOption('--finding <text>', 'how you made sure that the clock is right now')
    .option('--tenant <tenant>', 'the tenant; all that wait where absent')
    .option(...DIR)
    .option(...JSON_ANSWER)
    .action(async (options: AcceptOptions) => exit(await acceptClock(io, options)));
  operator
    .command('accept-restore')
    .description('let ledgers go on that were restored from an older copy')
    .requiredOption('--finding <text>', 'how it came to be, and what became of the rest')
    .option('--tenant <tenant>', 'the tenant; all that the folder names where absent')
    .option(...DIR)
    .option(...JSON_ANSWER)
    .action(async (options: AcceptOptions) => exit(await acceptRestore(io, options)));
};

/** One receipt in each ledger that waits for the clock, the operator's own too: from then on its receipts keep its last instant. */
const acceptClock = (io: Io, { dir, json, finding, tenant }: AcceptOptions): Promise<ExitCode> =>
  withLocal(io, dir, async (local) => {
    const { governor } = local;
    const named = tenant === undefined ? await openIn(local) : E.right([tenant]);
    if (E.isLeft(named)) return failed(io, named.left);
    const codes: ExitCode[] = [];
    for (const name of named.right) {
      const status = await governor.status(name);
      if (E.isLeft(status)) return failed(io, `${name}: ${status.left.detail}`);
      if (status.right === undefined && tenant !== undefined) return failed(io, `${name}: it has no ledger`);
      const until = status.right?.waitsUntil;
      if (until === undefined) continue;
      const asked = {
        action: ACCEPT_CLOCK,
        resource: '*',
        arguments: { until: formatInstant(until), clock: formatInstant(systemClock()), finding },
      };
      const caller = { tenant: name, subject: { type: 'system', id: 'operator' }, scope: [] } as const;
      codes.push(tell(io, await governor.submit(caller, asked), json === true));
    }
    if (codes.length === 0 && json !== true) io.out('no ledger waits for the clock\n');
    return codes.some((code) => code !== EXIT.ok) ? EXIT.failed : EXIT.ok;
  });

const openIn = async (local: LocalDeployment): Promise<E.Either<string, readonly string[]>> =>
  E.map(({ open }: Tenants) => [OPERATOR, ...open.map(({ tenant }) => tenant)])(await tenantsOf(local, OPERATOR));

/** One receipt in each ledger that lost what was sealed, which says so; then it goes on. No process that decides can hold the folder. */
const acceptRestore = async (io: Io, { dir, json, finding, tenant }: AcceptOptions): Promise<ExitCode> => {
  const opened = await holdDeployment(io, dir, { handlersOf: async () => [], acceptsRestores: true });
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const { current, governor, close } = opened.right;
  try {
    const names = tenant === undefined ? [OPERATOR, ...(await namesIn(current))] : [tenant];
    const codes: ExitCode[] = [];
    for (const name of names) {
      const known = await governor.knows(name);
      if (E.isLeft(known)) return failed(io, known.left.detail);
      if (!known.right && tenant === undefined) continue;
      const accepted = known.right ? await current.governor.acceptRestore?.(name, finding) : undefined;
      if (accepted === undefined) return failed(io, `${name}: it has no ledger`);
      if (E.isLeft(accepted)) return failed(io, `${name}: ${accepted.left.detail}`);
      if (accepted.right === undefined) continue;
      codes.push(accepted.right === 'declared' ? EXIT.ok : tell(io, accepted.right, json === true));
    }
    if (codes.length === 0 && json !== true) io.out('no ledger lost anything that was sealed\n');
    return codes.some((code) => code !== EXIT.ok) ? EXIT.failed : EXIT.ok;
  } finally {
    await close();
  }
};

const JSON_ANSWER = ['--json', 'the answer as JSON'] as const;

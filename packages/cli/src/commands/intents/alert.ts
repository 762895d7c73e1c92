/** `tai alert`: a monitor's own message, from a file, to a deployment on this machine. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { explain } from '@tai-autonomics/core';
import { ALERT_FORMATS } from '@tai-autonomics/core/engine';
import { type AlertTaken, takeAlerts } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { type CallerOptions, callerOf } from '../../deployment/local-caller.ts';
import { withLocal } from '../../local/open-local.ts';
import { DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

interface AlertOptions extends CallerOptions {
  readonly format: string;
  readonly dir: string;
  readonly json?: boolean;
}

export const registerAlert: Register = (program, io, exit) => {
  program
    .command('alert')
    .description('report a monitor’s alerts to a deployment on this machine')
    .argument('<file>', 'the message, as the monitor sends it')
    .requiredOption('--format <format>', `whose form it has: ${ALERT_FORMATS.join(', ')}`)
    .requiredOption('--tenant <tenant>', 'the tenant')
    .requiredOption('--as <type:id>', 'who reports it: service:…, agent:… or user:…')
    .option(...DIR)
    .option('--json', 'what became of each alert, as JSON')
    .action(async (file: string, options: AlertOptions) => exit(await alert(io, file, options)));
};

/** What a message holds at most, as at the HTTP door. */
const LIMITS = { maxBytes: 65_536, maxDepth: 32 } as const;

const alert = async (io: Io, file: string, options: AlertOptions): Promise<ExitCode> => {
  const format = ALERT_FORMATS.find((one) => one === options.format);
  if (format === undefined) return unreadable(io, `--format: expected one of ${ALERT_FORMATS.join(', ')}`);
  const caller = callerOf(options);
  if (E.isLeft(caller)) return unreadable(io, caller.left);
  const bytes = await readFile(resolve(io.cwd, file)).catch(() => undefined);
  if (bytes === undefined) return unreadable(io, `${file}: cannot be read`);
  return withLocal(io, options.dir, async ({ governor }) => {
    const taken = await takeAlerts(governor, caller.right, format, bytes, LIMITS);
    if (!taken.read) {
      if (options.json === true) printJson(io, taken);
      return unreadable(io, `${file}: ${taken.detail}; its digest ${taken.digest} is recorded`);
    }
    if (options.json === true) printJson(io, taken.alerts);
    else for (const one of taken.alerts) tell(io, one);
    return exitOf(taken.alerts);
  });
};

const tell = (io: Io, { incident, resource, status, submitted }: AlertTaken): void => {
  if (!submitted.decided) {
    complain(io, `${incident}: not decided: ${submitted.why}: ${submitted.detail}`);
    return;
  }
  const { decision, receipt, repeated } = submitted;
  const [head = ''] = explain(decision);
  const said = decision.verdict === 'approve' ? `${status} ${resource}` : head;
  io.out(`${incident} ${said} ${io.paint.dim(`(receipt ${receipt.seq}${repeated ? ', sent before' : ''})`)}\n`);
};

const exitOf = (alerts: readonly AlertTaken[]): ExitCode => {
  if (alerts.some(({ submitted }) => !submitted.decided)) return EXIT.failed;
  const isRefused = alerts.some(({ submitted }) => submitted.decided && submitted.decision.verdict === 'refuse');
  return isRefused ? EXIT.refused : EXIT.ok;
};

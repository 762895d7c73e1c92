/** What can be asked of a deployment through its socket, by name. Whoever asks holds its folder, and is its operator. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { Asked, Reported } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from './local-deployment.ts';
import { type About, type HeadAnswer, isCaller, isCount, readPage, text, writeHead } from './wire.ts';

/** Answers what was asked, as JSON; `undefined` where it is not of its form. `signal` aborts when whoever asked is gone. */
type Call = (
  deployment: LocalDeployment,
  given: readonly unknown[],
  signal: AbortSignal,
) => Promise<unknown> | undefined;

export const isCallName = (name: string): name is CallName => Object.hasOwn(CALLS, name);
export const isEventName = (name: string): name is EventName => Object.hasOwn(EVENTS, name);

const isText = (x: unknown): x is string => typeof x === 'string';
const isAsked = (x: unknown): x is Asked => isPlainObject(x) && isText(x['action']) && isText(x['resource']);

const isPlace = (x: unknown): x is { readonly seq: number; readonly leaf: string } =>
  isPlainObject(x) && isCount(x['seq']) && isText(x['leaf']);
const isReported = (x: unknown): x is Reported => {
  if (!isPlainObject(x) || !isCount(x['wallMs'])) return false;
  const { status } = x;
  if (status === 'success') return Object.hasOwn(x, 'result');
  return status === 'timeout'
    ? isCount(x['limitMs'])
    : (status === 'failed' || status === 'unknown') && isText(x['detail']);
};

/** The name of something that can be asked. */
export type CallName =
  | 'about'
  | 'submit'
  | 'report'
  | 'preview'
  | 'tools'
  | 'head'
  | 'status'
  | 'knows'
  | 'seal'
  | 'ready'
  | 'ledgers'
  | 'ledger_head'
  | 'checkpoint'
  | 'rows'
  | 'parts'
  | 'replay_held_events'
  | 'reload';

/** How each is answered. */
export const CALLS: Readonly<Record<CallName, Call>> = {
  about: async ({ config, publicKey, aliases }) =>
    ({ config, publicKey: text(publicKey), ...(aliases === undefined ? {} : { aliases }) }) satisfies About,
  submit: ({ governor }, [caller, asked], signal) =>
    isCaller(caller) && isAsked(asked) ? governor.submit(caller, asked, signal) : undefined,
  report: ({ governor }, [caller, of, how]) =>
    isCaller(caller) && isPlace(of) && isReported(how) ? governor.report(caller, of, how) : undefined,
  preview: ({ governor }, [caller, asked]) =>
    isCaller(caller) && isAsked(asked) ? governor.preview(caller, asked) : undefined,
  tools: ({ governor }, [caller]) => (isCaller(caller) ? governor.tools(caller) : undefined),
  head: ({ governor }, [tenant]) => (isText(tenant) ? governor.head(tenant) : undefined),
  status: ({ governor }, [tenant]) => (isText(tenant) ? governor.status(tenant) : undefined),
  knows: ({ governor }, [tenant]) => (isText(tenant) ? governor.knows(tenant) : undefined),
  seal: ({ governor }, [tenant]) => (isText(tenant) ? governor.seal(tenant) : undefined),
  ready: ({ governor }) => governor.ready(),
  ledgers: ({ store }) => store.ledgers(),
  ledger_head: ({ store }, [ledger]) => (isText(ledger) ? headOf(store, ledger) : undefined),
  checkpoint: ({ store }, [ledger, atMost]) =>
    isText(ledger) && isCount(atMost) ? store.checkpoint(ledger, atMost) : undefined,
  rows: ({ store }, [ledger, from, to]) =>
    isText(ledger) && isCount(from) && isCount(to) ? readPage(store, ledger, from, to) : undefined,
  parts: (deployment) => deployment.parts(),
  replay_held_events: (deployment) => deployment.replayHeldEvents(),
  reload: (deployment) => deployment.reload(),
};

/** Not among the calls: these answer again and again, a line for each time. */
export const EVENTS = { tools_changed: 'onToolsChanged', recorded: 'onRecorded' } as const;
/** The name of something that is told again and again. */
export type EventName = keyof typeof EVENTS;

const headOf = async (store: LocalDeployment['store'], ledger: string): Promise<HeadAnswer> =>
  E.map((head: Parameters<typeof writeHead>[0] | undefined) => (head === undefined ? undefined : writeHead(head)))(
    await store.head(ledger),
  );

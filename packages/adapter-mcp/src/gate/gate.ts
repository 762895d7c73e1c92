/** A gate: an MCP server that decides each call of another server's tools, records it, and only then passes it on. */
import {
  type CallToolResult,
  INVALID_PARAMS,
  type McpServerFactory,
  ProtocolError,
  Server,
  type Tool,
} from '@modelcontextprotocol/server';
import { ENGINE, noticeOf } from '@tai-autonomics/core/engine';
import type { Asked, Caller, Governor, Reported, Submitted, VisibleAction } from '@tai-autonomics/governor';
import { envelopeOf } from '../answer/envelope.ts';
import { wordsOf } from '../answer/words.ts';
import { actionNameOf, argumentNameOf, CHANGED, GATE_ARGUMENTS } from './gate-names.ts';
import { actionsOf, pinIn, unreachableIn } from './pack-actions.ts';
import { digestOf } from './tool-pin.ts';
import type { Upstream, UpstreamAnswer, UpstreamTool } from './upstream.ts';

/** What a gate is made from. */
export interface GateOptions {
  readonly governor: Governor;
  /** Who calls; from whoever started the gate, or from a credential. */
  readonly caller: Caller;
  /** The pack that the server's tools were imported as. */
  readonly pack: string;
  /** What calls are about: the name of the server in the directory of resources. */
  readonly resource: string;
  readonly upstream: Upstream;
  /** True: every call is decided and recorded, and passed on whatever was decided. */
  readonly shadow?: boolean;
  /** Told of what failed, and of each call that shadow passed on although it was refused. */
  readonly onerror?: (error: unknown) => void;
  readonly onShadow?: (call: ShadowedCall) => void;
}

/** A call that would have been refused. */
export interface ShadowedCall {
  readonly tool: string;
  readonly codes: readonly string[];
  /** Where the refusal stands; absent where nothing could be recorded. */
  readonly seq?: number;
}

/** Where a gate says in a result what was decided. */
export const GATE_META = 'tai-autonomics/gate';

/** Makes the servers of a gate, for a transport: as `mcpServerFactory` does for the tenant's own tools. */
export const gateServerFactory =
  (options: GateOptions): McpServerFactory & (() => Server) =>
  () => {
    const server = new Server(
      { name: `tai-autonomics-gate-${options.pack}`, version: ENGINE.version },
      { capabilities: { tools: { listChanged: true } }, instructions: INSTRUCTIONS },
    );
    server.setRequestHandler('tools/list', async () => ({ tools: [...(await offered(options))] }));
    server.setRequestHandler('tools/call', ({ params }, { mcpReq: { signal } }) =>
      guarded(options, () => answer(options, params.name, params.arguments ?? {}, signal)),
    );
    const tell = (): void => {
      offered(options).catch((error: unknown) => options.onerror?.(error));
      server.sendToolListChanged().catch(() => {});
    };
    const stops = [options.upstream.onChanged(tell), options.governor.onToolsChanged(options.caller.tenant, tell)];
    server.onclose = () => {
      for (const stop of stops) stop();
    };
    return server;
  };

const INSTRUCTIONS =
  'Each call of these tools is decided by policy and recorded before it is passed on. A refusal says what was required and what would be lawful next: carry that out, or ask a person; do not try another way to the same end.';

/** The reporter of changed tools: the gate itself, and nobody's agent. */
const reporterOf = ({ caller: { tenant } }: GateOptions): Caller => ({
  tenant,
  subject: { type: 'service', id: 'mcp-gate' },
  scope: [],
});

/** The tools that are shown: those of the server that the caller may use and that are as they were imported; in shadow all. */
const offered = async (options: GateOptions): Promise<readonly Tool[]> => {
  const [tools, actions] = await Promise.all([options.upstream.tools(), actionsOf(options)]);
  const shown: Tool[] = [];
  for (const [name, one] of tools ?? []) {
    const action = actions?.get(actionNameOf(options.pack, name));
    const isChanged = action !== undefined && pinIn(action) !== one.pin;
    if (isChanged) await raise(options, name, one);
    if (options.shadow === true || (action !== undefined && !isChanged)) shown.push(one.tool);
  }
  return shown.sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** A tool that is described otherwise stops the line for the server, once for each description. */
const raise = async (options: GateOptions, name: string, { pin = 'none' }: UpstreamTool): Promise<void> => {
  const { governor, pack, resource, onerror = () => {} } = options;
  const once = `gate ${pack} ${actionNameOf(pack, name)} ${pin}`;
  const stop = (id: string): Promise<Submitted> =>
    governor.submit(reporterOf(options), {
      id,
      action: 'raise_andon',
      resource,
      arguments: {
        severity: 'high',
        finding: `the tool ${actionNameOf(pack, name)} is described otherwise than when it was imported; its digest is ${pin}`,
      },
    });
  const first = await stop(once);
  // What was refused once may be approved by now: it is asked anew, once a minute.
  const isOldRefusal = first.decided && first.repeated && first.decision.verdict === 'refuse';
  const submitted = isOldRefusal ? await stop(`${once} ${Math.floor(Date.now() / 60_000)}`) : first;
  if (!submitted.decided || submitted.decision.verdict === 'refuse')
    onerror(new Error(`the tool ${actionNameOf(pack, name)} changed, and the line could not be stopped`));
};

/** What the inside says is the host's to know. */
const guarded = async (options: GateOptions, run: () => Promise<CallToolResult>): Promise<CallToolResult> => {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    options.onerror?.(error);
    return textResult('NOT DECIDED internal_error: the gate failed; it is not known how far the call came.', {});
  }
};

const textResult = (text: string, meta: object): CallToolResult => ({
  content: [{ type: 'text', text }],
  isError: true,
  _meta: { [GATE_META]: meta },
});

type Given = Readonly<Record<string, unknown>>;

const answer = async (
  options: GateOptions,
  name: string,
  given: Given,
  signal: AbortSignal,
): Promise<CallToolResult> => {
  const { governor, caller, upstream } = options;
  const [tools, actions] = await Promise.all([upstream.tools(), actionsOf(options)]);
  const action = actions?.get(actionNameOf(options.pack, name));
  const tool = tools?.get(name);
  const asked = askedOf(options, name, given, { action, tool, isReached: tools !== undefined });
  if (action !== undefined && tool !== undefined && pinIn(action) !== tool.pin) await raise(options, name, tool);
  const submitted = await governor.submit(caller, asked);
  const approved = approvalIn(submitted);
  if (approved === undefined)
    return refusedAnswer(options, { name, given, asked, signal, isInForce: actions?.size !== 0 }, submitted);
  // Withdrawn, or not begun: it is not this gate's to pass on.
  if (approved.outcome !== undefined)
    return textResult(wordsOf(asked, envelopeOf(approved)), metaOf(options, approved));
  const started = performance.now();
  const answered = await upstream.call(name, given, signal, options.shadow === true ? undefined : tool?.pin);
  const outcome = await governor.report(
    caller,
    approved.receipt,
    reportOf(answered, Math.ceil(performance.now() - started)),
  );
  if (outcome._tag === 'Left') options.onerror?.(new Error(`an outcome could not be recorded: ${outcome.left.detail}`));
  const meta = {
    ...metaOf(options, approved),
    ...(outcome._tag === 'Left' ? {} : { outcomeReceipt: outcome.right.receipt }),
  };
  return passedOn(answered, meta);
};

/** What is known of a tool at a call. */
interface Known {
  readonly action: VisibleAction | undefined;
  readonly tool: UpstreamTool | undefined;
  /** False: nobody knows which tools the server has. */
  readonly isReached: boolean;
}

const askedOf = (
  { pack, resource, shadow }: GateOptions,
  name: string,
  given: Given,
  { action, tool, isReached }: Known,
): Asked => {
  const pin = action === undefined ? undefined : pinIn(action);
  const isPinned = tool?.pin !== undefined && (pin ?? tool.pin) === tool.pin;
  const declared = Object.entries(given).flatMap(([member, value]) => {
    const argument = argumentNameOf(member);
    const isOwn = (GATE_ARGUMENTS as readonly string[]).includes(argument);
    return !isOwn && action !== undefined && Object.hasOwn(action.arguments, argument)
      ? [[argument, value] as const]
      : [];
  });
  return {
    action: actionNameOf(pack, name),
    resource,
    arguments: {
      ...Object.fromEntries(declared),
      // Of a tool that the caller may not use, this gate does not know how it was imported: the pack does.
      gate_pin: isPinned ? tool.pin : isReached || action === undefined ? CHANGED : unreachableIn(action),
      gate_seen: tool?.pin ?? 'none',
      gate_call: digestOf(given),
      gate_mode: shadow === true ? 'shadow' : 'enforce',
    },
  };
};

/** Said of every name alike, as the empty list says it: it tells nothing of one. */
const NONE_IN_FORCE =
  'No tool of this server is in force for you. Tell whoever runs the gate: its log says what to do. Calling again changes nothing.';

type DecidedCall = Extract<Submitted, { decided: true }>;

const approvalIn = (submitted: Submitted): DecidedCall | undefined =>
  submitted.decided && submitted.decision.verdict === 'approve' ? submitted : undefined;

/** A call, and what was asked for it. */
interface GatedCall {
  readonly name: string;
  readonly given: Given;
  readonly asked: Asked;
  readonly signal: AbortSignal;
  /** False: the tenant has no action of the pack for this caller at all. */
  readonly isInForce: boolean;
}

const refusedAnswer = async (
  options: GateOptions,
  { name, given, asked, signal, isInForce }: GatedCall,
  submitted: Submitted,
): Promise<CallToolResult> => {
  if (options.shadow === true) {
    options.onShadow?.({
      tool: asked.action,
      codes: codesOf(submitted),
      ...(submitted.decided ? { seq: submitted.receipt.seq } : {}),
    });
    return passedOn(await options.upstream.call(name, given, signal), metaOf(options, submitted));
  }
  if (isHidden(submitted))
    throw new ProtocolError(INVALID_PARAMS, `Unknown tool: ${name}${isInForce ? '' : `. ${NONE_IN_FORCE}`}`, {
      ...noticeOf(options.governor.mode),
      ...(submitted.decided ? { receipt: placeOf(submitted) } : { notRecorded: submitted.why }),
    });
  const envelope = { ...noticeOf(options.governor.mode), ...envelopeOf(submitted) };
  return textResult(wordsOf(asked, envelope), metaOf(options, submitted));
};

const codesOf = (submitted: Submitted): readonly string[] =>
  !submitted.decided
    ? [submitted.why]
    : submitted.decision.verdict === 'refuse'
      ? [...new Set(submitted.decision.reasons.map(({ code }) => code))]
      : [];

/** Unknown, not bought and hidden look the same. */
const isHidden = (submitted: Submitted): boolean =>
  submitted.decided && submitted.decision.verdict === 'refuse' && submitted.decision.reasons[0].gate === 'registry';

const placeOf = ({ receipt: { origin, seq, leaf } }: DecidedCall) => ({ origin, seq, leaf });

const metaOf = ({ shadow, governor }: GateOptions, submitted: Submitted): object => ({
  ...noticeOf(governor.mode),
  mode: shadow === true ? 'shadow' : 'enforce',
  ...(submitted.decided
    ? { verdict: submitted.decision.verdict, receipt: placeOf(submitted) }
    : { notDecided: submitted.why }),
  ...(codesOf(submitted).length === 0 ? {} : { codes: codesOf(submitted) }),
});

/** The server's own answer, with what was decided beside it; where there is none, why. */
const passedOn = (answered: UpstreamAnswer, meta: object): CallToolResult => {
  switch (answered.ended) {
    case 'answered':
      return { ...answered.result, _meta: { ...answered.result._meta, [GATE_META]: meta } };
    case 'failed':
      return textResult(`FAILED: ${answered.why}. Nothing was done.`, meta);
    case 'timeout':
      return textResult(
        `NO ANSWER within ${answered.limitMs} ms: it is not known whether it was done. Do not repeat it before you looked.`,
        meta,
      );
    case 'unknown':
      return textResult(`NO ANSWER: ${answered.why}. It is not known whether it was done.`, meta);
  }
};

/** What the ledger keeps of an answer is its digest: its content is the agent's and the server's own. */
const reportOf = (answered: UpstreamAnswer, wallMs: number): Reported => {
  switch (answered.ended) {
    case 'answered':
      return answered.result.isError === true
        ? { wallMs, status: 'failed', detail: 'the server says that it failed' }
        : { wallMs, status: 'success', result: { digest: digestOf(answered.result) } };
    case 'failed':
      return { wallMs, status: 'failed', detail: answered.why };
    case 'timeout':
      return { wallMs, status: 'timeout', limitMs: answered.limitMs };
    case 'unknown':
      return { wallMs, status: 'unknown', detail: answered.why };
  }
};

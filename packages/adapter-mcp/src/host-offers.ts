/**
 * What a host adds to the door: resources and prompts of its own, and how reads are answered. Nothing of it acts, and nothing
 * of it takes the place of what the door has: a tool is a pack's, so that each call is decided and recorded, and a host
 * answers no call but an approved read.
 */
import {
  type CallToolResult,
  type ClientCapabilities,
  type GetPromptResult,
  type InputRequiredResult,
  isInputRequiredResult,
  type Prompt,
  type ReadResourceResult,
  type Resource,
  type ResourceTemplateType,
  type Tool,
  UriTemplate,
  type Variables,
} from '@modelcontextprotocol/server';
import type { Asked, Caller, ReceiptPlace, VisibleTool } from '@tai-autonomics/governor';
import type { Exchange } from './exchange.ts';

type Content = CallToolResult['content'];
type Contents = ReadResourceResult['contents'];

/** Something that a host shows to whom it says. It is asked at each list and each use; whoever may not see it can't tell that it is there. */
interface Shown {
  readonly visible: (caller: Caller) => boolean;
}

/** A resource of the host. Reading it leaves no receipt: let a tool show what has to be accounted for. */
export interface HostResource extends Shown {
  readonly resource: Resource;
  readonly read: (caller: Caller, exchange: Exchange) => Promise<Contents | InputRequiredResult>;
  /** Calls back when it changed, until the answer is called. A resource without it can't be subscribed to. */
  readonly watch?: (changed: () => void) => () => void;
}

/** Resources of the host by a template of RFC 6570. */
export interface HostTemplate extends Shown {
  readonly template: ResourceTemplateType;
  /** `undefined` for what is not there. */
  readonly read: (uri: string, variables: Variables, caller: Caller) => Promise<Contents | undefined>;
}

/** A prompt of the host. */
export interface HostPrompt extends Shown {
  readonly prompt: Prompt;
  /** What can stand for an argument, where it is known. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  readonly write: (
    given: Readonly<Record<string, string>>,
    caller: Caller,
    exchange: Exchange,
  ) => Promise<GetPromptResult | InputRequiredResult>;
}

/** A read that was approved, is recorded, and was looked up. */
export interface ApprovedRead {
  readonly caller: Caller;
  readonly asked: Asked;
  readonly result: unknown;
  readonly receipt: ReceiptPlace | undefined;
  readonly exchange: Exchange;
}

/** How a host answers one action of a pack. */
export interface HostAnswer {
  /** What the client has to be able to: one that can't gets the protocol's error, and nothing is asked. */
  readonly needs?: ClientCapabilities;
  /** The arguments as JSON Schema, in the place of what is derived from the action, where a tool has this action alone. */
  readonly inputSchema?: Tool['inputSchema'];
  /** The content of the result, before the words of the door; or what the client is asked for first. */
  readonly answer: (read: ApprovedRead) => Promise<Content | InputRequiredResult>;
}

/** What a host adds. What has the name or the URI of something of the door's is left out. */
export interface HostOffers {
  readonly resources?: readonly HostResource[];
  readonly templates?: readonly HostTemplate[];
  readonly prompts?: readonly HostPrompt[];
  /** By action. An action that is no read is never answered by a host. */
  readonly answers?: Readonly<Record<string, HostAnswer>>;
}

const OWN_URI = /^(receipt|incident|schema|ledger|policy|bundle):/i;

/** The resources of the host that a caller sees. */
export const hostResources = ({ resources = [] }: HostOffers, caller: Caller): readonly HostResource[] =>
  resources.filter(({ resource, visible }) => !OWN_URI.test(resource.uri) && visible(caller));

/** The templates of the host that a caller sees. */
export const hostTemplates = ({ templates = [] }: HostOffers, caller: Caller): readonly HostTemplate[] =>
  templates.filter(({ template, visible }) => !OWN_URI.test(template.uriTemplate) && visible(caller));

/** The prompts of the host that a caller sees. */
export const hostPrompts = (
  { prompts = [] }: HostOffers,
  caller: Caller,
  taken: (name: string) => boolean,
): readonly HostPrompt[] => prompts.filter(({ prompt, visible }) => !taken(prompt.name) && visible(caller));

/** What a host has at a URI for a caller; `undefined` where there is nothing. */
export const readHost = async (
  offers: HostOffers,
  caller: Caller,
  uri: string,
  exchange: Exchange,
): Promise<ReadResourceResult | InputRequiredResult | undefined> => {
  const found = hostResources(offers, caller).find(({ resource }) => resource.uri === uri);
  if (found !== undefined) {
    const contents = await found.read(caller, exchange);
    return isInputRequiredResult(contents) ? contents : { contents };
  }
  for (const { template, read } of hostTemplates(offers, caller)) {
    const variables = new UriTemplate(template.uriTemplate).match(uri);
    const contents = variables === null ? undefined : await read(uri, variables, caller);
    if (contents !== undefined) return { contents };
  }
  return undefined;
};

/** How the host answers an action of a tool; `undefined` where it does not, or may not. */
export const hostAnswer = (
  { answers = {} }: HostOffers,
  { actions }: Pick<VisibleTool, 'actions'>,
  asked: string,
): HostAnswer | undefined =>
  actions.some(({ action, effect }) => action === asked && effect === 'read') && Object.hasOwn(answers, asked)
    ? answers[asked]
    : undefined;

/** `resources/read`: every right is looked at again, at each read. */
import { type InputRequiredResult, type ReadResourceResult, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { noticeOf } from '@tai-autonomics/core/engine';
import type { VisibleTool } from '@tai-autonomics/governor';
import { envelopeSchema } from '../answer/envelope-schema.ts';
import type { Exchange } from '../exchange.ts';
import { hostResources, readHost } from '../host-offers.ts';
import { type Found, notNow, offers, type Reader, read, toolsOf } from '../recorded-read.ts';
import { outputSchemaOf } from '../tools/tool-description.ts';
import { HEAD, type Named, POLICY, parseUri } from './resource-uri.ts';

/** Receipts of an incident that are shown at once; `next` says where to go on with the tool. */
const RECEIPTS_MAX = 100;

/** Reads a resource. What is not there, is somebody else's or is hidden gets the one answer of what never was. */
export const readResource = async (
  reader: Reader,
  uri: string,
  exchange: Exchange,
): Promise<ReadResourceResult | InputRequiredResult> => {
  const named = parseUri(uri);
  if (named === undefined) {
    const hosted = await readHost(reader.offers, reader.caller, uri, exchange);
    if (hosted !== undefined) return hosted;
  }
  const tools = named === undefined ? [] : await toolsOf(reader);
  const found = named === undefined || tools.length === 0 ? undefined : await look(reader, tools, named);
  if (found === undefined) throw new ResourceNotFoundError(uri);
  const { receipt } = found;
  const meta = {
    ...markOf(reader),
    ...(receipt === undefined
      ? {}
      : { 'tai-autonomics/receipt': { origin: receipt.origin, seq: receipt.seq, leaf: receipt.leaf } }),
  };
  return {
    contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(found.result) }],
    ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }),
  };
};

/** Whether the caller may hear of changes of a resource. A receipt does not change. */
export const maySubscribe = async (reader: Reader, uri: string): Promise<boolean> =>
  uri === HEAD || uri === POLICY
    ? (await toolsOf(reader)).length > 0
    : hostResources(reader.offers, reader.caller).some((one) => one.resource.uri === uri && one.watch !== undefined);

/** Tells whoever may hear of it now; where that can't be told, nobody hears. */
export const toWhomMay =
  (reader: Reader, updated: (uri: string) => void): ((uri: string) => void) =>
  (uri) =>
    void maySubscribe(reader, uri).then(
      (may) => {
        if (may) updated(uri);
      },
      () => {},
    );

/** The mark of an evaluation, for `_meta`. */
const markOf = ({ governor: { mode } }: Reader): Readonly<Record<string, string>> => {
  const { notice } = noticeOf(mode);
  return notice === undefined ? {} : { 'tai-autonomics/notice': notice };
};

type Looked = Omit<Found, 'receipt'> & Partial<Pick<Found, 'receipt'>>;

const look = async (reader: Reader, tools: readonly VisibleTool[], named: Named): Promise<Looked | undefined> => {
  switch (named.kind) {
    case 'head':
      return headOf(reader);
    case 'policy':
      return policyOf(reader, tools);
    case 'envelope':
      return { result: envelopeSchema };
    case 'schema': {
      const tool = tools.find((one) => one.tool === named.tool);
      return tool === undefined ? undefined : { result: outputSchemaOf(tool) };
    }
    case 'receipt':
      return offers(tools, 'show_receipt') ? read(reader, 'show_receipt', { seq: named.seq }) : undefined;
    case 'incident': {
      const { incident } = named;
      if (!offers(tools, 'list_receipts')) return undefined;
      return read(reader, 'list_receipts', { incident, limit: RECEIPTS_MAX });
    }
  }
};

const headOf = async ({ governor, caller }: Reader): Promise<Looked | undefined> => {
  const head = await governor.head(caller.tenant);
  if (head._tag === 'Left') throw notNow(head.left);
  return head.right === undefined ? undefined : { result: head.right };
};

const policyOf = async ({ governor, caller }: Reader, tools: readonly VisibleTool[]): Promise<Looked | undefined> => {
  const status = await governor.status(caller.tenant);
  if (status._tag === 'Left') throw notNow(status.left);
  if (status.right === undefined) return undefined;
  const { catalog, semantics } = status.right;
  return {
    result: {
      catalog,
      semantics,
      packs: [...new Set(tools.map(({ pack }) => pack))].sort(),
      tools: tools.map(({ tool, pack, title, actions }) => ({
        tool,
        pack,
        title,
        actions: actions.map(({ action, means, effect }) => ({ action, means, effect })),
      })),
    },
  };
};

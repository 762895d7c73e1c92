/** `resources/list` and `resources/templates/list`: what the caller can read. */
import type { ListResourcesResult, Resource, ResourceTemplateType } from '@modelcontextprotocol/server';
import { quoted } from '../answer/quoted.ts';
import { type Bound, cursorOf, PAGE_SIZE, placeIn } from '../cursor.ts';
import { hostResources, hostTemplates } from '../host-offers.ts';
import { notNow, offers, type Reader, read, toolsOf } from '../recorded-read.ts';
import { ENVELOPE, HEAD, POLICY, receiptUri } from './resource-uri.ts';

/** How many places of the ledger the list goes back. Older receipts are read by their place, or found with a tool. */
const PLACES_LISTED = 1_000;
const JSON_TYPE = 'application/json';

/** A resource that is there as long as the caller has a tool. */
const FIXED: readonly Resource[] = [
  {
    uri: HEAD,
    name: 'ledger head',
    title: 'The end of your ledger',
    description: 'Its name, its number of receipts and the hash of the last one. Subscribe to hear of new receipts.',
    mimeType: JSON_TYPE,
  },
  {
    uri: POLICY,
    name: 'active policy',
    title: 'What decides now',
    description: 'The digest of the catalog that decides, your packs, and what each of your tools can do.',
    mimeType: JSON_TYPE,
  },
  {
    uri: ENVELOPE,
    name: 'envelope',
    title: 'What every tool answers',
    description: 'The JSON Schema of the structured content of every result, approved or refused.',
    mimeType: 'application/schema+json',
  },
];

const SCHEMA_TEMPLATE: ResourceTemplateType = {
  uriTemplate: 'schema://{tool}',
  name: 'schema of a tool',
  description: 'The JSON Schema of what one tool answers, with its result after a success.',
  mimeType: 'application/schema+json',
};
const RECEIPT_TEMPLATE: ResourceTemplateType = {
  uriTemplate: 'receipt://{seq}',
  name: 'receipt',
  description: 'One receipt of your ledger by its place, with what it discloses to you. Reading it is recorded.',
  mimeType: JSON_TYPE,
};
const INCIDENT_TEMPLATE: ResourceTemplateType = {
  uriTemplate: 'incident://{incident}',
  name: 'incident',
  description: 'The receipts that name an incident, the oldest first. Reading them is recorded.',
  mimeType: JSON_TYPE,
};

/** The templates of what the caller can read now. */
export const templatesOf = async (reader: Reader): Promise<readonly ResourceTemplateType[]> => {
  const tools = await toolsOf(reader);
  return [
    ...(offers(tools, 'list_receipts') ? [INCIDENT_TEMPLATE] : []),
    ...(offers(tools, 'show_receipt') ? [RECEIPT_TEMPLATE] : []),
    ...(tools.length > 0 ? [SCHEMA_TEMPLATE] : []),
    ...hostTemplates(reader.offers, reader.caller).map(({ template }) => template),
  ];
};

/**
 * What can be read: what is always there, then the receipts that the caller may see, the newest first. Listing receipts is
 * recorded, as it is with the tool that does the same.
 */
export const listResources = async (reader: Reader, cursor: string | undefined): Promise<ListResourcesResult> => {
  const bound: Bound = { caller: reader.caller, list: 'resources' };
  const place = cursor === undefined ? undefined : await placeIn(bound, cursor);
  const tools = await toolsOf(reader);
  const hosted = hostResources(reader.offers, reader.caller).map(({ resource }) => resource);
  if (tools.length === 0) return { resources: hosted };
  const fixed = place === undefined ? [...FIXED, ...hosted] : [];
  if (!offers(tools, 'list_receipts') || !offers(tools, 'show_receipt')) return { resources: [...fixed] };
  const [before = 0, floor = 0] = place === undefined ? await newest(reader) : place.split('-').map(Number);
  const from = Math.max(floor, before - PAGE_SIZE);
  const found = await read(reader, 'list_receipts', { cursor: from, limit: PAGE_SIZE });
  const receipts = linesIn(found?.result)
    .filter(({ seq }) => seq < before)
    .map(resourceOf)
    .reverse();
  const resources = [...fixed, ...receipts];
  return from > floor ? { resources, nextCursor: await cursorOf(bound, `${from}-${floor}`) } : { resources };
};

/** Where a list begins, and how far back it goes. What is recorded while it is listed is not on it. */
const newest = async ({ governor, caller }: Reader): Promise<readonly number[]> => {
  const head = await governor.head(caller.tenant);
  if (head._tag === 'Left') throw notNow(head.left);
  const size = head.right?.size ?? 0;
  return [size, Math.max(0, size - PLACES_LISTED)];
};

interface Line {
  readonly seq: number;
  readonly at: string;
  readonly event: string;
  readonly action?: string;
  readonly resource?: string;
  readonly codes?: readonly string[];
}

/** The lines of `list_receipts`. */
const linesIn = (result: unknown): readonly Line[] =>
  (result as { readonly receipts?: readonly Line[] }).receipts ?? [];

const resourceOf = ({ seq, at, event, action, resource, codes = [] }: Line): Resource => ({
  uri: receiptUri(seq),
  name: `receipt ${seq}`,
  title: `Receipt ${seq}: ${event}`,
  description: [
    at,
    ...(action === undefined ? [] : [`${action} about ${quoted(resource)}`]),
    ...(codes.length === 0 ? [] : [codes.join(', ')]),
  ].join('; '),
  mimeType: JSON_TYPE,
});

/** What a tenant's ledger says: its receipts, one of them, its proof, a bundle, an incident, and what waits for an approver. */

import { nameFault, noticeOf, parseInstant } from '@tai-autonomics/core/engine';
import { callerOf, INCIDENT_ID } from '@tai-autonomics/governor/door';
import type { AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import { answerWith, jsonResponse } from '../answer/answer.ts';
import { problemResponse } from '../answer/problem.ts';
import { type Route, tenantRoute } from '../interface/route.ts';
import type { Door, ExportStreams } from '../options.ts';
import { fromBase64 } from '../request/bytes.ts';
import { nameShape, optional, type Shape, type Shapes, textShape } from '../schema/shape.ts';
import { exportBytes, exportsFull } from './export-answer.ts';
import type { Reading } from './open-streams.ts';
import { type Found, foundResponse, READ_PROBLEMS, readRecorded } from './recorded-read.ts';

const whole = (description: string): Shape =>
  textShape('a whole number of at most 15 digits', /^\d{1,15}$/, description);
const words = (description: string): Shape =>
  textShape(
    'at most 32 names of a-z, 0-9, _, / and -, with commas',
    /^[a-z0-9_/-]{1,64}(?:,[a-z0-9_/-]{1,64}){0,31}$/,
    description,
  );
const instant = (description: string): Shape =>
  textShape(
    'an instant such as 2026-11-21T08:00:00Z',
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
    description,
  );
const INCIDENT = textShape('1 to 128 letters, digits and _.:-', INCIDENT_ID, 'the incident');

const SEQ: Shapes = { seq: whole('the place of a receipt') };
const PERIOD: Shapes = {
  since: optional(instant('the first instant that is in')),
  until: optional(instant('the first instant that is no longer in')),
};
const FILTER: Shapes = {
  actions: optional(words('only decisions about these actions, with commas')),
  codes: optional(words('only refusals with one of these codes, with commas')),
  events: optional(words('only these events, with commas')),
  ...PERIOD,
};
const PAGE: Shapes = {
  cursor: optional(whole('where to go on: `next` of the answer before')),
  limit: optional(whole('at most so many, 1 to 100; 20 where absent')),
};

/** The arguments that a query means: numbers are numbers, and lists are lists. */
const argumentsOf = (query: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(query).map(([name, text]) => [
      name,
      NUMBERS.has(name) ? Number(text) : LISTS.has(name) ? text.split(',') : text,
    ]),
  );
const NUMBERS = new Set(['cursor', 'limit', 'before']);
const LISTS = new Set(['actions', 'codes', 'events', 'withhold']);

/** `GET /v1/receipts`: the caller's own, or all for an owner and an auditor. */
export const listReceipts: Route = tenantRoute(
  {
    operationId: 'listReceipts',
    means: 'lists receipts',
    summary: 'Lists receipts of the tenant: the caller’s own, or all for an owner and an auditor. Recorded',
    query: { ...FILTER, incident: optional(INCIDENT), ...PAGE },
    success: { status: 200, means: 'the oldest first', body: { json: ['Receipts'] } },
    stepUp: 'Decided',
    problems: READ_PROBLEMS,
  },
  async (door, credential, { request, query }) => {
    const found = await readRecorded(door, credential, request, 'list_receipts', argumentsOf(query));
    return found instanceof Response ? found : foundResponse(door, found);
  },
);

/** `GET /v1/receipts/{seq}`: byte for byte, with what it discloses to the caller. */
export const showReceipt: Route = tenantRoute(
  {
    operationId: 'showReceipt',
    means: 'shows one receipt',
    summary: 'Shows a receipt byte for byte, with what it discloses to the caller. Recorded',
    path: SEQ,
    success: { status: 200, means: 'the receipt', body: { json: ['ShownReceipt'] } },
    stepUp: 'Decided',
    problems: READ_PROBLEMS,
  },
  async (door, credential, { request, path }) => {
    const found = await readRecorded(door, credential, request, 'show_receipt', { seq: Number(path['seq']) });
    if (found instanceof Response) return found;
    // `receipt` is the text of the one that was asked for: the one of this read has another name here alone.
    return jsonResponse({ ...noticeOf(door.governor.mode), ...found.result, read: found.receipt });
  },
);

/** `GET /v1/receipts/{seq}/proof`: a `.tlog-proof` file, byte for byte (C2SP tlog-proof). Signs a checkpoint. */
export const proveReceipt: Route = tenantRoute(
  {
    operationId: 'proveReceipt',
    means: 'proves that a receipt is in the ledger',
    summary: 'Proves that a receipt is in the ledger, as a tlog-proof file under a checkpoint of now. Recorded',
    path: SEQ,
    success: { status: 200, means: 'a tlog-proof', body: 'text' },
    stepUp: 'Decided',
    problems: READ_PROBLEMS,
  },
  async (door, credential, { request, path }) => {
    const found = await readRecorded(door, credential, request, 'prove_receipt', { seq: Number(path['seq']) });
    if (found instanceof Response) return found;
    return answerWith('text', 200, String(found.result['proof']), {
      'content-disposition': `attachment; filename="receipt-${Number(path['seq'])}.tlog-proof"`,
    });
  },
);

/** `GET /v1/export`: a bundle that an auditor checks offline, as a gzipped tar file. */
export const exportReceipts: Route = tenantRoute(
  {
    operationId: 'exportReceipts',
    means: 'exports the ledger as a bundle',
    summary: 'Exports the ledger, a period or an incident as a bundle, for an owner and an auditor. Recorded',
    query: {
      ...PERIOD,
      incident: optional(INCIDENT),
      withhold: optional(words('disclosures to keep back, with commas: names, beginnings of names, or `subject`')),
    },
    success: { status: 200, means: 'a gzipped tar file', body: 'bundle' },
    stepUp: 'Decided',
    problems: READ_PROBLEMS,
  },
  async (door, credential, { request, query }) => {
    const full = door.exports === undefined ? undefined : exportsFull({ door, credential });
    if (full !== undefined) return problemResponse(full);
    const isStreamed = door.exports !== undefined && (await knowsForm(door, credential));
    const asked = { ...argumentsOf(query), ...(isStreamed ? { form: 'stream' } : {}) };
    const found = await readRecorded(door, credential, request, 'export_receipts', asked);
    if (found instanceof Response) return found;
    if (door.exports !== undefined && isStreamed)
      return streamed(door.exports, { door, request, credential, seesAll: true }, query, found);
    const bundle = fromBase64(String(found.result['bundle']));
    return answerWith('bundle', 200, bundle, {
      ...ATTACHED,
      'content-length': String(bundle.length),
    });
  },
);

const ATTACHED = { 'content-disposition': 'attachment; filename="receipts.tar.gz"' } as const;

/** A ledger whose catalog is older than streams has no such argument. */
const knowsForm = async ({ governor }: Door, credential: AuthenticatedTenant): Promise<boolean> => {
  const tools = await governor.tools(callerOf(credential));
  if (tools._tag === 'Left') return false;
  const exporting = tools.right.flatMap(({ actions }) => actions).find(({ action }) => action === 'export_receipts');
  return exporting !== undefined && Object.hasOwn(exporting.arguments, 'form');
};

const streamed = async (
  exports: ExportStreams,
  reading: Reading,
  { since, until, incident, withhold }: Readonly<Record<string, string>>,
  { receipt }: Found,
): Promise<Response> => {
  // Whoever asks for the head alone reads no bundle.
  if (reading.request.method === 'HEAD') return answerWith('bundle', 200, '', ATTACHED);
  const [from, to] = [since, until].map((text) => (text === undefined ? undefined : parseInstant(text)));
  const bundle = await exports.stream(reading.credential.tenant, {
    ...(from === undefined ? {} : { from: { at: from } }),
    ...(to === undefined ? {} : { to: { at: to } }),
    ...(incident === undefined ? {} : { incident }),
    ...(withhold === undefined ? {} : { withhold: withhold.split(',') }),
  });
  if (bundle._tag === 'Left')
    return problemResponse({
      problem: 'no_answer',
      detail: 'the read was recorded, and the bundle cannot be made',
      more: { receipt },
    });
  return answerWith('bundle', 200, exportBytes(reading, bundle.right), ATTACHED);
};

/** `GET /v1/incidents/{incident}`: the receipts that name it. */
export const showIncident: Route = tenantRoute(
  {
    operationId: 'showIncident',
    means: 'lists the receipts of an incident',
    summary: 'Lists the receipts that name an incident, the oldest first. Recorded',
    path: { incident: INCIDENT },
    query: PAGE,
    success: { status: 200, means: 'the oldest first', body: { json: ['Receipts'] } },
    stepUp: 'Decided',
    problems: READ_PROBLEMS,
  },
  async (door, credential, { request, path, query }) => {
    const asked = { ...argumentsOf(query), incident: path['incident'] };
    const found = await readRecorded(door, credential, request, 'list_receipts', asked);
    return found instanceof Response ? found : foundResponse(door, found);
  },
);

const LISTED: Shapes = {
  status: optional(
    textShape('open, closed or all', /^(?:open|closed|all)$/, 'which of them; the open ones where absent'),
  ),
  kind: optional(textShape('1 to 64 letters, digits and _.:-', /^[A-Za-z0-9_.:-]{1,64}$/, 'only of this kind')),
  resource: optional(nameShape('only about this resource')),
  after: optional(
    textShape('1 to 128 letters, digits and _.:-', INCIDENT_ID, 'where to go on: `next` of the answer before'),
  ),
  limit: optional(whole('at most so many, 1 to 100; 20 where absent')),
};

/** `GET /v1/incidents`: the open ones, by their ids. */
export const listIncidents: Route = tenantRoute(
  {
    operationId: 'listIncidents',
    means: 'lists incidents',
    summary: 'Lists incidents by their ids: the open ones, unless others are asked for. Recorded',
    query: LISTED,
    success: { status: 200, means: 'by their ids', body: { json: ['Incidents'] } },
    stepUp: 'Decided',
    problems: READ_PROBLEMS,
  },
  async (door, credential, { request, query: { resource = '*', ...query } }) => {
    const misnamed = resource === '*' ? undefined : nameFault(resource);
    if (misnamed !== undefined) return problemResponse({ problem: 'malformed', detail: `the resource: ${misnamed}` });
    const found = await readRecorded(door, credential, request, 'list_incidents', argumentsOf(query), resource);
    return found instanceof Response ? found : foundResponse(door, found);
  },
);

/** `GET /v1/approvals`: refusals that ask for an approval, each with what an approver posts to `/v1/actions`. */
export const listApprovals: Route = tenantRoute(
  {
    operationId: 'listApprovals',
    means: 'lists what waits for an approver',
    summary: 'Lists refusals that ask for an approval, the newest first; post one of `submit` to /v1/actions. Recorded',
    query: {
      before: optional(whole('where to go on: `next` of the answer before')),
      limit: optional(whole('1 to 100')),
    },
    success: { status: 200, means: 'the newest first', body: { json: ['Approvals'] } },
    stepUp: 'Decided',
    problems: READ_PROBLEMS,
  },
  async (door, credential, { request, query }) => {
    const found = await readRecorded(door, credential, request, 'pending_approvals', argumentsOf(query));
    return found instanceof Response ? found : foundResponse(door, found);
  },
);

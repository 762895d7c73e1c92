/** `POST /v1/actions`: an intent in, its decision out. A refusal is an answer (200), not a problem. */
import { nameFault, noticeOf } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type Asked, callerOf, INCIDENT_ID } from '@tai-autonomics/governor';
import type { JsonDocument } from '@tai-autonomics/governor/json';
import { decidedAnswer, decisionAnswer, jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, type Problem, problemResponse } from '../answer/problem.ts';
import type { Door } from '../options.ts';
import { authenticateTenant } from '../request/authentication.ts';
import { checkMediaType, readBody } from '../request/body.ts';
import { type Members, type Rule, readJson, readMembers } from '../request/members.ts';
import { traceOf } from '../request/trace-parent.ts';

const NAME = /^\P{Cc}{1,200}$/u;

const name: Rule = {
  expected: 'a string of 1 to 200 characters, none of them a control character',
  holds: (x) => typeof x === 'string' && NAME.test(x),
};

const RULES: Readonly<Record<string, Rule>> = {
  id: { ...name, isOptional: true },
  action: name,
  resource: name,
  arguments: { expected: 'an object', holds: isPlainObject, isOptional: true },
  // So that a next step's `submit` can be posted as it stands. What is not filled in is refused, with what to choose.
  choose: { expected: 'a list', holds: Array.isArray, isOptional: true },
  preview: { expected: 'true or false', holds: (x) => typeof x === 'boolean', isOptional: true },
  incident: {
    expected: 'a string of 1 to 128 letters, digits and _.:-',
    holds: (x) => typeof x === 'string' && INCIDENT_ID.test(x),
    isOptional: true,
  },
};

/** The header as the IETF draft writes it, a string in quotes, or as most clients do, bare. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])+)"$/;
const BARE = /^[!#-+\--~]+$/;

/** Decides, records and runs an intent of the key's subject; with `preview` decides it only. */
export const postAction = async (door: Door, request: Request): Promise<Response> => {
  const credential = await authenticateTenant(door, request);
  if (isProblem(credential)) return problemResponse(credential);
  const document = await readDocument(door, request);
  if (isProblem(document)) return problemResponse(document);
  const read = readAsked(document, request.headers);
  if (isProblem(read)) return problemResponse(read);
  const { mode } = door.governor;
  if (read.isPreview) {
    const preview = await door.governor.preview(callerOf(credential), read.asked);
    return preview._tag === 'Left'
      ? problemResponse(notDecidedProblem(preview.left))
      : jsonResponse({ preview: true, ...noticeOf(mode), ...decisionAnswer(preview.right) });
  }
  const submitted = await door.governor.submit(callerOf(credential), read.asked);
  return submitted.decided
    ? jsonResponse({ ...noticeOf(mode), ...decidedAnswer(submitted) })
    : problemResponse(notDecidedProblem(submitted));
};

const keyOf = (header: string): string | undefined => {
  const key = QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? BARE.exec(header)?.[0];
  return key !== undefined && NAME.test(key) ? key : undefined;
};

const keyProblem = (detail: string): Problem => ({ problem: 'malformed', detail });

/** The intent's id, from the header or the body; absent if neither has one. */
const idOf = (headers: Headers, members: Members): { readonly id?: string } | Problem => {
  const header = headers.get('idempotency-key');
  const id = members['id'] as string | undefined;
  if (header === null) return id === undefined ? {} : { id };
  const key = keyOf(header);
  if (key === undefined) return keyProblem('Idempotency-Key is one key of 1 to 200 printable characters');
  return id === undefined || id === key ? { id: key } : keyProblem('Idempotency-Key and `id` differ');
};

const readAsked = (document: JsonDocument, headers: Headers): { asked: Asked; isPreview: boolean } | Problem => {
  const members = readMembers(document, RULES);
  if (isProblem(members)) return members;
  const id = idOf(headers, members);
  if (isProblem(id)) return id;
  const { action, resource, arguments: args, incident, preview } = members;
  const misnamed = nameFault(resource);
  if (misnamed !== undefined) return { problem: 'malformed', detail: `the resource: ${misnamed}` };
  const asked: Asked = {
    ...id,
    action: action as string,
    resource: resource as string,
    ...(args === undefined ? {} : { arguments: args as Members }),
    ...(incident === undefined ? {} : { incident: incident as string }),
    ...traceOf(headers),
  };
  return { asked, isPreview: preview === true };
};

/** Reads a JSON body within the limits; 415, 411, 413 or 400 otherwise. */
const readDocument = async (door: Door, request: Request): Promise<JsonDocument | Problem> => {
  const unsupported = checkMediaType(request);
  if (unsupported !== undefined) return unsupported;
  const { bodyBytes, depth } = door.limits;
  const bytes = await readBody(request, bodyBytes);
  return isProblem(bytes) ? bytes : readJson(bytes, { maxBytes: bodyBytes, maxDepth: depth });
};

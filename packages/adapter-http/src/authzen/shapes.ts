/** What the AuthZEN routes take. */
import {
  flagShape,
  type Header,
  nameShape,
  objectShape,
  openShape,
  optional,
  type Shape,
  type Shapes,
} from '../schema/shape.ts';

const properties = (description: string): Shape => optional(objectShape(description));
const CLAIMS = 'claims of whoever asks: accepted, and not read';
const entity = (what: string, type: string, id: Shape): Shape =>
  openShape({ type: nameShape(type), id, properties: properties(CLAIMS) }, `an object with ${what}`);

const SUBJECT_TYPE = 'agent, user or service';
const RESOURCE_TYPE = 'the kind of the resource; `tenant` for `*`';
const TYPE_AND_ID = '`type` and `id`, names of 1 to 200 characters, and perhaps `properties`, an object';
const TYPE_ALONE = '`type`, a name of 1 to 200 characters, and perhaps `properties`, an object';

const subject = entity(TYPE_AND_ID, SUBJECT_TYPE, nameShape('its name'));
const resource = entity(TYPE_AND_ID, RESOURCE_TYPE, nameShape('its name'));
const action = openShape(
  { name: nameShape('an action, or an alias of one'), properties: properties('the action’s arguments') },
  'an object with `name`, a name of 1 to 200 characters, and perhaps `properties`, an object',
);
const context = optional(
  openShape(
    { record: optional(flagShape('true: the answer of an evaluation has a receipt of its own')) },
    'an object with perhaps `record`, true or false; its other members are claims, which are not read',
  ),
);
/** What is searched for: an id is ignored, whatever it is. */
const anyId = optional({ schema: {}, expected: 'anything', holds: () => true });
const page = optional(
  openShape(
    {
      token: optional({
        schema: { type: 'string', description: '`next_token` of the answer before' },
        expected: 'a string',
        holds: (x) => typeof x === 'string',
      }),
      limit: optional({
        schema: { type: 'integer', minimum: 0, description: 'at most so many results' },
        expected: 'a whole number',
        holds: (x) => Number.isSafeInteger(x) && (x as number) >= 0,
      }),
      properties: properties('not read'),
    },
    'an object with perhaps `token`, a string, and `limit`, a whole number from 0',
  ),
);

/** One question. */
export const QUESTION: Shapes = { subject, action, resource, context };

/** What each question of a list may leave out. */
export const DEFAULTS: Shapes = {
  subject: optional(subject),
  action: optional(action),
  resource: optional(resource),
  context,
};

/** What a search is given, by what it is for. */
export const SEARCHES: Readonly<Record<'subject' | 'resource' | 'action', Shapes>> = {
  subject: { subject: entity(TYPE_ALONE, SUBJECT_TYPE, anyId), action, resource, context, page },
  resource: { subject, action, resource: entity(TYPE_ALONE, RESOURCE_TYPE, anyId), context, page },
  action: { subject, resource, context, page },
};

/** What a request may call itself. */
export const REQUEST_ID: Header = {
  name: 'X-Request-ID',
  description: 'comes back in the answer as it is',
  schema: { type: 'string' },
};

/** Where a configuration says that signals go. */
import type { Issue } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { checkMembers, type Rule } from '@tai-autonomics/governor/json';
import { isDocumentUrl } from '@tai-autonomics/governor/remote';

/** Where signals are sent to. */
export interface WebhookPlace {
  /** Over https, or on this machine. */
  readonly url: string;
  /** The file of the secret, relative to the folder; made where it is absent. */
  readonly secret: string;
  /** Which signals; all where absent. */
  readonly signals?: readonly string[];
}

/** What is wrong with the member `webhooks` of a configuration. */
export const webhookIssues = (x: unknown): readonly Issue[] => {
  if (x === undefined) return [];
  if (!isPlainObject(x))
    return [{ path: ['webhooks'], expected: 'an object from name to webhook', found: 'something else' }];
  return Object.entries(x).flatMap(([name, place]) =>
    NAME.test(name)
      ? checkMembers(place, ['webhooks', name], RULES)
      : [{ path: ['webhooks', name], expected: 'a name of a-z, 0-9, _ and -', found: 'another name' }],
  );
};

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const RULES: Readonly<Record<keyof WebhookPlace, Rule>> = {
  url: {
    expected: 'an address that begins with https://',
    holds: (x) => typeof x === 'string' && isDocumentUrl(x) && URL.canParse(x) && new URL(x).username === '',
  },
  secret: { expected: 'a file', holds: (x) => typeof x === 'string' && x !== '' },
  signals: {
    expected: 'a list of signals',
    holds: (x) => Array.isArray(x) && x.every((signal) => typeof signal === 'string' && NAME.test(signal)),
    isOptional: true,
  },
};

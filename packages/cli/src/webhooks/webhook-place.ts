/** Where a configuration says that messages go. */
import type { Issue } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { checkMembers, type Rule } from '@tai-autonomics/governor/json';
import { isDocumentUrl } from '@tai-autonomics/governor/remote';
import { FORMS, type Form, TOLD, type Told } from './webhook-message.ts';
import { isAddressRange } from './webhook-post.ts';

/** Where messages are sent to. */
export interface WebhookPlace {
  /** Over https, or on this machine. */
  readonly url: string;
  /** The file of the secret, relative to the folder; made where it is absent. */
  readonly secret: string;
  /** What it is told of: signals where absent. */
  readonly tells?: Told;
  /** Which signals; all where absent. */
  readonly signals?: readonly string[];
  /** How: as Standard Webhooks has it where absent. */
  readonly form?: Form;
  /** Ranges of addresses that it may have beside public ones; the URL’s own if it names this machine. */
  readonly addresses?: readonly string[];
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
const oneOf = (words: readonly string[]): Rule => ({
  expected: `one of ${words.join(', ')}`,
  holds: (x) => words.some((word) => word === x),
});
const RULES: Readonly<Record<keyof WebhookPlace, Rule>> = {
  url: {
    expected: 'an address that begins with https://',
    holds: (x) => typeof x === 'string' && isDocumentUrl(x) && URL.canParse(x) && new URL(x).username === '',
  },
  secret: { expected: 'a file', holds: (x) => typeof x === 'string' && x !== '' },
  tells: { ...oneOf(TOLD), isOptional: true },
  form: { ...oneOf(FORMS), isOptional: true },
  addresses: {
    expected: 'a list of address ranges such as 10.1.0.0/16',
    holds: (x) => Array.isArray(x) && x.every((range) => typeof range === 'string' && isAddressRange(range)),
    isOptional: true,
  },
  signals: {
    expected: 'a list of signals',
    holds: (x) => Array.isArray(x) && x.every((signal) => typeof signal === 'string' && NAME.test(signal)),
    isOptional: true,
  },
};

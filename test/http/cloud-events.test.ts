/** CloudEvents 1.0.2: the specification's own cases, as vectors, and laws of the codec. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CloudEvent,
  EVENT_MODES,
  type EventMessage,
  readEvent,
  readMessage,
  writeEvent,
  writeMessage,
} from '@tai-autonomics/adapter-http/events';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { runs } from '../runs.ts';

const asStrings = ({ extensions = {}, ...event }: CloudEvent): unknown => ({
  ...event,
  extensions: Object.fromEntries(Object.entries(extensions).map(([name, value]) => [name, String(value)])),
});
const withType = (event: CloudEvent): CloudEvent =>
  event.data?.form === 'json' ? { ...event, datacontenttype: event.datacontenttype ?? 'application/json' } : event;

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

const LIMITS = { maxBytes: 65_536, maxDepth: 32 };

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
}
interface Vector {
  readonly message: Sent;
  readonly events?: readonly unknown[];
  readonly refused?: string;
  /** The same event in binary mode. */
  readonly binary?: Sent;
}

const folder = join(repository, 'test', 'vectors', 'cloud-events');
const vectors = readdirSync(folder).map(
  (file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector] as const,
);
const messageOf = ({ headers, body = '', bodyBase64 }: Sent): EventMessage => ({
  headers,
  body: new Uint8Array(bodyBase64 === undefined ? Buffer.from(body) : Buffer.from(bodyBase64, 'base64')),
});
const read = (message: EventMessage) => readMessage(message, LIMITS);

describe('a case of the specification', () => {
  test('there are as many as we hold', () => {
    expect(vectors).toHaveLength(37);
    expect(vectors.filter(([, { refused }]) => refused !== undefined).length).toBeGreaterThanOrEqual(16);
  });

  test.for(vectors)('%s', ([, { message, events, refused, binary }]) => {
    const got = read(messageOf(message));
    if (refused !== undefined) {
      expect(got).toEqual(E.left(refused));
      return;
    }
    const found = right(got);
    expect(found.map(writeEvent)).toEqual(events);
    const [first] = found;
    if (binary === undefined || first === undefined) return;
    const written = writeMessage('binary', [first]);
    expect({ headers: written.headers, body: Buffer.from(written.body) }).toEqual({
      headers: binary.headers,
      body: Buffer.from(messageOf(binary).body),
    });
    // Said or implied, the type of the data is the same; an attribute of a header is the string that it is written as.
    const again = right(read(messageOf(binary)));
    expect(again.map(asStrings)).toEqual([asStrings(withType(first))]);
  });
});

const text = fc.string({
  unit: fc.oneof(fc.constantFrom('"', '%', ' ', '\\', 'é', '😀'), fc.string({ minLength: 1, maxLength: 1 })),
  maxLength: 12,
});
const filled = text.filter((one) => one !== '');
/** Members of these names are refused in all that is signed or hashed. */
const isStrict = (value: unknown): boolean => !/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value));
const data: fc.Arbitrary<Partial<CloudEvent>> = fc.oneof(
  fc.constant({}),
  fc
    .jsonValue({ maxDepth: 3 })
    .filter(isStrict)
    .map((value) => ({
      datacontenttype: 'application/json',
      data: { form: 'json' as const, value: JSON.parse(JSON.stringify(value)) as unknown },
    })),
  filled.map((one) => ({ datacontenttype: 'text/plain', data: { form: 'text' as const, text: one } })),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => ({
    datacontenttype: 'application/octet-stream',
    data: { form: 'bytes' as const, bytes: new Uint8Array(bytes) },
  })),
);
const event: fc.Arbitrary<CloudEvent> = fc
  .tuple(filled, filled, text, data, fc.dictionary(fc.stringMatching(/^x[a-z0-9]{0,8}$/), text, { maxKeys: 3 }))
  .map(([id, type, subject, carried, more]) => ({
    id,
    source: '/made-up',
    type,
    ...(subject === '' ? {} : { subject }),
    ...(Object.keys(more).length === 0 ? {} : { extensions: { ...more } }),
    ...carried,
  }));

test.for(EVENT_MODES)('what was written is read again, whatever stands in it: %s', (mode) => {
  fc.assert(
    fc.property(event, (one) => {
      const message = writeMessage(mode, [one]);
      for (const value of Object.values(message.headers)) expect(value).toMatch(/^[!-~][ -~]*$|^$/);
      expect(right(read(message))).toEqual([one]);
    }),
    { numRuns: runs(1_000) },
  );
});

test('a hostile value is refused or read, and nothing is thrown; no sentence repeats it', () => {
  const hostile = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('planted-secret', { 'planted-secret-that-is-longer-than-a-name': 1.5 }),
  );
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.oneof(fc.constantFrom('id', 'source', 'type', 'specversion', 'data', 'time'), fc.string()),
        hostile,
      ),
      (json) => {
        const got = readEvent(json);
        if (E.isLeft(got)) expect(got.left).not.toContain('planted-secret');
      },
    ),
    { numRuns: runs(1_000) },
  );
});

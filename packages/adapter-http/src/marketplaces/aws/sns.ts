/**
 * Messages of Amazon SNS, by their signature (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html). A
 * message says itself where its certificate is: so the topic is looked at first, and nothing is asked that is not SNS’s own.
 */
import { createVerify, X509Certificate } from 'node:crypto';
import type { Ms } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { either as E } from 'fp-ts';

/** Asks an address of SNS, without following it elsewhere. Left: it cannot be had now. */
export type SnsFetch = (url: string) => Promise<E.Either<string, Uint8Array>>;

/** What a message is checked by. */
export interface SnsOptions {
  /** The topics whose messages count, by ARN; a message of any other is nobody’s. */
  readonly topics: readonly string[];
  readonly clock: () => Ms;
  readonly fetch?: SnsFetch;
}

/** A message that SNS signed. */
export type SnsMessage =
  | { readonly kind: 'notification'; readonly body: Uint8Array }
  /** The topic asks whether it may send: visiting the address says yes. */
  | { readonly kind: 'confirmation'; readonly url: string }
  | { readonly kind: 'unsubscribed' };

/** `forged` covers whatever is wrong with a message. `unavailable`: its certificate cannot be had now. */
export type SnsFault = 'forged' | 'unavailable';

/** Verifies messages of some topics. */
export interface SnsReader {
  read(bytes: Uint8Array): Promise<E.Either<SnsFault, SnsMessage>>;
  /** Confirms a subscription by its address, which `read` has checked. */
  confirm(url: string): Promise<E.Either<string, void>>;
}

/** A reader that keeps the certificates it has seen. */
export const snsReader = ({ topics, clock, fetch = snsFetch }: SnsOptions): SnsReader => {
  const certificates = new Map<string, X509Certificate>();
  let asked: readonly Ms[] = [];
  const certificateAt = async (url: string): Promise<E.Either<SnsFault, X509Certificate>> => {
    const known = certificates.get(url);
    if (known !== undefined) return E.right(known);
    // Anybody may send a message, and name a certificate that isn’t there.
    asked = asked.filter((at) => clock() - at < MINUTE_MS);
    if (asked.length >= ASKED_A_MINUTE_MAX) return E.left('unavailable');
    asked = [...asked, clock()];
    const pem = await fetch(url);
    if (E.isLeft(pem)) return E.left('unavailable');
    try {
      const certificate = new X509Certificate(pem.right);
      // SNS has one at a time in each region; more than these are somebody’s attempt.
      if (certificates.size >= CERTIFICATES_MAX) certificates.clear();
      certificates.set(url, certificate);
      return E.right(certificate);
    } catch {
      return E.left('forged');
    }
  };
  return {
    read: async (bytes) => {
      const members = membersOf(bytes);
      const region = members === undefined ? undefined : regionOf(members, topics);
      if (members === undefined || region === undefined) return E.left('forged');
      const text = textToSign(members);
      const hash = HASHES.get(members['SignatureVersion'] ?? '');
      const { SigningCertURL: url = '', Signature: signature = '' } = members;
      if (text === undefined || hash === undefined || !isCertificateUrl(url, region)) return E.left('forged');
      // However it is spelt, it is one certificate: a new spelling is no new question.
      const { origin, pathname } = new URL(url);
      const certificate = await certificateAt(`${origin}${pathname}`);
      if (E.isLeft(certificate)) return certificate;
      const { validFrom, validTo, publicKey } = certificate.right;
      const isCurrent = Date.parse(validFrom) <= clock() && clock() <= Date.parse(validTo);
      if (!isCurrent || !isSigned(hash, text, publicKey, signature)) return E.left('forged');
      return messageOf(members, region);
    },
    confirm: async (url) => E.map(() => undefined)(await fetch(url)),
  };
};

type Members = Readonly<Record<string, string>>;

const BYTES_MAX = 262_144 * 2;
const CERTIFICATES_MAX = 32;
const ASKED_A_MINUTE_MAX = 10;
const MINUTE_MS: Ms = 60_000;
const TIMEOUT_MS: Ms = 5_000;
const ANSWER_BYTES_MAX = 65_536;

const HASHES: ReadonlyMap<string, string> = new Map([
  ['1', 'RSA-SHA1'],
  ['2', 'RSA-SHA256'],
]);

const membersOf = (bytes: Uint8Array): Members | undefined => {
  const document = parseStrictJson(bytes, { comments: false, maxBytes: BYTES_MAX, maxDepth: 3 });
  if (E.isLeft(document) || !isPlainObject(document.right.value)) return undefined;
  const texts = Object.entries(document.right.value).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Members;
};

/** The region of a topic that counts. */
const regionOf = ({ TopicArn: topic = '' }: Members, topics: readonly string[]): string | undefined =>
  topics.includes(topic) ? /^arn:aws(?:-[a-z-]+)?:sns:([a-z0-9-]{1,40}):\d{12}:/.exec(topic)?.[1] : undefined;

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/** Each member on a line of its own under its name. Only a subject may be missing. */
const textToSign = (members: Members): string | undefined => {
  const { Type: type } = members;
  const isConfirmation = type === 'SubscriptionConfirmation' || type === 'UnsubscribeConfirmation';
  if (type !== 'Notification' && !isConfirmation) return undefined;
  const names = (isConfirmation ? CONFIRMATION : NOTIFICATION).filter(
    (name) => name !== 'Subject' || Object.hasOwn(members, name),
  );
  if (!names.every((name) => Object.hasOwn(members, name))) return undefined;
  return names.map((name) => `${name}\n${members[name]}\n`).join('');
};

const urlAt = (text: string, region: string): URL | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSns = url?.hostname === `sns.${region}.amazonaws.com` || url?.hostname === `sns.${region}.amazonaws.com.cn`;
  return isSns &&
    url.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    url.port === '' &&
    url.hash === ''
    ? url
    : undefined;
};

const isCertificateUrl = (text: string, region: string): boolean => {
  const url = urlAt(text, region);
  return (
    url !== undefined && url.search === '' && /^\/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem$/.test(url.pathname)
  );
};

const isSigned = (hash: string, text: string, key: X509Certificate['publicKey'], signature: string): boolean => {
  try {
    return (
      /^[A-Za-z0-9+/]+={0,2}$/.test(signature) &&
      createVerify(hash).update(text, 'utf8').verify(key, signature, 'base64')
    );
  } catch {
    return false;
  }
};

const messageOf = (members: Members, region: string): E.Either<SnsFault, SnsMessage> => {
  const { Type: type, Message: message = '', SubscribeURL: url = '', TopicArn: topic } = members;
  if (type === 'Notification')
    return E.right({ kind: 'notification', body: new Uint8Array(Buffer.from(message, 'utf8')) });
  if (type === 'UnsubscribeConfirmation') return E.right({ kind: 'unsubscribed' });
  const parameters = urlAt(url, region)?.searchParams;
  const isConfirmation = parameters?.get('Action') === 'ConfirmSubscription' && parameters.get('TopicArn') === topic;
  return isConfirmation ? E.right({ kind: 'confirmation', url }) : E.left('forged');
};

const snsFetch: SnsFetch = async (url) => {
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) return E.left(`SNS answered ${answer.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of answer.body ?? []) {
      size += part.length;
      if (size > ANSWER_BYTES_MAX) return E.left('SNS answered too much');
      parts.push(part);
    }
    return E.right(Buffer.concat(parts));
  } catch {
    return E.left('SNS cannot be asked');
  }
};

/** Messages of SNS as vectors: good ones, and what a stranger would send. `test/vectors/marketplaces/sns` has them as files. */
import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ACCOUNT, PRODUCT } from './fake-aws.ts';

const folder = new URL('../vectors/marketplaces/sns/', import.meta.url);
export const CERTIFICATE: string = readFileSync(new URL('certificate.pem', folder), 'utf8');
const KEY = readFileSync(new URL('key.pem', folder), 'utf8');

export const TOPIC = `arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-${PRODUCT}`;
export const CERTIFICATE_URL =
  'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem';

/** What is expected: what a message is, or why it is none; and which addresses may be asked for it. */
export interface SnsCase {
  readonly is: 'notification' | 'confirmation' | 'forged';
  readonly message: Readonly<Record<string, unknown>>;
}

const INNER = { action: 'entitlement-updated', 'customer-identifier': ACCOUNT, 'product-code': PRODUCT };
const plain = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: TOPIC,
  Subject: 'My First Message',
  Message: JSON.stringify(INNER),
  Timestamp: '2026-11-21T08:00:00.123Z',
  SignatureVersion: '2',
  SigningCertURL: CERTIFICATE_URL,
};
const { Subject: _, ...withoutSubject } = plain;
const confirmation = {
  ...withoutSubject,
  Type: 'SubscriptionConfirmation',
  Token: '2336412f37',
  SubscribeURL: `https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=2336412f37`,
};

export const signed = (message: Readonly<Record<string, string>>): SnsCase['message'] => {
  const names =
    message['Type'] === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names
    .filter((name) => name in message)
    .map((name) => `${name}\n${message[name]}\n`)
    .join('');
  const hash = message['SignatureVersion'] === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return { ...message, Signature: createSign(hash).update(text).sign(KEY, 'base64') };
};

const forged = (message: SnsCase['message']): SnsCase => ({ is: 'forged', message });
const at = (SigningCertURL: string): SnsCase => forged(signed({ ...plain, SigningCertURL }));

export const snsCases: Readonly<Record<string, SnsCase>> = {
  'notification-version-2': { is: 'notification', message: signed(plain) },
  'notification-version-1': { is: 'notification', message: signed({ ...plain, SignatureVersion: '1' }) },
  'notification-without-subject': { is: 'notification', message: signed(withoutSubject) },
  'confirmation-of-a-subscription': { is: 'confirmation', message: signed(confirmation) },
  'message-changed': forged({ ...signed(plain), Message: '{"action":"subscribe-success"}' }),
  'subject-added': forged({ ...signed(withoutSubject), Subject: 'x' }),
  'subject-taken-away': forged(
    Object.fromEntries(Object.entries(signed(plain)).filter(([name]) => name !== 'Subject')),
  ),
  'signature-missing': forged(plain),
  'signature-empty': forged({ ...plain, Signature: '' }),
  'signature-version-3': forged({ ...signed(plain), SignatureVersion: '3' }),
  'signature-of-version-1-said-to-be-2': forged({
    ...signed({ ...plain, SignatureVersion: '1' }),
    SignatureVersion: '2',
  }),
  'topic-of-somebody-else': forged(
    signed({ ...plain, TopicArn: 'arn:aws:sns:us-east-1:666666666666:aws-mp-subscription-notification-x' }),
  ),
  'topic-is-a-list': forged({ ...signed(plain), TopicArn: [TOPIC] }),
  'type-unknown': forged({ ...signed(plain), Type: 'Notice' }),
  'certificate-at-another-host': at('https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem'),
  'certificate-at-a-bucket': at('https://evil.s3.amazonaws.com/SimpleNotificationService-a.pem'),
  'certificate-of-another-region': at('https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem'),
  'certificate-without-tls': at(CERTIFICATE_URL.replace('https', 'http')),
  'certificate-with-a-user': at(CERTIFICATE_URL.replace('https://', 'https://sns.us-east-1.amazonaws.com@')),
  'certificate-at-another-port': at(CERTIFICATE_URL.replace('.com/', '.com:8443/')),
  'certificate-at-another-path': at('https://sns.us-east-1.amazonaws.com/?Action=GetTopic.pem'),
  'certificate-behind-a-query': at(`${CERTIFICATE_URL}?x=1`),
  'certificate-on-this-machine': at('https://127.0.0.1/SimpleNotificationService-a.pem'),
  'certificate-of-metadata': at('http://169.254.169.254/latest/meta-data/'),
  'confirmation-that-leads-elsewhere': forged(
    signed({ ...confirmation, SubscribeURL: 'https://evil.example/?Action=ConfirmSubscription' }),
  ),
  'confirmation-of-another-action': forged(
    signed({
      ...confirmation,
      SubscribeURL: `https://sns.us-east-1.amazonaws.com/?Action=DeleteTopic&TopicArn=${TOPIC}`,
    }),
  ),
  'confirmation-of-another-topic': forged(
    signed({
      ...confirmation,
      SubscribeURL: 'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x',
    }),
  ),
};

/**
 * The manifest for supply-chain tools: an in-toto Statement v1 in a DSSE v1 envelope (github.com/secure-systems-lab/dsse),
 * signed with the same export key as the manifest's note.
 */
import { either as E } from 'fp-ts';
import type { Manifest } from '../bundle/manifest.ts';
import { ascii, concatBytes, decodeBase64, encodeBase64, encodeHex, encodeUtf8 } from '../encoding/bytes.ts';
import { canonicalize, parseCanonical } from '../encoding/canonical.ts';
import type { Ed25519 } from '../encoding/crypto.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import { isPlainObject, type Json, type SchemaPart } from '../encoding/json.ts';

/** Media type of an in-toto Statement. */
export const IN_TOTO_TYPE = 'application/vnd.in-toto+json';

const MAX_SIGNATURES = 16;

/** The statement in a bundle's `manifest.dsse.json`, once its payload is decoded, as JSON Schema 2020-12. */
export const MANIFEST_STATEMENT_SCHEMA: SchemaPart = {
  type: 'object',
  properties: {
    _type: { const: 'https://in-toto.io/Statement/v1' },
    subject: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          digest: {
            type: 'object',
            properties: { sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
            required: ['sha256'],
            additionalProperties: false,
          },
        },
        required: ['name', 'digest'],
        additionalProperties: false,
      },
    },
    predicateType: { const: 'urn:tai-autonomics:evidence-bundle:1' },
    predicate: {
      type: 'object',
      properties: { origin: { type: 'string' } },
      required: ['origin'],
      additionalProperties: false,
    },
  },
  required: ['_type', 'subject', 'predicateType', 'predicate'],
  additionalProperties: false,
};

/** DSSE's pre-authentication encoding: the bytes that get signed. Lengths make type and body impossible to shift. */
export const preAuthEncoding = (payloadType: string, payload: Uint8Array): Uint8Array => {
  const type = encodeUtf8(payloadType) ?? new Uint8Array(0);
  return concatBytes(ascii(`DSSEv1 ${type.length} `), type, ascii(` ${payload.length} `), payload);
};

/** The in-toto Statement of a manifest, as canonical JSON bytes: every file of the bundle is a subject. */
export const manifestStatement = (manifest: Manifest): Uint8Array => {
  const statement: Json = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: manifest.entries.map((entry) => ({ name: entry.path, digest: { sha256: encodeHex(entry.sha256) } })),
    predicateType: 'urn:tai-autonomics:evidence-bundle:1',
    predicate: { origin: manifest.origin },
  };
  const text = canonicalize(statement);
  return E.isRight(text) ? (encodeUtf8(text.right) ?? new Uint8Array(0)) : new Uint8Array(0);
};

/** A DSSE envelope as canonical JSON. `keyid` is a hint that nothing authenticates. */
export const formatEnvelope = (
  payloadType: string,
  payload: Uint8Array,
  signatures: readonly { readonly keyid: string; readonly sig: Uint8Array }[],
): E.Either<FormatIssue, string> =>
  canonicalize({
    payload: encodeBase64(payload),
    payloadType,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: encodeBase64(sig) })),
  });

/**
 * The payload of an envelope if a signature in it is by this key. The bytes that were verified are returned, and only they
 * may be parsed. The envelope must be canonical JSON, which is narrower than DSSE; `keyid` is ignored.
 */
export const verifyEnvelope = (
  ed25519: Ed25519,
  publicKey: Uint8Array,
  payloadType: string,
  envelope: string,
): E.Either<FormatIssue, Uint8Array> => {
  const bytes = encodeUtf8(envelope);
  if (bytes === undefined || envelope.length > 2_000_000) return issue([], 'a DSSE envelope', envelope);
  const json = parseCanonical(bytes);
  if (E.isLeft(json)) return json;
  if (!isPlainObject(json.right)) return issue([], 'a DSSE envelope', json.right);
  const { payload, payloadType: type, signatures } = json.right as Readonly<Record<string, unknown>>;
  if (type !== payloadType) return issue(['payloadType'], payloadType, type);
  const body = typeof payload === 'string' ? decodeBase64(payload) : undefined;
  if (body === undefined) return issue(['payload'], 'base64', payload);
  const lines = signaturesOf(signatures);
  if (lines === undefined) return issue(['signatures'], `1 to ${MAX_SIGNATURES} signatures`, signatures);
  const message = preAuthEncoding(payloadType, body);
  return lines.some((signature) => ed25519.verify(publicKey, message, signature))
    ? E.right(body)
    : issue(['signatures'], 'a good signature of the key', 'none');
};

const signaturesOf = (json: unknown): readonly Uint8Array[] | undefined => {
  if (!Array.isArray(json) || json.length === 0 || json.length > MAX_SIGNATURES) return undefined;
  const signatures: Uint8Array[] = [];
  for (const entry of json as readonly unknown[]) {
    const sig = isPlainObject(entry) ? entry['sig'] : undefined;
    const bytes = typeof sig === 'string' ? decodeBase64(sig) : undefined;
    if (bytes === undefined) return undefined;
    signatures.push(bytes);
  }
  return signatures;
};

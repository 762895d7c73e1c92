/**
 * Sessions of the page: an hour in the place of a key, in a cookie that no script reads. A session is looked up by its key each time,
 * so it ends with the key; nothing is kept here but a secret.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  type Clock,
  type Credential,
  type CredentialStore,
  hasExpired,
  type TenantCredential,
} from '@tai-autonomics/governor';

/** Makes and reads sessions. */
export interface Sessions {
  /** The `set-cookie` that begins a session of a key. */
  readonly begin: (credential: TenantCredential) => string;
  /** The `set-cookie` that ends one. */
  readonly end: string;
  /** Whose session a request carries. Rejects if the store of credentials can't answer. */
  readonly of: (request: Request) => Promise<TenantCredential | undefined>;
}

const HOUR_S = 3_600;
/** No other host can set it, and no script can read it. */
const NAME = '__Host-tai-approvals';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';
const TOKEN = /^([a-z0-9]{4,32})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;

/** Sessions under one secret, of 32 random bytes: another process with the same one takes them too. */
export const createSessions = (credentials: CredentialStore, secret: Uint8Array, clock: Clock): Sessions => {
  // The hash of the key is in it: where a key gets a new secret, its sessions end.
  const seal = (keyId: string, until: number, hash: string): Buffer =>
    createHmac('sha256', secret).update(`approvals/session\n${keyId}\n${until}\n${hash}`).digest();
  return {
    begin: ({ keyId, hash }) => {
      const until = clock() + HOUR_S * 1_000;
      const token = `${keyId}.${until}.${seal(keyId, until, hash).toString('base64url')}`;
      return `${NAME}=${token}; Max-Age=${HOUR_S}; ${ATTRIBUTES}`;
    },
    end: `${NAME}=; Max-Age=0; ${ATTRIBUTES}`,
    of: async (request) => {
      const [, keyId, end = '', mac = ''] = TOKEN.exec(cookieOf(request) ?? '') ?? [];
      const until = Number(end);
      if (keyId === undefined || !(clock() < until)) return undefined;
      const credential = await credentials.find(keyId);
      const given = Buffer.from(mac, 'base64url');
      const isSame = timingSafeEqual(given, seal(keyId, until, credential?.hash ?? ''));
      return isSame && credential?.keyId === keyId && mayApprove(credential, clock()) ? credential : undefined;
    },
  };
};

/** A session is a person's: nobody else can approve anything. */
export const mayApprove = (credential: Credential, at: number): credential is TenantCredential =>
  credential.tenant !== undefined &&
  credential.subject.type === 'user' &&
  credential.disabled !== true &&
  !hasExpired(credential, at);

/** The one cookie of this name; two are none. */
const cookieOf = (request: Request): string | undefined => {
  const all = (request.headers.get('cookie') ?? '').split(/; */).filter((one) => one.startsWith(`${NAME}=`));
  return all.length === 1 ? all[0]?.slice(NAME.length + 1) : undefined;
};

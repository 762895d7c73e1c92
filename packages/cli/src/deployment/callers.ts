/** Who calls the doors of a server, by the configuration that counts now. */
import type { CredentialStore } from '@tai-autonomics/governor';
import type { Verified } from '@tai-autonomics/governor/tokens';
import { type Authenticator, createAuthenticator, type IdentityConfig } from '@tai-autonomics/governor/tokens';

/** The callers of a server. */
export interface Callers {
  /** Knows them by what is configured now. It stays the same object until that changes. */
  readonly current: Authenticator;
  /** Notes the address of the socket that a request came over. */
  cameFrom(request: Request, address: string | undefined): void;
}

/** Each request is verified once for its limits and its door together; whoever asks again later, gets a new answer. */
export const createCallers = (
  credentials: CredentialStore,
  identity: () => IdentityConfig | undefined = () => undefined,
  say: (line: string) => void = () => {},
): Callers => {
  const peers = new WeakMap<Request, string>();
  const make = (known: IdentityConfig | undefined): Authenticator =>
    onceMore(
      createAuthenticator({
        credentials,
        ...(known === undefined ? {} : { identity: known }),
        peerOf: (request) => peers.get(request),
        onFault: (issuer, why) =>
          say(
            why === undefined
              ? `the keys of the issuer ${issuer} can be read again`
              : `the keys of the issuer ${issuer} cannot be read: ${why}; its tokens count for an hour by those that were read before`,
          ),
      }),
    );
  let known = identity();
  let current = make(known);
  return {
    get current() {
      if (identity() !== known) {
        known = identity();
        current = make(known);
      }
      return current;
    },
    cameFrom: (request, address) => {
      if (address !== undefined) peers.set(request, address);
    },
  };
};

/** The second who asks about a request gets the answer that the first one got; from then on it is asked anew. */
const onceMore = (authenticator: Authenticator): Authenticator => {
  const asked = new WeakMap<Request, Promise<Verified> | 'told'>();
  return {
    ...authenticator,
    of: (request, door) => {
      const before = asked.get(request);
      if (before === 'told') return authenticator.of(request, door);
      const verified = before ?? authenticator.of(request, door);
      asked.set(request, before === undefined ? verified : 'told');
      return verified;
    },
  };
};

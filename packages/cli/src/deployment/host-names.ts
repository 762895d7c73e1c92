/** Names under which the MCP door is reached, as options say them. */
import { either as E } from 'fp-ts';

/** Who is served without being named: this machine. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Under which names MCP is served, and to pages of which hosts; the left side names the option that is wrong. */
export const parseAllowed = (options: {
  readonly allowedHost?: string;
  readonly allowedOrigin?: string;
}): E.Either<string, { readonly allowedHosts: readonly string[]; readonly allowedOrigins: readonly string[] }> => {
  const allowedHosts = parseHostNames(options.allowedHost);
  if (E.isLeft(allowedHosts)) return E.left(`--allowed-host: ${allowedHosts.left}`);
  const allowedOrigins = parseHostNames(options.allowedOrigin);
  if (E.isLeft(allowedOrigins)) return E.left(`--allowed-origin: ${allowedOrigins.left}`);
  return E.right({ allowedHosts: allowedHosts.right, allowedOrigins: allowedOrigins.right });
};

/**
 * Reads host names with commas, and adds those of loopback. A name has no scheme, no port and no path: a request's `Host`
 * is compared without its port, and an `Origin` by its host. The form is the one that a URL gives back, so that nothing is
 * named that no request could match.
 */
const parseHostNames = (text: string | undefined): E.Either<string, readonly string[]> => {
  const named = text === undefined ? [] : text.split(',').map((name) => name.trim());
  const wrong = named.find((name) => !isHostName(name));
  return wrong === undefined
    ? E.right([...new Set([...LOOPBACK, ...named])])
    : E.left(
        `expected host names with commas, without scheme and port, as \`tai.example.com\`; found ${JSON.stringify(wrong)}`,
      );
};

const HOST_NAME = /^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/;

const isHostName = (name: string): boolean =>
  HOST_NAME.test(name) && URL.canParse(`http://${name}/`) && new URL(`http://${name}/`).host === name;

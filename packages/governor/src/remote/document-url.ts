/** A JSON document that somebody publishes over HTTPS, such as an insurer's certificate and revocation list. */
import { either as E } from 'fp-ts';
import type { DocumentSource } from '../assurance/insurance-monitor.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { readWithin } from '../json/bounded-body.ts';
import { parseJsonText } from '../local/json-file.ts';
import type { Ms } from '../ports.ts';

const BYTES_MAX = 1_048_576;
const TIMEOUT_MS = 10_000;
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?\//;

/** Whether a document may be asked for there: over HTTPS, or on this machine. */
export const isDocumentUrl = (url: string): boolean => url.startsWith('https://') || LOOPBACK.test(url);

/**
 * Asks for the document anew each time; follows no redirection. Left: it can't be reached, answers with another status than
 * 200, with more than a mebibyte, or with something else than JSON.
 */
export const documentUrl =
  (url: string, timeoutMs: Ms = TIMEOUT_MS): DocumentSource =>
  async () => {
    if (!isDocumentUrl(url)) return E.left('the address does not begin with https://');
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
      if (answer.status !== 200) return E.left(`${url} answered ${answer.status}`);
      const bytes = await readWithin(answer.body, BYTES_MAX);
      if (bytes === undefined) return E.left(`${url} answered with more than ${BYTES_MAX} bytes`);
      return E.mapLeft((why: string) => `the answer of ${url}: ${why}`)(parseJsonText(bytes));
    } catch (thrown) {
      return E.left(`${url} cannot be asked: ${messageOf(thrown)}`);
    }
  };

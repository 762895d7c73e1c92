/** Problem documents of what no door answers: as every answer of a door they are never stored, never guessed at and never framed. */

/** A problem before it is written. */
export interface WireProblem {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What every answer carries. */
export const SECURITY: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The problem as a response. */
export const problemResponse = (problem: WireProblem): Response => {
  const { body, headers } = writtenProblem(problem);
  return new Response(body, { status: problem.status, headers });
};

/** The problem as a body and its headers. */
export const writtenProblem = ({
  status,
  title,
  code,
  detail,
  headers,
}: WireProblem): { readonly body: string; readonly headers: Record<string, string> } => ({
  body: JSON.stringify({ type: `/problems/${code}`, title, status, code, detail }),
  headers: { ...SECURITY, 'content-type': 'application/problem+json', ...headers },
});

/** The problem as bytes of HTTP/1.1, after which the connection ends. */
export const rawProblem = (problem: WireProblem): string => {
  const { body, headers } = writtenProblem(problem);
  const all = { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${problem.title}`, ...lines, '', body].join('\r\n');
};

/** A problem as bytes of HTTP/1.1, where there is no response to write it to. After it the connection ends. */
import { type Problem, writeProblem } from '@tai-autonomics/adapter-http';

/** The whole answer. */
export const rawProblem = (problem: Problem): string => {
  const { status, title, headers, body } = writeProblem(problem);
  const all = { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${title}`, ...lines, '', body].join('\r\n');
};

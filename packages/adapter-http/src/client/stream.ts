/** Server-sent events, read from a response (HTML Living Standard, section 9.2), and opened again behind the last one when they break. */
import type { CloudEvent } from '../events/cloud-event.ts';
import { type ClientProblem, isProblem } from './client-problem.ts';

/** Pauses before a stream is opened again, until a receipt came; they double up to the second. */
const FIRST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 30_000;
/** More characters than this in one event are no receipt: the stream is broken. */
const EVENT_MAX = 4_194_304;

/** Events of a stream that goes on where it broke. Answers the problem for which it can't go on; nothing when it was stopped. */
export async function* readStream(
  open: (last: string | undefined) => Promise<Response | ClientProblem>,
  signal: AbortSignal | undefined,
): AsyncGenerator<CloudEvent, ClientProblem | undefined> {
  let last: string | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  while (signal?.aborted !== true) {
    const response = await open(last);
    if (isProblem(response)) {
      if (!isTransient(response)) return response;
    } else if (response.ok) {
      for await (const { id, data } of eventsIn(response, signal)) {
        if (data !== undefined) pauseMs = FIRST_PAUSE_MS;
        last = id ?? last;
        const event = data === undefined ? undefined : cloudEventOf(data);
        if (event !== undefined) yield event;
      }
    } else {
      await response.body?.cancel().catch(() => {});
      return { status: response.status, code: 'forbidden', detail: 'the door refuses the stream' };
    }
    await pause(Math.max(pauseMs, isProblem(response) ? (response.retryAfterMs ?? 0) : 0), signal);
    pauseMs = Math.min(MOST_PAUSE_MS, pauseMs * 2);
  }
  return undefined;
}

interface Sent {
  readonly id?: string;
  readonly data?: string;
}

/** The events of one response; a break ends them, like the end. */
async function* eventsIn(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Sent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let text = '';
  try {
    while (signal?.aborted !== true) {
      const read = await reader.read();
      if (read.done) return;
      text += read.value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        yield eventOf(text.slice(0, end));
        text = text.slice(end + 2);
      }
      if (text.length > EVENT_MAX) return;
    }
  } catch {
    // Broken: opened again by whoever reads.
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const eventOf = (block: string): Sent => {
  const fields = block.split('\n').map((line) => /^(id|data): ?(.*)$/.exec(line));
  const valuesOf = (name: string): readonly string[] =>
    fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []));
  const [id, data] = [valuesOf('id').at(-1), valuesOf('data')];
  return { ...(id === undefined ? {} : { id }), ...(data.length === 0 ? {} : { data: data.join('\n') }) };
};

/** The members of structured JSON, with the data under its form. What is no event is passed over. */
const cloudEventOf = (text: string): CloudEvent | undefined => {
  try {
    const { data, specversion, ...attributes } = JSON.parse(text) as Record<string, unknown>;
    return specversion === '1.0'
      ? ({ ...attributes, data: { form: 'json', value: data } } as unknown as CloudEvent)
      : undefined;
  } catch {
    return undefined;
  }
};

const isTransient = ({ status }: ClientProblem): boolean => status === 0 || status === 429 || status >= 500;

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
  });

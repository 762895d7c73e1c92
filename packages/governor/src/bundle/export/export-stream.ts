/** A bundle as a stream, made while it is read: a tar file of any size that lies nowhere. */
import { either as E } from 'fp-ts';
import { messageOf } from '../../bounds/bounded-text.ts';
import type { BundleSink } from '../archive/bundle-sink.ts';
import { formatTarHeader, TAR_BLOCK, TAR_BYTES_MAX, tarPadding } from '../archive/tar-header.ts';
import { exportBundle } from './export-bundle.ts';
import type { LedgerSource } from './export-survey.ts';
import type { Selection } from './selection.ts';
import { surveyBeside } from './survey-beside.ts';

/**
 * The bundle that `exportBundle` writes, as the bytes of a tar file. No more than a piece is made ahead of whoever reads, and
 * nothing before they begin; when they are gone the export ends. The first look over the ledger is another thread's. What goes wrong on the way breaks the stream off: half a bundle is never whole. `done` is told when it is over, with
 * the reason where it broke off.
 */
export const exportStream = (
  source: LedgerSource,
  selection: Selection,
  done: (why: string | undefined) => void = () => undefined,
): ReadableStream<Uint8Array> => {
  let parts: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        parts ??= begun(source, selection, done).getReader();
        const { value } = await parts.read();
        if (value === undefined) controller.close();
        else controller.enqueue(value);
      },
      cancel: async (why) => (parts === undefined ? done(GONE) : parts.cancel(why)),
    },
    { highWaterMark: 0 },
  );
};

const GONE = 'nobody reads it any more';

const begun = (
  source: LedgerSource,
  selection: Selection,
  done: (why: string | undefined) => void,
): ReadableStream<Uint8Array> => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, {
    highWaterMark: 0,
  });
  const writer = writable.getWriter();
  const gone = new AbortController();
  writer.closed.catch(() => gone.abort());
  const watch = { ...source.watch, isStopped: () => gone.signal.aborted || source.watch?.isStopped?.() === true };
  const surveyor = surveyBeside(gone.signal);
  void exportBundle({ ...source, watch }, selection, sinkOf(writer), surveyor).then(async (exported) => {
    if (E.isRight(exported)) return done(undefined);
    const why = gone.signal.aborted ? GONE : exported.left;
    await writer.abort(new Error(why)).catch(() => undefined);
    done(why);
  });
  return readable;
};

const sinkOf = (writer: WritableStreamDefaultWriter<Uint8Array>): BundleSink => {
  const put = async (bytes: Uint8Array): Promise<void> => {
    await writer.ready;
    await writer.write(bytes);
  };
  return {
    file: (path, size, chunks) =>
      attempt(async () => {
        if (size > TAR_BYTES_MAX) throw new Error(`${path} is too long for a tar file; export to a folder`);
        await put(formatTarHeader(path, size));
        let written = 0;
        for await (const chunk of chunks) {
          await put(chunk);
          written += chunk.length;
        }
        if (written !== size) throw new Error(`${path} has ${written} bytes, and ${size} were announced`);
        await put(new Uint8Array(tarPadding(size)));
      }),
    commit: () =>
      attempt(async () => {
        await put(new Uint8Array(2 * TAR_BLOCK));
        await writer.close();
      }),
    // There is nothing to leave behind: whoever read a part has a part.
    discard: async () => undefined,
  };
};

const attempt = async (act: () => Promise<void>): Promise<E.Either<string, void>> => {
  try {
    await act();
    return E.right(undefined);
  } catch (thrown) {
    return E.left(messageOf(thrown));
  }
};

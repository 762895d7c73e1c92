/** The shadow of a deployment: a second catalog, and the file in which it is written down where the two differ. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCatalog } from '@tai-autonomics/governor';
import type { ShadowDifference, ShadowOptions } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { readCatalog } from '../input/written-catalog.ts';
import { aspects, paintVerdict } from '../terminal/difference.ts';
import { complain, type Io } from '../terminal/io.ts';

/** A shadow whose differences are written to `DIR/shadow.jsonl`, one a line, and told as they come. */
export interface ShadowFile {
  readonly path: string;
  readonly shadow: ShadowOptions;
  close(): Promise<void>;
}

/** Reads the second catalog and opens the file. Left: one line for each thing that is wrong. */
export const openShadow = async (
  io: Io,
  dir: string,
  file: string,
): Promise<E.Either<readonly string[], ShadowFile>> => {
  const written = await readCatalog(io, file);
  if (E.isLeft(written)) return written;
  const under = loadCatalog(written.right.source);
  if (E.isLeft(under)) return E.left(under.left.map(written.right.line));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'shadow.jsonl');
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  stream.on('error', ({ message }) => complain(io, `${path}: ${message}; what the shadow says is not written down`));
  return E.right({
    path,
    shadow: {
      catalog: under.right,
      onDifference: (difference) => {
        if (stream.writable) stream.write(`${JSON.stringify(difference)}\n`);
        io.out(told(io, difference));
      },
    },
    close: () => new Promise((done) => (stream.destroyed ? done() : stream.end(() => done()))),
  });
};

const told = (io: Io, d: ShadowDifference): string => {
  const [before, after] = d.verdict;
  const verdict = after === undefined ? before : paintVerdict(io, [before, after]);
  const what = d.answer === 'not_decided' ? `${verdict}, not decided: ${d.why ?? ''}` : `${verdict} ${aspects(d)}`;
  return `shadow: ${d.tenant} receipt ${d.seq} ${d.action ?? ''}: ${what}${d.unread.length === 0 ? '' : ` (${d.unread.join(', ')} not read)`}\n`;
};

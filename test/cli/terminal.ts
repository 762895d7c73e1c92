/** A terminal without colours that remembers what was printed on it. */
import { type Io, plainPaint } from '@tai-autonomics/cli';

export interface Terminal {
  readonly io: Io;
  readonly out: () => string;
  readonly err: () => string;
  /** Both streams, as a person would see them. */
  readonly printed: () => string;
}

export const captureIo = (cwd: string): Terminal => {
  const [outs, errs, both]: [string[], string[], string[]] = [[], [], []];
  const into =
    (stream: string[]) =>
    (text: string): void => {
      stream.push(text);
      both.push(text);
    };
  const io: Io = { out: into(outs), err: into(errs), paint: plainPaint, interactive: false, cwd };
  return { io, out: () => outs.join(''), err: () => errs.join(''), printed: () => both.join('') };
};

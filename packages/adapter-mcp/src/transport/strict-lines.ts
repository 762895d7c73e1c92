/** Lines of a stream, each looked at before it goes on: one that is no message is answered here, and goes no further. */
import { Transform, type TransformCallback } from 'node:stream';
import { messageFault } from './strict-message.ts';

/** The most bytes of a line. */
const LINE_BYTES_MAX = 16_777_216;
const LINE_BREAK = 0x0a;

/** Passes on the lines that are messages; `answer` is told what is wrong with the others, a line of JSON each. */
export const strictLines = (answer: (line: string) => void): Transform => {
  let begun: Buffer[] = [];
  let size = 0;
  const refuse = (fault: object): void => answer(`${JSON.stringify(fault)}\n`);
  const take = (line: Buffer, stream: Transform): void => {
    const isEmpty = line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
    if (isEmpty) return;
    const fault = messageFault(line, LINE_BYTES_MAX);
    if (fault === undefined) stream.push(Buffer.concat([line, Buffer.from('\n')]));
    else refuse(fault);
  };
  const keep = (part: Buffer): void => {
    size += part.length;
    // Of a line that is too long no more is kept than tells so.
    if (size <= LINE_BYTES_MAX + 1 || begun.length === 0) begun.push(part);
  };
  return new Transform({
    transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback) {
      let from = 0;
      for (let at = chunk.indexOf(LINE_BREAK); at !== -1; at = chunk.indexOf(LINE_BREAK, from)) {
        keep(chunk.subarray(from, at));
        if (size > LINE_BYTES_MAX)
          refuse({
            jsonrpc: '2.0',
            id: null,
            error: { code: -32_700, message: `Parse error: a line of more than ${LINE_BYTES_MAX} bytes` },
          });
        else take(Buffer.concat(begun), this);
        [begun, size, from] = [[], 0, at + 1];
      }
      keep(chunk.subarray(from));
      done();
    },
  });
};

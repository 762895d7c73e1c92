/** The auditor's own text files: lines of words, comments (#) and blank lines between them. */
import { either as E } from 'fp-ts';
import { type FormatIssue, type FormatPath, issue } from '../encoding/format-issue.ts';

const MAX_LENGTH = 1_000_000;
const MAX_LINES = 1024;

/** A line that says something, and where it stands. */
export interface PolicyLine {
  readonly at: FormatPath;
  readonly words: readonly string[];
}

/**
 * The lines of a file, without comments and blank ones. At most 1024 lines, no control characters but tab and newline; a
 * carriage return before a newline, and a byte order mark at the beginning, as some editors write them, are read as nothing.
 */
export const parsePolicyLines = (written: string): E.Either<FormatIssue, readonly PolicyLine[]> => {
  const text = written.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the specification allows tab and newline alone
  if (text.length > MAX_LENGTH || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text))
    return issue([], 'a text of lines', text);
  const lines = text.split('\n');
  if (lines.length > MAX_LINES) return issue([], `at most ${MAX_LINES} lines`, lines.length);
  const read: PolicyLine[] = [];
  for (const [i, line] of lines.entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length > 0 && words[0]?.startsWith('#') !== true) read.push({ at: ['line', i + 1], words });
  }
  return E.right(read);
};

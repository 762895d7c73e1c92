/** A JSON document in a file that only its owner may change, such as the operator's insurance certificate. */
import { either as E } from 'fp-ts';
import type { DocumentSource } from '../assurance/insurance-monitor.ts';
import { changeableByOthers } from '../node/private-file.ts';
import { readJsonFile } from './json-file.ts';

/** Reads the file anew each time. Left: it is missing, can be changed by others, or is no JSON; the path is in what it says. */
export const documentFile =
  (path: string): DocumentSource =>
  async () => {
    const exposed = await changeableByOthers(path);
    if (exposed !== undefined) return E.left(exposed);
    const read = await readJsonFile(path);
    if (E.isLeft(read)) return E.left(`${path}: ${read.left}`);
    return read.right === undefined ? E.left(`${path}: there is no such file`) : read;
  };

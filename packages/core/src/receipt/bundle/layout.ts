/**
 * The files of an evidence bundle, by name. The names are a closed list: a path that is not on it is refused, so a bundle
 * can't name a file outside itself, whatever it is packed in.
 */
import { either as E } from 'fp-ts';
import { isDigestText, parseDecimal } from '../encoding/bytes.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';

/** One file of a bundle. */
export type BundleFile =
  /** `receipts.jsonl`: every receipt of a ledger, one a line; the newline is not part of the receipt. */
  | { readonly file: 'receipts' }
  /** `receipts/<seq>.json`: one receipt of a partial bundle, without a newline. */
  | { readonly file: 'receipt'; readonly seq: number }
  /** `proofs/<seq>.tlog-proof`. */
  | { readonly file: 'proof'; readonly seq: number }
  /** `disclosures/<seq>.json`: a canonical JSON list of disclosure texts. */
  | { readonly file: 'disclosures'; readonly seq: number }
  /** `checkpoint`: a signed note. */
  | { readonly file: 'checkpoint' }
  /** `handovers/<size>.checkpoint`: the first checkpoint behind a change of the ledger's key, signed by both keys. */
  | { readonly file: 'handover'; readonly size: number }
  /** `consistency/<old>-<new>.consistency`. */
  | { readonly file: 'consistency'; readonly oldSize: number; readonly size: number }
  /** `catalog/<digest>.json`: canonical JSON of a catalog as it was written. */
  | { readonly file: 'catalog'; readonly digest: string }
  /** `evidence/<digest>`: raw input that a receipt's evidence refers to. */
  | { readonly file: 'evidence'; readonly digest: string }
  /** `keys`: vkeys that the bundle says are the ledger's, one a line. A claim, never trust. */
  | { readonly file: 'keys' }
  /** `checkpoint.tsr`: an RFC 3161 token over the checkpoint's text. */
  | { readonly file: 'timestamp' }
  /** `manifest`: a signed note over the digests of all other files. */
  | { readonly file: 'manifest' }
  /** `manifest.dsse.json`: the same as an in-toto Statement in a DSSE envelope. */
  | { readonly file: 'manifest_dsse' }
  /** `README.md`: how to check the bundle. */
  | { readonly file: 'readme' };

/** Reads a path inside a bundle. Anything that is not the one spelling of a known file is refused: `..`, `./`, `//`, absolute, other names. */
export const parseBundlePath = (path: string): E.Either<FormatIssue, BundleFile> => {
  const slash = path.indexOf('/');
  const file =
    path.length > 128
      ? undefined
      : slash < 0
        ? SINGLE.get(path)
        : inFolder(path.slice(0, slash), path.slice(slash + 1));
  return file === undefined ? issue([], 'a file of an evidence bundle', path) : E.right(file);
};

/** The path of a file inside a bundle. */
export const formatBundlePath = (file: BundleFile): string => {
  switch (file.file) {
    case 'receipt':
      return `receipts/${file.seq}.json`;
    case 'proof':
      return `proofs/${file.seq}.tlog-proof`;
    case 'disclosures':
      return `disclosures/${file.seq}.json`;
    case 'handover':
      return `handovers/${file.size}.checkpoint`;
    case 'consistency':
      return `consistency/${file.oldSize}-${file.size}.consistency`;
    case 'catalog':
      return `catalog/${file.digest}.json`;
    case 'evidence':
      return `evidence/${file.digest}`;
    default:
      return [...SINGLE].find(([, known]) => known.file === file.file)?.[0] ?? '';
  }
};

const inFolder = (folder: string, name: string): BundleFile | undefined => {
  switch (folder) {
    case 'receipts':
      return numbered('receipt', name, '.json');
    case 'proofs':
      return numbered('proof', name, '.tlog-proof');
    case 'disclosures':
      return numbered('disclosures', name, '.json');
    case 'handovers':
      return handoverFile(name);
    case 'consistency':
      return consistencyFile(name);
    case 'catalog':
      return name.endsWith('.json') && isDigestText(name.slice(0, -5))
        ? { file: 'catalog', digest: name.slice(0, -5) }
        : undefined;
    case 'evidence':
      return isDigestText(name) ? { file: 'evidence', digest: name } : undefined;
    default:
      return undefined;
  }
};

const numbered = (file: 'receipt' | 'proof' | 'disclosures', name: string, ending: string): BundleFile | undefined => {
  const seq = name.endsWith(ending) ? parseDecimal(name.slice(0, -ending.length)) : undefined;
  return seq === undefined ? undefined : { file, seq };
};

const handoverFile = (name: string): BundleFile | undefined => {
  const size = name.endsWith('.checkpoint') ? parseDecimal(name.slice(0, -11)) : undefined;
  return size === undefined ? undefined : { file: 'handover', size };
};

const consistencyFile = (name: string): BundleFile | undefined => {
  const [oldText = '', newText = ''] = name.endsWith('.consistency') ? name.slice(0, -12).split('-', 2) : [];
  const [oldSize, size] = [parseDecimal(oldText), parseDecimal(newText)];
  if (oldSize === undefined || size === undefined || oldSize > size) return undefined;
  return name === `${oldSize}-${size}.consistency` ? { file: 'consistency', oldSize, size } : undefined;
};

const SINGLE: ReadonlyMap<string, BundleFile> = new Map<string, BundleFile>([
  ['receipts.jsonl', { file: 'receipts' }],
  ['checkpoint', { file: 'checkpoint' }],
  ['keys', { file: 'keys' }],
  ['checkpoint.tsr', { file: 'timestamp' }],
  ['manifest', { file: 'manifest' }],
  ['manifest.dsse.json', { file: 'manifest_dsse' }],
  ['README.md', { file: 'readme' }],
]);

/** `tai export`: one tenant's evidence as a bundle that an auditor checks offline. */
import { resolve } from 'node:path';
import { parseInstant } from '@tai-autonomics/core/engine';
import {
  type Bound,
  type Exported,
  exportBundle,
  folderSink,
  type LedgerSource,
  type Selection,
  tarSink,
} from '@tai-autonomics/governor/bundle';
import { either as E } from 'fp-ts';
import { openEvidence } from '../../audit/evidence.ts';
import { openLocal } from '../../local/open-local.ts';
import { DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { watched } from '../../terminal/watched.ts';

interface ExportOptions {
  readonly dir: string;
  readonly tenant: string;
  readonly output: string;
  readonly from?: string;
  readonly to?: string;
  readonly incident?: string;
  readonly seq?: string;
  readonly allReceipts?: boolean;
  readonly withhold?: string;
  readonly continues?: string;
  readonly seal?: boolean;
  readonly fromLog?: string;
  readonly json?: boolean;
}

export const registerExport: Register = (program, io, exit) => {
  program
    .command('export')
    .description('write a tenant’s evidence as a bundle to check offline')
    .requiredOption('--tenant <tenant>', 'the tenant')
    .requiredOption('-o, --output <path>', 'a new folder, or a new file that ends in .tar')
    .option(...DIR)
    .option('--from <place>', 'the first receipt, by number or instant')
    .option('--to <place>', 'the first receipt that is no longer in, by number or instant')
    .option('--incident <id>', 'only what names this incident, and what followed from it')
    .option('--seq <numbers>', 'only these receipts, with commas')
    .option(
      '--all-receipts',
      'every receipt in clear, so that state can be folded; disclosures of the chosen ones alone',
    )
    .option('--withhold <names>', 'disclosures to keep back, with commas: request/intent, evidence/…, subject')
    .option('--continues <sizes>', 'add a proof that the ledger continues checkpoints of these sizes')
    .option('--seal', 'sign a checkpoint of everything first')
    .option('--from-log <file>', 'the receipts of this log instead of the store; disclosures are not in it')
    .option('--json', 'what was written as JSON')
    .action(async (options: ExportOptions) => exit(await run(io, options)));
};

const placeOf = (text: string): number | undefined => {
  const place = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(place) ? place : undefined;
};

const boundOf = (option: string, text: string): E.Either<string, Bound> => {
  const seq = placeOf(text);
  if (seq !== undefined) return E.right({ seq });
  const at = parseInstant(text);
  return at === undefined
    ? E.left(`${option}: expected a receipt’s number or an instant like 2026-11-21T08:00:00Z, found ${text}`)
    : E.right({ at });
};

const placesOf = (option: string, text: string): E.Either<string, readonly number[]> => {
  const places = text.split(',').map((part) => placeOf(part.trim()));
  return places.every((place) => place !== undefined)
    ? E.right(places)
    : E.left(`${option}: expected numbers with commas, found ${text}`);
};

/** The selection that the options mean, or the first one that means nothing. */
const selectionOf = (options: ExportOptions): E.Either<string, Selection> => {
  const { from, to, incident, seq, allReceipts, withhold, continues } = options;
  const first = from === undefined ? E.right(undefined) : boundOf('--from', from);
  const last = to === undefined ? E.right(undefined) : boundOf('--to', to);
  const seqs = seq === undefined ? E.right(undefined) : placesOf('--seq', seq);
  const sizes = continues === undefined ? E.right(undefined) : placesOf('--continues', continues);
  if (E.isLeft(first)) return first;
  if (E.isLeft(last)) return last;
  if (E.isLeft(seqs)) return seqs;
  if (E.isLeft(sizes)) return sizes;
  return E.right({
    ...(first.right === undefined ? {} : { from: first.right }),
    ...(last.right === undefined ? {} : { to: last.right }),
    ...(incident === undefined ? {} : { incident }),
    ...(seqs.right === undefined ? {} : { seqs: seqs.right }),
    ...(sizes.right === undefined ? {} : { continues: sizes.right }),
    ...(withhold === undefined ? {} : { withhold: withhold.split(',').map((name) => name.trim()) }),
    clear: allReceipts === true ? 'ledger' : 'selected',
  });
};

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const describe = (io: Io, output: string, exported: Exported): string => {
  const {
    coverage,
    receipts,
    size,
    disclosures,
    withheld,
    unsealed,
    missingCatalogs,
    missingEvidence,
    withheldEvidence,
    asSealed,
    manifest,
  } = exported;
  const of = coverage === 'whole' ? `all ${plural(receipts, 'receipt')}` : `${receipts} of ${plural(size, 'receipt')}`;
  const notes = [
    ...(withheld > 0 ? [`${plural(withheld, 'disclosure')} withheld`] : []),
    ...(unsealed > 0 ? [`${plural(unsealed, 'later receipt')} not sealed yet, so not in it (see --seal)`] : []),
    ...missingCatalogs.map((digest) => io.paint.yellow(`the catalog ${digest} is not kept here, so not in it`)),
    ...(withheldEvidence > 0
      ? [`${plural(withheldEvidence, 'raw input')} withheld: what is kept back or was erased could be read from there`]
      : []),
    ...(missingEvidence > 0
      ? [`${plural(missingEvidence, 'raw input')} of observations not kept here, so not in it`]
      : []),
    ...(asSealed ? [] : [io.paint.red('the receipts do not have the root that was sealed: the bundle shows that too')]),
    ...(manifest === 'too_many_files' ? ['no manifest: there are more files than one can list'] : []),
  ];
  return [
    `${io.paint.bold(output)}: ${of} of ${exported.origin}, ${plural(disclosures, 'disclosure')}`,
    ...notes.map((note) => `  ${note}`),
    'give the ledger’s key to the auditor by another way than the bundle:',
    `  ${exported.vkey}`,
    ...(exported.exportVkey === undefined
      ? []
      : ['and the key that signed the manifest, which vouches for the files:', `  ${exported.exportVkey}`]),
    '',
  ].join('\n');
};

/** Has the deployment's own governor sign a checkpoint of all that is durable. */
const seal = async (io: Io, dir: string, tenant: string): Promise<E.Either<readonly string[], void>> => {
  const opened = await openLocal(io, dir);
  if (E.isLeft(opened)) return opened;
  const note = await opened.right.governor.seal(tenant);
  await opened.right.close();
  return E.isLeft(note) ? E.left([`${tenant} cannot be sealed: ${note.left.detail}`]) : E.right(undefined);
};

/** How often each receipt is read: to survey it, as a line of the whole ledger, and for what it discloses. */
const passesOf = ({ from, to, incident, seqs, clear }: Selection): number => {
  const isWhole = from === undefined && to === undefined && incident === undefined && seqs === undefined;
  return isWhole ? 3 : clear === 'ledger' ? 2 : 1;
};

const sizeOf = async ({ store, ledger }: LedgerSource): Promise<number> => {
  const head = await store.head(ledger);
  return E.isRight(head) ? (head.right?.size ?? 0) : 0;
};

const write = async (io: Io, options: ExportOptions, selection: Selection, source: LedgerSource): Promise<ExitCode> => {
  const target = resolve(io.cwd, options.output);
  const exported = await watched(io, passesOf(selection), sizeOf(source), async (watch) => {
    const sink = await (target.endsWith('.tar') ? tarSink(target) : folderSink(target));
    return E.isLeft(sink) ? sink : exportBundle({ ...source, watch }, selection, sink.right);
  });
  if (E.isLeft(exported)) return unreadable(io, exported.left);
  if (options.json === true) printJson(io, { output: target, ...exported.right });
  else io.out(describe(io, options.output, exported.right));
  return EXIT.ok;
};

const run = async (io: Io, options: ExportOptions): Promise<ExitCode> => {
  const selection = selectionOf(options);
  if (E.isLeft(selection)) return unreadable(io, selection.left);
  if (options.seal === true && options.fromLog !== undefined)
    return unreadable(io, '--seal: nothing can be signed from a log; its own checkpoints count');
  const sealed = options.seal === true ? await seal(io, options.dir, options.tenant) : E.right(undefined);
  if (E.isLeft(sealed)) return unreadable(io, ...sealed.left);
  const opened = await openEvidence(
    io,
    options.dir,
    options.fromLog === undefined ? undefined : resolve(io.cwd, options.fromLog),
  );
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const evidence = opened.right;
  try {
    for (const warning of evidence.warnings) complain(io, warning);
    const source = await evidence.sourceOf(options.tenant);
    if (E.isLeft(source)) return unreadable(io, ...source.left);
    if (source.right === undefined) return unreadable(io, `${options.dir}: no tenant ${options.tenant}`);
    return await write(io, options, selection.right, source.right);
  } finally {
    await evidence.close();
  }
};

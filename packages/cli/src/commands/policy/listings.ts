/** `tai listings`: every listing of a catalog, as JSON and Markdown; linted before anything is written. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Issue } from '@tai-autonomics/core';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import {
  buildListings,
  type Listing,
  type ListingFinding,
  lintListings,
  listingMarkdown,
  offeredBook,
  type PriceBook,
  parsePriceBook,
  parsePriceExperiment,
  priceBooks,
} from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../../input/read-file.ts';
import { CATALOG, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { tableLines } from '../../terminal/table.ts';
import { catalogOf } from './decide.ts';

interface ListingsOptions {
  readonly catalog?: string;
  readonly book: string;
  readonly prices?: string;
  readonly experiment?: string;
  readonly tenant?: string;
  readonly discount?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export const registerListings: Register = (program, io, exit) => {
  program
    .command('listings')
    .description('print or write the marketplace listings of a catalog')
    .option(...CATALOG)
    .option('--book <id>', 'the price book', 'marketplace-2026')
    .option('--prices <file>', 'a price book of your own instead')
    .option('--experiment <file>', 'books that are compared: { "id": …, "arms": [{ "book": …, "weight": … }] }')
    .option('--tenant <tenant>', 'of an experiment: whose book; the same for ever')
    .option('--discount <name>', 'a discount of the book, taken off each price')
    .option('--out <dir>', 'write <listing>.json and <listing>.md there')
    .option('--json', 'all listings as one JSON list')
    .action(async (options: ListingsOptions) => exit(await run(io, options)));
};

const BOOKS = priceBooks.map(({ id }) => id);

/** The book that an experiment offers a tenant; the one that is named where there is no experiment. */
const offeredOf = async (
  io: Io,
  { book, experiment: file, tenant }: ListingsOptions,
): Promise<E.Either<readonly string[], string>> => {
  if ((file === undefined) !== (tenant === undefined))
    return E.left(['--experiment and --tenant: give both, or neither']);
  if (file === undefined || tenant === undefined) return E.right(book);
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return E.left([read.left]);
  const experiment = parsePriceExperiment(read.right.value, BOOKS);
  return E.isLeft(experiment)
    ? E.left(experiment.left.map(read.right.line))
    : E.right(offeredBook(nodeSha256, experiment.right, tenant));
};

const bookOf = async (io: Io, options: ListingsOptions): Promise<E.Either<readonly string[], PriceBook>> => {
  const { prices } = options;
  if (prices !== undefined) {
    const read = await readJsonFile(io, prices);
    if (E.isLeft(read)) return E.left([read.left]);
    return E.mapLeft((issues: readonly Issue[]) => issues.map(read.right.line))(parsePriceBook(read.right.value));
  }
  const offered = await offeredOf(io, options);
  if (E.isLeft(offered)) return offered;
  const known = priceBooks.find(({ id }) => id === offered.right);
  return known === undefined
    ? E.left([`--book: expected one of ${BOOKS.join(', ')}, found ${offered.right}`])
    : E.right(known);
};

const noDiscount = ({ id, discounts = {} }: PriceBook, name: string | undefined): string | undefined => {
  if (name === undefined || Object.hasOwn(discounts, name)) return undefined;
  const known = Object.keys(discounts).join(', ');
  return `--discount: ${known === '' ? `${id} has none` : `expected one of ${known}, found ${name}`}`;
};

const write = async (folder: string, listings: readonly Listing[]): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const listing of listings) {
    const file = join(folder, listing.listing_id);
    await writeFile(`${file}.json`, `${JSON.stringify(listing, null, 2)}\n`);
    await writeFile(`${file}.md`, listingMarkdown(listing));
  }
};

const tell = (io: Io, listings: readonly Listing[]): void => {
  const rows = listings.map(({ listing_id, name, sku_id, price, packs }) => [
    listing_id,
    name,
    sku_id,
    price.text,
    String(packs.length),
  ]);
  for (const line of tableLines(io.paint, ['listing', 'name', 'SKU', 'price', 'packs'], rows)) io.out(`${line}\n`);
};

const warn = (io: Io, findings: readonly ListingFinding[]): void => {
  for (const { severity, listing, rule, says } of findings) complain(io, `${severity}: ${listing}: ${rule}: ${says}`);
};

const run = async (io: Io, options: ListingsOptions): Promise<ExitCode> => {
  const catalog = await catalogOf(io, options.catalog);
  if (E.isLeft(catalog)) return catalog.left;
  const book = await bookOf(io, options);
  if (E.isLeft(book)) return unreadable(io, ...book.left);
  const missing = noDiscount(book.right, options.discount);
  if (missing !== undefined) return unreadable(io, missing);
  const { source } = catalog.right;
  const listings = buildListings(source, book.right, options.discount);
  if (E.isLeft(listings)) {
    complain(io, `${book.right.id} has no price for ${listings.left.join(', ')}; give a book that has with --prices`);
    return EXIT.failed;
  }
  const findings = lintListings(source, listings.right);
  warn(io, findings);
  if (findings.some(({ severity }) => severity === 'error')) return EXIT.failed;
  if (options.out !== undefined) {
    await write(resolve(io.cwd, options.out), listings.right);
    io.out(`${listings.right.length} listings, as JSON and Markdown, in ${options.out}\n`);
  } else if (options.json === true) printJson(io, listings.right);
  else tell(io, listings.right);
  return EXIT.ok;
};

/** `tai listings`: every listing of a catalog, as JSON and Markdown; linted before anything is written. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Issue } from '@tai-autonomics/core';
import {
  buildListings,
  type Listing,
  type ListingFinding,
  lintListings,
  listingMarkdown,
  type PriceBook,
  parsePriceBook,
  priceBooks,
} from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../input/read-file.ts';
import type { Register } from '../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';
import { tableLines } from '../terminal/table.ts';
import { catalogOf } from './decide.ts';

interface ListingsOptions {
  readonly catalog?: string;
  readonly book: string;
  readonly prices?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export const registerListings: Register = (program, io, exit) => {
  program
    .command('listings')
    .description('print or write the marketplace listings of a catalog')
    .option('--catalog <file>', 'a catalog instead of the shipped one')
    .option('--book <id>', 'the price book', 'marketplace-2026')
    .option('--prices <file>', 'a price book of your own instead')
    .option('--out <dir>', 'write <listing>.json and <listing>.md there')
    .option('--json', 'all listings as one JSON list')
    .action(async (options: ListingsOptions) => exit(await run(io, options)));
};

const bookOf = async (io: Io, { book, prices }: ListingsOptions): Promise<E.Either<readonly string[], PriceBook>> => {
  if (prices !== undefined) {
    const read = await readJsonFile(io, prices);
    if (E.isLeft(read)) return E.left([read.left]);
    return E.mapLeft((issues: readonly Issue[]) => issues.map(read.right.line))(parsePriceBook(read.right.value));
  }
  const known = priceBooks.find(({ id }) => id === book);
  const ids = priceBooks.map(({ id }) => id).join(', ');
  return known === undefined ? E.left([`--book: expected one of ${ids}, found ${book}`]) : E.right(known);
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
  const { source } = catalog.right;
  const listings = buildListings(source, book.right);
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

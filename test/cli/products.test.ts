/** `tai catalog`, `listings`, `plan`, `matrix`, `pack`: what is sold, from files and into files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { compileCatalog } from '@tai-autonomics/core';
import { loadCatalog } from '@tai-autonomics/governor';
import { editions, library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { contents, scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const tai = async (dir: string, ...argv: readonly string[]): Promise<Ran> => {
  const terminal = captureIo(dir);
  const code = await main(argv, terminal.io);
  return { code, out: terminal.out(), err: terminal.err() };
};
const write = (dir: string, name: string, json: unknown): string => {
  writeFileSync(join(dir, name), typeof json === 'string' ? json : JSON.stringify(json, null, 2));
  return name;
};
const partner = {
  plan_id: 'partner',
  title: 'Partner',
  sku_id: 'partner-1',
  packs: ['rollback_guard'],
  iam_roles: ['read_deployment', 'write_rollback'],
  quota: 5,
};

test('no two plans that are written are the same run: an incident that comes back has another one', async () => {
  const dir = scratch();
  const evidence = write(dir, 'full.json', { facts: { disk_used_percent: 92 } });
  const planned = async (out: string): Promise<unknown> => {
    const about = ['--incident', 'inc-1', '--about', 'shop', '--out', out];
    expect((await tai(dir, 'recipe', 'diagnose', 'disk_full', evidence, ...about)).code).toBe(EXIT.ok);
    const plan: unknown = JSON.parse(readFileSync(join(dir, out), 'utf8'));
    return (plan as { readonly planned?: unknown }).planned;
  };
  const [one, other] = [await planned('one.json'), await planned('other.json')];
  expect(one).toMatch(/^[\w-]{22}$/);
  expect(other).not.toBe(one);
});

describe('tai catalog', () => {
  test('prints the shipped catalog, letter for letter: receipts name it by the same digest', async () => {
    const { code, out, err } = await tai(scratch(), 'catalog');
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(library)));
    const loaded = loadCatalog(library);
    expect(E.isRight(loaded) && loaded.right.digest).toBe((await tai(scratch(), 'catalog', '--digest')).out.trim());
  });

  test('a catalog of a file keeps its digest, in whatever layout it is written', async () => {
    const dir = scratch();
    write(dir, 'a.json', (await tai(dir, 'catalog', '--editions')).out);
    write(dir, 'b.json', JSON.stringify(JSON.parse(readFileSync(join(dir, 'a.json'), 'utf8'))));
    const [a, b] = [
      await tai(dir, 'catalog', '--catalog', 'a.json', '--digest'),
      await tai(dir, 'catalog', '--catalog', 'b.json', '--digest'),
    ];
    expect(a).toEqual(b);
    expect(a.out).not.toBe((await tai(dir, 'catalog', '--digest')).out);
  });

  test('--editions adds those that its packs make possible', async () => {
    const plans = Object.keys(JSON.parse((await tai(scratch(), 'catalog', '--editions')).out).plans);
    const packs = new Set(library.packs.map(({ pack_id }) => pack_id));
    const possible = editions.filter((edition) => edition.packs.every((pack) => packs.has(pack)));
    expect(plans).toEqual(expect.arrayContaining(possible.map(({ plan_id }) => plan_id)));
    expect(plans).toHaveLength(possible.length + Object.keys(library.plans).length);
  });

  test('a pack of a name that is there takes its place: a newer version', async () => {
    const dir = scratch();
    const guard = library.packs.find(({ pack_id }) => pack_id === 'rollback_guard');
    write(dir, 'newer.json', { ...guard, version: '1.1.0' });
    const { packs } = JSON.parse((await tai(dir, 'catalog', '--pack', 'newer.json')).out);
    expect(packs.map(({ pack_id }: { pack_id: string }) => pack_id)).toEqual(
      library.packs.map(({ pack_id }) => pack_id),
    );
    expect(packs.find(({ pack_id }: { pack_id: string }) => pack_id === 'rollback_guard').version).toBe('1.1.0');
  });

  test.for([
    {
      note: 'a misspelt fact',
      change: (text: string) => text.replace('"fact": "w_share", "above"', '"fact": "w_shrae", "above"'),
      says: /^tai: w\.jsonc:\d+:\d+: at \$\.actions\.adjust_w\.requires\[0\]\.when\.fact: .*`w_share`/,
    },
    {
      note: 'a member twice',
      change: (text: string) => text.replace('"storage"', '"version": "2.0.0",\n  "storage"'),
      says: /^tai: w\.jsonc:\d+:3: at \$\.version: expected each member once/,
    },
    { note: 'a list in place of a pack', change: () => '[]', says: /^tai: w\.jsonc:1:1: at \$: expected an object/ },
  ])('a pack with $note: exit 2, at its place in its own file, and nothing is written', async ({ change, says }) => {
    const dir = scratch();
    await tai(dir, 'pack', 'new', 'w');
    write(dir, 'w.jsonc', change(readFileSync(join(dir, 'w.jsonc'), 'utf8')));
    for (const argv of [
      ['catalog', '--pack', 'w.jsonc', '--out', 'c.json'],
      ['pack', 'check', 'w.jsonc'],
    ]) {
      const { code, out, err } = await tai(dir, ...argv);
      expect({ code, out }).toEqual({ code: EXIT.unreadable, out: '' });
      expect(err).toMatch(says);
    }
    expect(existsSync(join(dir, 'c.json'))).toBe(false);
  });

  test('a plan with a fault: at its place in its own file', async () => {
    const dir = scratch();
    write(dir, 'p.json', { ...partner, packs: ['nothing'] });
    const { code, err } = await tai(dir, 'catalog', '--plan', 'p.json');
    expect(code).toBe(EXIT.unreadable);
    expect(err).toMatch(/^tai: p\.json:6:\d+: at \$\.packs\[0\]: expected a pack of this catalog/);
  });
});

describe('tai plan check', () => {
  test('a lawful selection: exit 0, what it switches on, and what was added', async () => {
    const dir = scratch();
    const { code, out } = await tai(dir, 'plan', 'check', write(dir, 'p.json', partner));
    expect(code).toBe(EXIT.ok);
    expect(out).toContain(
      'lawful: partner switches on receipt_verifier, rollback_guard\n  added: receipt_verifier (it is always on)\n',
    );
    expect(out).toMatch(/p\.json:\d+:\d+: at \$\.iam_roles: expected `read_audit_trail`/);
  });

  test('an unlawful one: exit 1, with line, column and reason for each thing', async () => {
    const dir = scratch();
    write(
      dir,
      'p.jsonc',
      `// what a partner sells\n${JSON.stringify({ ...partner, packs: ['rolback_guard', 'storm_discipline'] }, null, 2)}`,
    );
    const { code, out } = await tai(dir, 'plan', 'check', 'p.jsonc');
    expect(code).toBe(EXIT.failed);
    expect(out).toMatch(
      /^p\.jsonc:7:5: at \$\.packs\[0\]: expected a lawful selection \(unknown_pack\).*did you mean `rollback_guard`/,
    );
    const json = JSON.parse((await tai(dir, 'plan', 'check', 'p.jsonc', '--json')).out);
    expect(json).toMatchObject({ lawful: false, issues: [{ path: ['packs', 0] }] });
  });

  test('an unreadable one: exit 2', async () => {
    expect(await tai(scratch(), 'plan', 'check', 'nowhere.json')).toMatchObject({ code: EXIT.unreadable, out: '' });
  });
});

describe('tai matrix', () => {
  test('as a table, each row is as wide as its widest cells and no wider', async () => {
    const { code, out } = await tai(scratch(), 'matrix');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^trigger_rollback +external +read_deployment, write_rollback +– +yes +– +yes$/m);
    expect(out).not.toMatch(/[ \t]$/m);
  });

  test('as Markdown and as JSON, it says the same', async () => {
    const dir = scratch();
    const { out } = await tai(dir, 'matrix', '--markdown');
    const { rows } = JSON.parse((await tai(dir, 'matrix', '--json')).out) as { rows: { action: string }[] };
    expect(rows.length).toBeGreaterThan(20);
    for (const { action } of rows) expect(out).toContain(`| ${action} |`);
  });
});

describe('tai listings', () => {
  test('X-07: a discount of the book is taken off each price, and said', async () => {
    const ran = await tai(
      scratch(),
      'listings',
      '--json',
      '--book',
      'roadmap-2026q3',
      '--discount',
      'phase_2_customer',
    );
    const [{ price }] = JSON.parse(ran.out);
    expect(price).toMatchObject({ minor: 53_910, discount: { name: 'phase_2_customer', percent: 10 } });
    expect(price.text).toBe('$539.10 a month, 10 % less for those who subscribed in the second phase');
  });

  test('B-18: an experiment offers each tenant one of its books, the same for ever', async () => {
    const dir = scratch();
    const arms = [
      { book: 'marketplace-2026', weight: 3 },
      { book: 'roadmap-2026q2', weight: 1 },
    ];
    write(dir, 'experiment.json', { id: 'spring', arms });
    const bookOf = async (tenant: string): Promise<string> => {
      const ran = await tai(dir, 'listings', '--json', '--experiment', 'experiment.json', '--tenant', tenant);
      return JSON.parse(ran.out)[0].price.book;
    };
    expect(await bookOf('acme')).toBe('marketplace-2026');
    expect(await bookOf('globex')).toBe('roadmap-2026q2');
  });

  test.for([
    { argv: ['--book', 'bundles', '--discount', 'x'], says: '--discount: bundles has none' },
    { argv: ['--book', 'roadmap-2026q3', '--discount', 'x'], says: 'expected one of phase_2_customer, found x' },
    { argv: ['--tenant', 'acme'], says: '--experiment and --tenant: give both, or neither' },
    { argv: ['--experiment', 'e.json', '--tenant', 'acme'], says: 'expected one of marketplace-2026' },
  ])('$says', async ({ argv, says }) => {
    const dir = scratch();
    write(dir, 'e.json', { id: 'spring', arms: [{ book: 'none', weight: 1 }] });
    const { code, err } = await tai(dir, 'listings', ...argv);
    expect(code).toBe(EXIT.unreadable);
    expect(err).toContain(says);
  });

  test('writes a JSON and a Markdown file for each, the same bytes every time', async () => {
    const dir = scratch();
    const { code, out, err } = await tai(dir, 'listings', '--out', 'first');
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    const files = readdirSync(join(dir, 'first'));
    expect(out).toBe(`${files.length / 2} listings, as JSON and Markdown, in first\n`);
    expect(files.filter((file) => file.endsWith('.json')).length).toBeGreaterThanOrEqual(12);
    mkdirSync(join(dir, 'second'));
    await tai(dir, 'listings', '--out', 'second');
    for (const file of files)
      expect(readFileSync(join(dir, 'second', file), 'utf8')).toBe(readFileSync(join(dir, 'first', file), 'utf8'));
    expect(JSON.parse(readFileSync(join(dir, 'first', 'base.json'), 'utf8'))).toMatchObject({
      sku_id: 'rollback-guard-base',
      price: { minor: 2_900 },
    });
  });

  test('--json is the same list, and --book takes another book', async () => {
    const listings = JSON.parse((await tai(scratch(), 'listings', '--json', '--book', 'roadmap-2026q2')).out);
    expect(listings[0]).toMatchObject({ listing_id: 'base', price: { minor: 49_900, book: 'roadmap-2026q2' } });
  });

  test('a name that claims what is not there is warned of, and a claim of conformity is not written', async () => {
    const dir = scratch();
    write(dir, 'p.json', { ...partner, title: 'Storm Discipline light' });
    await tai(dir, 'catalog', '--plan', 'p.json', '--out', 'warned.json');
    const warned = await tai(dir, 'listings', '--catalog', 'warned.json');
    expect(warned.code).toBe(EXIT.ok);
    expect(warned.err).toBe(
      'tai: warning: partner: name_claims_pack: the name speaks of `storm_discipline`, which is not enabled\n',
    );
    write(dir, 'p.json', { ...partner, title: 'Certified operations' });
    await tai(dir, 'catalog', '--plan', 'p.json', '--out', 'claims.json');
    const before = contents(dir);
    const refused = await tai(dir, 'listings', '--catalog', 'claims.json', '--out', 'listings');
    expect(refused).toMatchObject({
      code: EXIT.failed,
      out: '',
      err: expect.stringContaining('error: partner: claims_conformance'),
    });
    expect(contents(dir)).toEqual(before);
  });

  test.for([
    {
      note: 'an unknown book',
      argv: ['--book', 'roadmap-1999'],
      code: EXIT.unreadable,
      says: /^tai: --book: expected one of marketplace-2026, .*found roadmap-1999/,
    },
    {
      note: 'a book of fractions',
      argv: ['--prices', 'book.json'],
      code: EXIT.unreadable,
      says: /^tai: book\.json:1:\d+: at \$\.prices\.base\.minor: expected whole minor units/,
    },
    {
      note: 'a book without a price for a plan',
      argv: ['--prices', 'poor.json'],
      code: EXIT.failed,
      says: /^tai: poor has no price for professional, release, enterprise; give a book/,
    },
  ])('$note: said, and exit $code', async ({ argv, code, says }) => {
    const dir = scratch();
    const book = {
      id: 'poor',
      title: 'Poor',
      valid_from: '2026-01-26',
      currency: 'USD',
      prices: { base: { minor: 1 } },
    };
    write(dir, 'poor.json', JSON.stringify(book));
    write(dir, 'book.json', JSON.stringify({ ...book, prices: { base: { minor: 1.5 } } }));
    const ran = await tai(dir, 'listings', ...argv);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toMatch(says);
  });
});

describe('tai pack new', () => {
  test('writes a pack, its cases and a plan, which compile and hold as they are', async () => {
    const dir = scratch();
    expect(await tai(dir, 'pack', 'new', 'a1_b')).toMatchObject({
      code: EXIT.ok,
      out: 'wrote a1_b.jsonc\nwrote a1_b.cases.jsonc\nwrote a1_b.plan.jsonc\n',
    });
    expect(
      (await tai(dir, 'catalog', '--pack', 'a1_b.jsonc', '--plan', 'a1_b.plan.jsonc', '--out', 'c.json')).code,
    ).toBe(EXIT.ok);
    expect(E.isRight(compileCatalog(JSON.parse(readFileSync(join(dir, 'c.json'), 'utf8'))))).toBe(true);
    expect((await tai(dir, 'test', 'a1_b.cases.jsonc', '--catalog', 'c.json')).code).toBe(EXIT.ok);
    expect((await tai(dir, 'plan', 'check', 'a1_b.plan.jsonc', '--catalog', 'c.json')).code).toBe(EXIT.ok);
  });

  test('overwrites nothing', async () => {
    const dir = scratch();
    write(dir, 'mine.jsonc', 'mine');
    const before = contents(dir);
    const { code, err } = await tai(dir, 'pack', 'new', 'mine');
    expect({ code, err }).toEqual({
      code: EXIT.failed,
      err: 'tai: mine.jsonc: is there already, and stays as it is\n',
    });
    expect(contents(dir)).toEqual(before);
  });

  test.for(['', 'Canary', '../canary', '1st', 'a'.repeat(41), 'a b'])(
    '%j is no name: exit 2, nothing written',
    async (name) => {
      const dir = scratch();
      expect(await tai(dir, 'pack', 'new', name)).toMatchObject({ code: EXIT.unreadable, out: '' });
      expect(contents(dir)).toEqual([]);
    },
  );
});

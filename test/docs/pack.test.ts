/** docs/pack-v1.md is true: its pack loads, its cases hold, its truths are decided, and its messages are what is said. */
import { readFileSync } from 'node:fs';
import { type Catalog, compileCatalog, decide, type Pack, parseObservation, printIssue } from '@tai-autonomics/core';
import {
  type Action,
  type Argument,
  admit,
  all,
  type Cell,
  conditionsOn,
  describeType,
  type Fact,
  type LedgerFact,
  type ObservedFact,
  OPS,
  RELATIONS,
  type RecordsType,
  type Remedy,
  type Requirement,
  ROLES,
  STATUSES,
  SUBJECT_TYPES,
  type Tool,
  type Type,
} from '@tai-autonomics/core/author';
import { GATES } from '@tai-autonomics/core/engine';
import { parseCaseTable, runCases } from '@tai-autonomics/core/testing';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled, type Document, merged, shipped } from '../fixtures/tenant.ts';
import { unfold } from '../reference/decide-condition.ts';
import { docstringExamples } from './blocks.ts';

const page = readFileSync(new URL('../../docs/pack-v1.md', import.meta.url), 'utf8');

const read = (text: string): unknown => {
  const parsed = parseStrictJson(new TextEncoder().encode(text), { comments: true, maxBytes: 65_536, maxDepth: 64 });
  if (E.isLeft(parsed)) throw new Error(`${text}: ${JSON.stringify(parsed.left)}`);
  return parsed.right.value;
};
/** The block below a marker. */
const block = (name: string): unknown => {
  const found = new RegExp(`<!-- ${name} -->\\n\`\`\`jsonc\\n([\\s\\S]*?)\n\`\`\``).exec(page);
  if (found === null) throw new Error(`no block ${name}`);
  return read(found[1] ?? '');
};
/** The rows of the tables below a marker; a ditto mark stands for the cell above. */
const rowsBelow = (text: string, name: string): readonly (readonly string[])[] =>
  [...text.matchAll(new RegExp(`<!-- ${name} -->\\n((?:\\|.*\\n)+)`, 'g'))].flatMap(([, table = '']) => {
    let above: readonly string[] = [];
    return table
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => {
        const cells = line.slice(1, -1).split(/(?<!\\)\|/);
        above = cells.map((cell, i) => (cell.trim() === '″' ? (above[i] ?? '') : cell.trim().replaceAll('\\|', '|')));
        return above;
      });
  });
/** What stands between backticks, one or two. */
const codes = (cell: string): readonly string[] =>
  [...cell.matchAll(/(`+)(.+?)\1/g)].map(([, , code = '']) => code.trim());
const code = (cell: string | undefined): string => codes(cell ?? '')[0] ?? '';

const pack = block('pack') as Document;
const withPack = (other: unknown): unknown => ({
  ...library,
  packs: [...library.packs, other],
  plans: {
    ...library.plans,
    restarts: {
      title: 'Restarts',
      sku_id: 'restarts',
      packs: ['restart_window'],
      iam_roles: ['write_config'],
      quota: 9,
    },
  },
});
const catalog: Catalog = compiled(withPack(pack));

describe('the example', () => {
  test('is a pack that loads', () => {
    expect(catalog.packs.has('restart_window')).toBe(true);
  });
  test('decides its cases as they say', () => {
    const table = parseCaseTable(block('cases'));
    if (E.isLeft(table)) throw new Error(table.left.map(printIssue).join('\n'));
    expect(
      runCases(catalog, table.right).results.flatMap(({ note, wrong }) => wrong.map((w) => `${note}: ${w}`)),
    ).toEqual([]);
  });
});

describe('types', () => {
  test.for(rowsBelow(page, 'types').map(([type, admits, refuses]) => ({ type, admits, refuses })))(
    '$type',
    ({ type, admits = '', refuses = '' }) => {
      const admitted = admit(read(code(type)) as Type);
      expect(codes(admits).length * codes(refuses).length).toBeGreaterThan(0);
      for (const value of codes(admits)) expect(admitted(read(value)), value).toBeDefined();
      for (const value of codes(refuses)) {
        // A fraction is refused before it is read.
        const json: unknown = JSON.parse(value);
        expect(admitted(json), value).toBeUndefined();
      }
    },
  );
});

/** Facts of each type, for the tables of truths. */
const FACTS: Readonly<Record<string, Type>> = {
  ready: { type: 'boolean' },
  calm: { type: 'boolean' },
  share: { type: 'integer' },
  limit: { type: 'integer' },
  name: { type: 'string' },
  status: { type: 'enum', values: ['passed', 'failed', 'running'] },
  until: { type: 'instant' },
  owners: { type: 'set' },
  checks: { type: 'records', fields: { name: { type: 'string' }, passed: { type: 'boolean' } } },
};
/** A catalog whose actions `row_0`, `row_1`, … ask for one condition each. */
const asking = (conditions: readonly unknown[]): unknown =>
  withPack(
    merged(pack, {
      facts: Object.fromEntries(
        Object.entries(FACTS).map(([id, type]) => [
          id,
          { means: id, type, origin: 'observed', sources: ['probe'], maxAgeMs: 1_000 },
        ]),
      ),
      actions: {
        restart: null,
        open_window: null,
        ...Object.fromEntries(
          conditions.map((when, i) => [
            `row_${i}`,
            {
              ...(pack as unknown as Pack).actions['open_window'],
              entitlement: 'none',
              roles: [],
              arguments: {},
              requires: [{ code: 'window_too_long', means: 'it is so', when, remedy: { by: 'world' } }],
              writes: [],
            },
          ]),
        ),
      },
      tools: [],
      always: true,
    }),
  );
const truthOf = (asked: Catalog, row: number, given: Document): string => {
  const evidence = Object.entries(given).map(([fact, value]) => ({
    fact,
    value: Array.isArray(value) ? { complete: true, items: value } : value,
    source: 'probe',
  }));
  const observation = parseObservation(asked, {
    at: '2026-11-21T08:00:00Z',
    mode: 'eval',
    intent: { subject: { type: 'user', id: 'ann' }, action: { id: `row_${row}` }, resource: { id: 'shop' } },
    evidence,
  });
  if (E.isLeft(observation)) throw new Error(observation.left.map(printIssue).join('\n'));
  const decision = decide(asked, observation.right);
  if (decision.verdict === 'approve') return 'true';
  const [{ code: first }] = decision.reasons;
  return first === 'window_too_long' ? 'false' : first === 'evidence_missing' ? 'unknown' : first;
};

describe('truths', () => {
  const rows = rowsBelow(page, 'truths');
  const asked = compiled(asking(rows.map(([condition]) => read(code(condition)))));
  test.for(rows.map(([condition, given, is], row) => ({ row, condition: code(condition), given: code(given), is })))(
    '$condition of $given is $is',
    ({ row, given, is }) => {
      expect(truthOf(asked, row, read(given) as Document)).toBe(is);
    },
  );
  test('of every operator, true and false, and each heading names the operators below it', () => {
    for (const op of [...Object.keys(OPS), 'every', 'some', 'all', 'any', 'not']) {
      const own = rows.filter(
        ([condition = '']) => condition.startsWith(`\`{ "${op}"`) || condition.includes(`, "${op}": `),
      );
      expect([...new Set(own.map(([, , is]) => is))].sort(), op).toEqual(expect.arrayContaining(['false', 'true']));
    }
  });
});

/** What a block of TypeScript without types calls `when`. */
const builtBy = (text: string): unknown =>
  new Function('all', 'conditionsOn', `${text}; return when;`)(all, conditionsOn);

describe('conditions in TypeScript', () => {
  test('are the value that stands below them', () => {
    const [, text = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
    expect(builtBy(text)).toEqual(block('built'));
  });
  test('and so are those of the docstring', () => {
    const shown = docstringExamples().find(({ file }) => file.endsWith('condition-builder.ts'));
    expect(builtBy(shown?.text ?? '')).toEqual({
      all: [
        { fact: 'deployment_stable', is: true },
        { fact: 'error_rate', atMost: 100 },
        { fact: 'ci_checks', every: { fact: 'field.status', is: 'passed' } },
      ],
    });
  });
});

const firstIssue = (source: unknown, root: string): string => {
  const result = compileCatalog(source);
  if (E.isRight(result)) return 'it loads';
  const line = result.left.map(printIssue).find((issue) => issue.startsWith(`at ${root}`));
  return line === undefined
    ? result.left.map(printIssue).join('; ')
    : `at ${line.slice(`at ${root}`.length)}`.replace(/^at :/, 'at .:');
};
const PACK = `$.packs[${library.packs.length}]`;
const ill = (when: unknown): string => {
  const requires = [{ code: 'window_too_long', means: 'it is so', when, remedy: { by: 'world' } }];
  return firstIssue(
    withPack(merged(pack, { actions: { open_window: { requires } } })),
    `${PACK}.actions.open_window.requires[0].when`,
  );
};
const illFormed = (patch: unknown): string => firstIssue(withPack(merged(pack, patch)), PACK);

/** A text between as many backticks as it needs. */
const quoted = (text: string): string =>
  (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``).replaceAll('|', '\\|');
const fill = (text: string, name: string, says: (written: unknown) => string): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\\n\\|.*\\n\\|.*\\n)((?:\\|.*\\n)+)`),
    (_, head: string, rows: string) =>
      head +
      rows
        .trim()
        .split('\n')
        .map((line) => {
          const written = code(line);
          return `| \`${written}\` | ${quoted(says(JSON.parse(written)))} |\n`;
        })
        .join(''),
  );
const generated = (text: string, name: string, head: string, rows: readonly string[]): string =>
  text.replace(
    new RegExp(`<!-- ${name} -->\\n(?:\\|.*\\n)*`),
    `<!-- ${name} -->\n${[head, head.replaceAll(/[^|]+/g, '---'), ...rows].join('\n')}\n`,
  );

/** Facts and codes that no pack declares: those of the gates. */
const gateFacts = (): readonly string[] =>
  [...catalog.facts]
    .filter(([id]) => !catalog.source.packs.some(({ facts }) => Object.hasOwn(facts, id)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, fact]) => `| \`${id}\` | ${readBy(fact)} | ${describeType(fact.type)} | ${fact.means} |`);
/** What a fact of a gate reads. */
const readBy = (fact: Fact): string => {
  if (fact.origin !== 'ledger') return fact.origin;
  const key = fact.key.map((term) => (typeof term === 'object' && 'fact' in term ? term.fact : JSON.stringify(term)));
  const by = key.length === 0 ? '' : ` by ${key.map((part) => `\`${part}\``).join(', ')}`;
  return `ledger: \`${fact.cell}\`${by}; else \`${JSON.stringify(fact.otherwise)}\``;
};
const gateCodes = (): readonly string[] =>
  [...catalog.codes]
    .filter(([id]) => !catalog.source.packs.some(({ codes: own }) => Object.hasOwn(own, id)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, means]) => `| \`${id}\` | ${means} |`);

describe('what doesn’t load', () => {
  // A row whose message differs is shown as a difference of the page; `npx vitest run test/docs/pack.test.ts -u` fills it in.
  test('is said as the page says, and the facts and codes of every catalog are those of the page', async () => {
    const said = fill(fill(page, 'ill-typed', ill), 'ill-formed', illFormed);
    const facts = generated(said, 'facts', '| fact | read from | type | means |', gateFacts());
    await expect(generated(facts, 'codes', '| code | means |', gateCodes())).toMatchFileSnapshot(
      '../../docs/pack-v1.md',
    );
  });
  test.for(
    [...rowsBelow(page, 'ill-typed'), ...rowsBelow(page, 'ill-formed')].map(([written, says]) => ({ written, says })),
  )('$written', ({ says }) => {
    expect(says).toMatch(/^`+ ?at .*: expected .*, found .*`$/);
  });
});

type ActionOf = Catalog['actions'] extends ReadonlyMap<string, infer A> ? A : never;

describe('what the gates require', () => {
  const flat = (x: unknown): unknown =>
    Array.isArray(x)
      ? x.every((one) => typeof one === 'string')
        ? [...x].sort()
        : x.map(flat)
      : typeof x === 'object' && x !== null
        ? Object.fromEntries(Object.entries(x).map(([name, value]) => [name, flat(value)]))
        : x;
  const rows = rowsBelow(page, 'gates').map(([gate = '', of = '', code = '', when = '']) => ({
    gate: gate.replaceAll('`', ''),
    of,
    code: code.replaceAll('`', ''),
    when: when.replaceAll('`', ''),
  }));
  const met = new Set<string>();
  const written = (action: ActionOf): readonly unknown[] =>
    rows.map(({ gate, code, when }) => {
      const { who, roles, relation = '' } = action.action;
      const filled = when
        .replaceAll('"WHO"', JSON.stringify(who))
        .replaceAll('"ROLES"', JSON.stringify(roles))
        .replaceAll('RELATION', relation)
        .replaceAll('PACK', action.pack);
      return { gate, code, when: flat(unfold(shipped.source, JSON.parse(filled))) };
    });
  test.for([...shipped.actions.keys()])('of %s is what the page says, in its order', (id) => {
    const action = shipped.actions.get(id) as ActionOf;
    const said = written(action).map((one) => JSON.stringify(one));
    let place = 0;
    for (const { gate: number, code, when } of action.requirements) {
      const gate = GATES[number];
      if (gate === 'precondition') continue;
      const wanted = JSON.stringify({ gate, code, when: flat(when) });
      const at = said.indexOf(wanted, place);
      expect(at, wanted).toBeGreaterThanOrEqual(place);
      place = at + 1;
      met.add(JSON.stringify(rows[at]));
    }
  });
  test('and nothing that no action of the shipped catalog is asked', () => {
    expect(rows.filter((row) => !met.has(JSON.stringify(row)))).toEqual([]);
    expect(rows.length).toBeGreaterThan(20);
  });
});

/** Every member, by the types: one that is added is missing here, which does not compile. */
const MEMBERS: readonly Readonly<Record<string, true>>[] = [
  {
    pack_id: true,
    version: true,
    description: true,
    always: true,
    tools: true,
    signals: true,
    facts: true,
    cells: true,
    actions: true,
    codes: true,
    roles: true,
    required_iam_roles: true,
    incompatible_with: true,
    requires: true,
    receipt_events: true,
    storage: true,
    compute_limits: true,
  } satisfies Record<keyof Pack, true>,
  { tool: true, title: true, description: true, actions: true } satisfies Record<keyof Tool, true>,
  {
    means: true,
    type: true,
    origin: true,
    sources: true,
    maxAgeMs: true,
    detector: true,
    cell: true,
    key: true,
    otherwise: true,
  } satisfies Record<keyof ObservedFact | keyof LedgerFact, true>,
  { means: true, key: true, type: true } satisfies Record<keyof Cell, true>,
  { means: true, type: true, otherwise: true } satisfies Record<keyof Argument, true>,
  { type: true, fields: true, max: true } satisfies Record<keyof RecordsType, true>,
  {
    means: true,
    who: true,
    relation: true,
    entitlement: true,
    roles: true,
    arguments: true,
    invalid: true,
    requires: true,
    emits: true,
    writes: true,
    returns: true,
    evenWhenClosed: true,
    evenWhenSuspended: true,
    does: true,
  } satisfies Record<keyof Action, true>,
  { code: true, means: true, when: true, remedy: true } satisfies Record<keyof Requirement, true>,
  { cell: true, key: true, change: true, when: true } satisfies Record<keyof Action['writes'][number], true>,
  {
    effect: true,
    step: true,
    with: true,
    limits: true,
    verify: true,
    idempotent: true,
    begins: true,
    after: true,
  } satisfies Record<keyof Extract<Action['does'], { effect: 'external' | 'contractual' }>, true>,
  { by: true, who: true, submit: true, times: true } satisfies Record<keyof Extract<Remedy, { by: 'authority' }>, true>,
];

test('the page leaves no word of the format out', () => {
  const kinds: Readonly<Record<Type['type'], true>> = {
    boolean: true,
    integer: true,
    string: true,
    enum: true,
    instant: true,
    set: true,
    records: true,
  };
  const remedies: Readonly<Record<Remedy['by'], true>> = {
    authority: true,
    request: true,
    world: true,
    time: true,
    nobody: true,
  };
  const effects: Readonly<Record<Action['does']['effect'], true>> = {
    internal: true,
    read: true,
    external: true,
    contractual: true,
  };
  const words = [
    ...[...MEMBERS, kinds, remedies, effects, OPS].flatMap((group) => Object.keys(group)),
    ...[...STATUSES, ...SUBJECT_TYPES, ...ROLES, ...RELATIONS, ...GATES],
    ...['upTo', 'counted', 'while', 'choose', 'resource', 'argument', 'notBefore', 'why'],
  ];
  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
});

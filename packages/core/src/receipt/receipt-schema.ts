/** The closed schema of a receipt, and its canonical text. What is not described here is refused. */
import { either as E } from 'fp-ts';
import { isDigestText } from './encoding/bytes.ts';
import {
  closedObject,
  type Flaws,
  freeText,
  integer,
  listOf,
  type Member,
  oneOf,
  onlyTrue,
  patterned,
  sortedSetOf,
  tested,
  type Writer,
  writer,
} from './encoding/fixed-shape.ts';
import { type FormatIssue, issue } from './encoding/format-issue.ts';
import { isPlainObject, type SchemaPart } from './encoding/json.ts';
import { RECEIPT_VERSION, type Receipt } from './receipt.ts';
import { receiptInstantMs } from './receipt-instant.ts';
import { isOrigin } from './tree/leaf.ts';

/** Most disclosures, and most writes, of one receipt. */
const MAX_LIST = 256;

const KINDS = ['decision', 'outcome', 'consequence'] as const;
const MODES = ['contractual', 'eval'] as const;

/**
 * The RFC 8785 text of a receipt, if the value is one: closed schema, and the rules of kind and mode. The one gate
 * through which receipts are written and read. Total: a value that throws while it is read is no receipt.
 */
export const receiptText = (x: unknown): E.Either<FormatIssue, string> => {
  try {
    return isPlainObject(x) ? checkedText(x) : issue([], 'a receipt', x);
  } catch {
    return issue([], 'a value that can be read', 'one that throws');
  }
};

const checkedText = (x: Readonly<Record<string, unknown>>): E.Either<FormatIssue, string> => {
  const { kind, mode } = x;
  const shape = typeof kind === 'string' && typeof mode === 'string' ? SHAPES.get(`${kind} ${mode}`) : undefined;
  if (shape === undefined) {
    return (KINDS as readonly unknown[]).includes(kind)
      ? issue(['mode'], MODES.join(' or '), mode)
      : issue(['kind'], KINDS.join(', '), kind);
  }
  const flaws: Flaws = { first: undefined };
  const text = shape(x, flaws);
  if (text === undefined)
    return issue(flaws.first?.path ?? [], flaws.first?.expected ?? 'a receipt', flaws.first?.found);
  const crossed = crossCheck(x as unknown as Receipt);
  return crossed === undefined ? E.right(text) : issue([crossed[0]], crossed[1], crossed[2]);
};

const must = (name: string, write: Writer): Member => ({ name, write });

const may = (name: string, write: Writer): Member => ({ name, write, optional: true });

/** What no single member shows. */
const crossCheck = (receipt: Receipt): readonly [string, string, unknown] | undefined => {
  if (receipt.kind !== 'decision') {
    return receipt.of.seq < receipt.seq ? undefined : ['of', 'an earlier receipt', receipt.of.seq];
  }
  const refused = receipt.verdict === 'refuse';
  if (refused !== receipt.codes.length > 0)
    return ['codes', refused ? 'a code' : 'no codes on an approval', receipt.codes];
  if (refused && receipt.writes.length > 0) return ['writes', 'no writes on a refusal', receipt.writes];
  if (receipt.deadline === undefined) return undefined;
  if (refused) return ['deadline', 'no deadline on a refusal', receipt.deadline];
  return receipt.deadline >= receipt.at ? undefined : ['deadline', 'not before `at`', receipt.deadline];
};

const digest = tested(isDigestText, 'base64url of 32 bytes', /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/);
const instant = tested(
  (x) => receiptInstantMs(x) !== undefined,
  'an instant YYYY-MM-DDTHH:mm:ss.sssZ',
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
);
const snakeCase = patterned(/^[a-z][a-z0-9_]{0,63}$/, 'snake_case, at most 64 characters');
const opaqueId = patterned(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/, 'an id of letters, digits, "_", ".", ":" and "-"');
const version = patterned(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/, 'a version');
const key = freeText(0, 256);
const value = freeText(0, 1024);
const stringSet = sortedSetOf(value, MAX_LIST);
const signed = integer(-Number.MAX_SAFE_INTEGER);

const scalar: Writer = writer({ anyOf: [{ type: 'boolean' }, signed.schema, value.schema] }, (x, flaws) => {
  if (typeof x === 'boolean') return x ? 'true' : 'false';
  return typeof x === 'number' ? signed(x, flaws) : value(x, flaws);
});

const ACTS = [
  may('set', scalar),
  may('at', instant),
  may('add', stringSet),
  may('remove', stringSet),
  may('replace', stringSet),
  may('plus', signed),
  may('clear', onlyTrue),
];

const cell = patterned(/^[a-z][a-z0-9_./-]{0,127}$/, 'a cell id');
const openWrite = closedObject(must('cell', cell), must('key', listOf(key, 8)), ...ACTS);
const write: Writer = writer(
  { title: 'a write', ...openWrite.schema, minProperties: 3, maxProperties: 3 },
  (x, flaws) => {
    const text = openWrite(x, flaws);
    if (text === undefined || Object.keys(x as object).length === 3) return text;
    flaws.first ??= { path: [], expected: `exactly one of ${ACTS.map((act) => act.name).join(', ')}`, found: x };
    return undefined;
  },
);

const ref = closedObject(must('seq', integer(0)), must('leaf', digest));
const termsRef = closedObject(must('id', freeText(1, 128)), must('digest', digest));
const openTerms = closedObject(may('policy', termsRef), may('insurance', termsRef), may('msa', termsRef));
const terms: Writer = writer({ title: 'terms', ...openTerms.schema, minProperties: 1 }, (x, flaws) => {
  const text = openTerms(x, flaws);
  if (text !== '{}') return text;
  flaws.first ??= { path: [], expected: 'at least one of policy, insurance, msa', found: x };
  return undefined;
});

const COMMON: readonly Member[] = [
  must('v', oneOf(RECEIPT_VERSION)),
  must('origin', tested(isOrigin, 'an origin', /^[a-z0-9.-]+(?:\/[a-z0-9._-]+)+$/)),
  must('seq', integer(0)),
  must('prev', digest),
  must('at', instant),
  must('kind', oneOf('decision', 'outcome', 'consequence')),
  must('event', snakeCase),
  must('id', digest),
  must('subject', opaqueId),
  must('catalog', closedObject(must('id', opaqueId), must('version', version), must('digest', digest))),
  must(
    'engine',
    closedObject(
      must('name', patterned(/^[A-Za-z0-9@/._-]{1,64}$/, 'a name')),
      must('version', version),
      must('semantics', integer(1)),
    ),
  ),
  must('writes', listOf(write, MAX_LIST)),
  may('incident', opaqueId),
  may('trace', patterned(/^(?!0{32})[0-9a-f]{32}$/, 'a W3C trace id, 32 hex digits')),
  must('_sd_alg', oneOf('sha-256')),
  must('_sd', sortedSetOf(digest, MAX_LIST)),
];

const BODIES = {
  decision: [
    must('verdict', oneOf('approve', 'refuse')),
    must('codes', sortedSetOf(snakeCase, MAX_LIST)),
    may('deadline', instant),
  ],
  outcome: [
    must('of', ref),
    must('status', oneOf('success', 'failed', 'timeout', 'memory_exceeded', 'unknown', 'withdrawn')),
  ],
  consequence: [must('of', ref)],
} as const;

const BINDINGS = {
  contractual: [must('mode', oneOf('contractual')), must('terms', terms)],
  eval: [
    must('mode', oneOf('eval')),
    must('session', closedObject(must('id', opaqueId), must('notice', oneOf('non-contractual')))),
  ],
} as const;

const SHAPES: ReadonlyMap<string, Writer> = new Map(
  KINDS.flatMap((kind) =>
    MODES.map((mode) => [`${kind} ${mode}`, closedObject(...COMMON, ...BODIES[kind], ...BINDINGS[mode])] as const),
  ),
);

/** A receipt as JSON Schema 2020-12: six shapes, one for each kind and mode. */
export const RECEIPT_SCHEMA: SchemaPart = {
  anyOf: [...SHAPES].map(([kindAndMode, { schema }]) => ({ title: kindAndMode, ...schema })),
};

/**
 * A Firestore in memory that enforces what the real one does and an emulator may not: conditions, sizes, names, one winner of two
 * commits at once. Its ways can be cut, grow slow or grow silent at any request.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Trouble } from '@tai-autonomics/adapter-storage/conformance';
import type {
  FirestoreBatch,
  FirestoreClient,
  FirestoreDocument,
  FirestoreFields,
  FirestoreQuery,
  FirestoreReference,
  FirestoreTime,
} from '@tai-autonomics/adapter-storage/firestore';
import { createStrikes } from './strikes.ts';

/** The documents of a database, and what goes wrong on the way to them. */
export interface FakeFirestore {
  readonly client: FirestoreClient;
  order(trouble: Trouble | undefined): void;
  readonly struck: () => boolean;
  /** The error of the n-th commit from now on, before it does anything; `undefined` lets it through. */
  refuse(how: ((commit: number) => Error | undefined) | undefined): void;
  /** Every document as it is kept, by its path. */
  readonly documents: Map<string, Kept>;
  /** How many commits were done, and with how many writes in each. */
  readonly commits: number[];
  /** How many documents each query answered. */
  readonly pages: number[];
}

interface Kept {
  fields: FirestoreFields;
  updated: number;
}

interface Write {
  readonly ref: FirestoreReference;
  readonly kind: 'create' | 'set' | 'update' | 'delete';
  readonly fields?: FirestoreFields;
  readonly since?: FirestoreTime | undefined;
}

const MEBIBYTE = 1_048_576;
const DOCUMENT_BYTES = MEBIBYTE;
const REQUEST_BYTES = 10 * MEBIBYTE;
const WRITES = 500;
const VALUES = 30;
const INDEX_ENTRIES = 40_000;

/** The instant of the n-th commit. */
const timeOf = (seconds: number): FirestoreTime => ({
  seconds,
  nanoseconds: 0,
  toDate: () => new Date(seconds * 1_000),
  toMillis: () => seconds * 1_000,
  isEqual: (other) => other.seconds === seconds,
  valueOf: () => String(seconds),
});

/** An error as the client throws it: with the status of gRPC. */
export const statusError = (code: number, said: string): Error => Object.assign(new Error(said), { code });

export const fakeFirestore = (): FakeFirestore => {
  const documents = new Map<string, Kept>();
  const commits: number[] = [];
  const pages: number[] = [];
  const busy = new Set<string>();
  let clock = 0;
  let refusing: ((commit: number) => Error | undefined) | undefined;
  let asked = 0;
  const strikes = createStrikes();

  /** One request: it goes there, does what it does, and its answer comes back. */
  const request = async <A>(act: () => Promise<A>): Promise<A> => {
    const through = async (towards: Trouble['towards']): Promise<void> => {
      await turn();
      if (!strikes.meets(towards)) return;
      if (strikes.trouble?.how === 'stall') await new Promise(() => undefined);
      throw statusError(14, 'the way was cut');
    };
    await through('store');
    const answer = await act();
    await through('caller');
    return answer;
  };

  const documentAt = (path: string): FirestoreDocument => {
    const kept = documents.get(path);
    const { fields } = kept ?? {};
    return {
      exists: kept !== undefined,
      ref: refTo(path),
      ...(kept === undefined ? {} : { updateTime: timeOf(kept.updated) }),
      data: () => (fields === undefined ? undefined : copied(fields)),
    };
  };
  const refTo = (path: string): FirestoreReference => ({
    path,
    get: () => request(async () => documentAt(checkedPath(path))),
  });

  const commit = async (writes: readonly Write[]): Promise<void> => {
    asked += 1;
    const refusal = refusing?.(asked);
    if (refusal !== undefined) throw refusal;
    const bytes = writes.reduce((sum, { fields }) => sum + sizeOf(fields ?? {}), 0);
    if (writes.length > WRITES) throw statusError(3, `a request of ${writes.length} writes`);
    if (bytes > REQUEST_BYTES) throw statusError(3, `a request of ${bytes} bytes`);
    const paths = writes.map(({ ref }) => checkedPath(ref.path));
    // Two that touch one document at once: the later one gives way.
    if (paths.some((path) => busy.has(path))) throw statusError(10, 'too much contention on these documents');
    for (const path of paths) busy.add(path);
    try {
      await turn();
      for (const write of writes) check(write);
      clock += 1;
      for (const write of writes) apply(write);
      commits.push(writes.length);
    } finally {
      for (const path of paths) busy.delete(path);
    }
  };
  const check = ({ ref, kind, fields, since }: Write): void => {
    const kept = documents.get(ref.path);
    if (fields !== undefined) checkFields(fields);
    if (kind === 'create' && kept !== undefined) throw statusError(6, `entity already exists: ${ref.path}`);
    if (kind === 'update' && kept === undefined) throw statusError(5, `no entity to update: ${ref.path}`);
    if (kind === 'update' && since !== undefined && kept?.updated !== since.seconds)
      throw statusError(9, `the stored version does not match the required base version: ${ref.path}`);
  };
  const apply = ({ ref, kind, fields = {} }: Write): void => {
    if (kind === 'delete') documents.delete(ref.path);
    else
      documents.set(ref.path, {
        fields: copied(kind === 'update' ? { ...documents.get(ref.path)?.fields, ...fields } : fields),
        updated: clock,
      });
  };

  const batch = (): FirestoreBatch => {
    const writes: Write[] = [];
    let done = false;
    const add = (write: Write): FirestoreBatch => {
      if (done) throw new Error('Cannot modify a WriteBatch that has been committed.');
      writes.push(write);
      return self;
    };
    const self: FirestoreBatch = {
      create: (ref, fields) => add({ ref, kind: 'create', fields }),
      set: (ref, fields) => add({ ref, kind: 'set', fields }),
      update: (ref, fields, { lastUpdateTime }) => add({ ref, kind: 'update', fields, since: lastUpdateTime }),
      delete: (ref) => add({ ref, kind: 'delete' }),
      commit: () => {
        done = true;
        return request(() => commit(writes));
      },
    };
    return self;
  };

  const collection = (path: string, chosen: Chosen = NOTHING_CHOSEN): FirestoreQuery => ({
    where: (field, op, value) => collection(path, { ...chosen, wheres: [...chosen.wheres, { field, op, value }] }),
    orderBy: (field, direction = 'asc') => collection(path, { ...chosen, order: { field, direction } }),
    limit: (limit) => collection(path, { ...chosen, limit }),
    select: (...select) => collection(path, { ...chosen, select }),
    get: () =>
      request(async () => {
        checkQuery(chosen);
        const own = [...documents.keys()].filter(
          (each) => each.slice(0, each.lastIndexOf('/')) === checkedPath(path, 1),
        );
        const docs = own.map(documentAt).filter((document) => isChosen(document.data() ?? {}, chosen));
        const { order, limit = docs.length, select } = chosen;
        if (order === undefined) docs.sort((a, b) => (a.ref.path < b.ref.path ? -1 : 1));
        else docs.sort((a, b) => difference(a, b, order.field) * (order.direction === 'asc' ? 1 : -1));
        pages.push(Math.min(docs.length, limit));
        return { docs: docs.slice(0, limit).map((document) => projected(document, select)) };
      }),
  });

  return {
    client: { doc: refTo, collection: (path) => collection(path), batch, terminate: async () => undefined },
    documents,
    commits,
    pages,
    struck: () => strikes.struck,
    refuse: (how) => {
      refusing = how;
      asked = 0;
    },
    order: (next) => strikes.order(next),
  };
};

/** A client that loses the answer of each commit, and asks again. */
export const lossy = ({ client }: FakeFirestore): FakeFirestore['client'] => ({
  ...client,
  batch: () => {
    const [one, again] = [client.batch(), client.batch()];
    const self: ReturnType<typeof client.batch> = {
      create: (ref, fields) =>
        both(
          () => one.create(ref, fields),
          () => again.create(ref, fields),
        ),
      set: (ref, fields, how) =>
        both(
          () => one.set(ref, fields, how),
          () => again.set(ref, fields, how),
        ),
      update: (ref, fields, when) =>
        both(
          () => one.update(ref, fields, when),
          () => again.update(ref, fields, when),
        ),
      delete: (ref) =>
        both(
          () => one.delete(ref),
          () => again.delete(ref),
        ),
      commit: async () => {
        await one.commit();
        return again.commit();
      },
    };
    const both = (first: () => unknown, then: () => unknown) => {
      first();
      then();
      return self;
    };
    return self;
  },
});

interface Chosen {
  readonly wheres: readonly { readonly field: string; readonly op: string; readonly value: unknown }[];
  readonly order?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  readonly limit?: number;
  readonly select?: readonly string[];
}

const NOTHING_CHOSEN: Chosen = { wheres: [] };

/** What the real one refuses in a query, with what it says about indexes: none but those of single fields are there. */
const checkQuery = ({ wheres, order, limit }: Chosen): void => {
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) throw statusError(3, `a limit of ${limit}`);
  if (wheres.length > 1 || wheres.some(({ field }) => order !== undefined && order.field !== field))
    throw statusError(9, 'the query requires an index');
  for (const { op, value } of wheres) {
    if (op === 'array-contains-any' && (!Array.isArray(value) || value.length < 1 || value.length > VALUES))
      throw statusError(3, `array-contains-any takes 1 to ${VALUES} values`);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw statusError(3, `the value ${value}`);
  }
};

const isChosen = (fields: FirestoreFields, { wheres, order }: Chosen): boolean =>
  (order === undefined || fields[order.field] !== undefined) &&
  wheres.every(({ field, op, value }) => {
    const own = fields[field];
    if (op === 'array-contains-any')
      return Array.isArray(own) && own.some((each) => (value as readonly unknown[]).includes(each));
    if (typeof own !== 'number' || typeof value !== 'number') return false;
    return op === '>=' ? own >= value : own <= value;
  });

const difference = (a: FirestoreDocument, b: FirestoreDocument, field: string): number =>
  Number(a.data()?.[field]) - Number(b.data()?.[field]);

const projected = (document: FirestoreDocument, select: readonly string[] | undefined): FirestoreDocument => {
  const fields = document.data() ?? {};
  return select === undefined
    ? document
    : {
        ...document,
        data: () => Object.fromEntries(select.flatMap((name) => (name in fields ? [[name, fields[name]]] : []))),
      };
};

/** https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
const checkedPath = (path: string, odd: 0 | 1 = 0): string => {
  const ids = path.split('/');
  const isUnfit = (id: string): boolean =>
    id === '' || id === '.' || id === '..' || /^__.*__$/.test(id) || Buffer.byteLength(id) > 1_500 || id.includes('\0');
  if (ids.length % 2 !== odd || ids.some(isUnfit)) throw statusError(3, `the path ${path}`);
  return path;
};

const checkFields = (fields: FirestoreFields): void => {
  const bytes = sizeOf(fields);
  if (bytes > DOCUMENT_BYTES) throw statusError(3, `a document of ${bytes} bytes`);
  for (const [name, value] of Object.entries(fields)) {
    const isKnown = ['number', 'string', 'boolean'].includes(typeof value) || value instanceof Uint8Array;
    const isList = Array.isArray(value) && value.every((each) => typeof each === 'string');
    if (!isKnown && !isList) throw new Error(`Value for argument "data" is not a valid Firestore document (${name})`);
    if (isList && value.length > INDEX_ENTRIES) throw statusError(3, 'too many index entries');
  }
};

/** https://firebase.google.com/docs/firestore/storage-size, without the path. */
const sizeOf = (fields: FirestoreFields): number =>
  Object.entries(fields).reduce((sum, [name, value]) => sum + name.length + 1 + valueSize(value), 32);

const valueSize = (value: unknown): number =>
  typeof value === 'string'
    ? Buffer.byteLength(value) + 1
    : value instanceof Uint8Array
      ? value.length
      : Array.isArray(value)
        ? value.reduce((sum: number, each) => sum + valueSize(each), 0)
        : 8;

/** What is kept is nobody else's, on the way in and on the way out; bytes come back as a Buffer. */
const copied = (fields: FirestoreFields): FirestoreFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value) : Array.isArray(value) ? [...value] : value,
    ]),
  );

/** Objects that are written once and never again: the port behind which a bucket stands, or a folder. */
import type { Answer, StoreFault } from '@tai-autonomics/governor';

/** What became of a put. */
export type Put = 'written' | 'exists';

/** An object, as it is listed. */
export interface ObjectHead {
  readonly bytes: number;
}

/**
 * Keeps objects by name. Nothing is ever replaced or removed through it: a name that is taken stays what it is, whoever comes second is
 * told. A name consists of `[A-Za-z0-9._-]` and slashes; a part of it is neither empty nor `.` nor `..`.
 */
export interface ObjectStore {
  /** What messages call it: `folder:PATH`, `s3://BUCKET/PREFIX`. */
  readonly name: string;
  /** Whole and durable when it answers `written`. `exists` says nothing of what is there. */
  put(name: string, bytes: Uint8Array): Answer<Put>;
  /** `undefined` for an object that is not there. */
  get(name: string): Answer<Uint8Array | undefined>;
  /** The bytes `from ≤ n < to` of an object that has them. Absent: objects are read whole. */
  part?(name: string, from: number, to: number): Answer<Uint8Array | undefined>;
  head(name: string): Answer<ObjectHead | undefined>;
  /** The names that begin so, in the order of their characters. */
  list(prefix: string): Answer<readonly string[]>;
}

/** How long a bucket shall refuse that an object is deleted, where it offers that. In compliance mode nobody can end it earlier. */
export interface Retention {
  readonly days: number;
  readonly mode: 'governance' | 'compliance';
}

const NAME = /^(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*$/;
const PREFIX = /^(?:[A-Za-z0-9._-]+\/?)*$/;
const NAME_LENGTH = 800;

/** Whether it can name an object in every store. */
export const isObjectName = (name: string): boolean => name.length <= NAME_LENGTH && NAME.test(name);

/** Whether names can begin so. */
export const isObjectPrefix = (prefix: string): boolean =>
  prefix.length <= NAME_LENGTH &&
  PREFIX.test(prefix) &&
  !prefix.split('/').some((part) => part === '..' || part === '.');

/** What a store answers to a name that it can't have: nothing was asked of anybody. */
export const misnamed = (name: string): StoreFault => ({
  fault: 'corrupt',
  detail: `malformed, and not written: ${JSON.stringify(name.slice(0, 100))} is no name of an object`,
  outcome: 'not_written',
});

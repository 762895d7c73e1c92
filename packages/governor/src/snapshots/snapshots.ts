/**
 * Snapshots: what was computed of a ledger, so that nobody computes it again. They can be thrown away at any time. Each carries a
 * MAC under a key that is derived from the deployment's secret, which lies beside the sealing key: whoever can write where they are
 * kept, and nothing else, can remove one or bring back an older one, and can't make one.
 */
import { timingSafeEqual } from 'node:crypto';
import { encodeBase64url, isPlainObject, own } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { nodeHmacSha256 } from '../node/crypto.ts';
import type { LedgerId, SnapshotStore } from '../ports.ts';

/** What a snapshot is of. It counts for this and for nothing else. */
export interface SnapshotBinding {
  /** What was computed, by a name. */
  readonly part: string;
  readonly origin: string;
  /** Of so many receipts. */
  readonly size: number;
  /** The leaf of the last one, base64url. */
  readonly leaf: string;
  /** With which meaning of the fold. */
  readonly semantics: number;
  /** Whatever else a part is bound to. */
  readonly [member: string]: string | number;
}

/** A snapshot whose MAC was checked. */
export interface TakenSnapshot {
  readonly binding: SnapshotBinding;
  readonly payload: Uint8Array;
}

export interface Snapshots {
  /** Keeps one in place of the one before. Never rejects; what fails is reported. */
  keep(ledger: LedgerId, binding: SnapshotBinding, payload: Uint8Array): Promise<void>;
  /** The one that is kept; `undefined` if there is none, or it is no good: then that is said, and it is removed. Never rejects. */
  take(ledger: LedgerId, part: string, origin: string): Promise<TakenSnapshot | undefined>;
  /** Removes one that turned out to be wrong, and says why. Never rejects. */
  drop(ledger: LedgerId, part: string, why: string): Promise<void>;
}

const FORMAT = 'tai-autonomics/snapshot@1';
const MAC = /^[A-Za-z0-9_-]{43}$/;
const NEWLINE = 10;

export interface SnapshotsParts {
  readonly store: SnapshotStore;
  /** The deployment's secret, 32 bytes. */
  readonly secret: Uint8Array;
  readonly onFault: (detail: string) => void;
}

/** The snapshots of one deployment. */
export const createSnapshots = ({ store, secret, onFault }: SnapshotsParts): Snapshots => {
  const key = nodeHmacSha256(secret, Buffer.from(FORMAT, 'utf8'));
  const drop = async (ledger: LedgerId, part: string, why: string): Promise<void> => {
    onFault(`the snapshot ${part} of ledger ${ledger} is not used: ${why}; it is made again from the ledger`);
    try {
      const removed = await store.remove(ledger, part);
      if (E.isLeft(removed)) onFault(removed.left.detail);
    } catch (thrown) {
      onFault(messageOf(thrown));
    }
  };
  return {
    drop,
    keep: async (ledger, binding, payload) => {
      try {
        const kept = await store.write(ledger, binding.part, sealed(key, binding, payload));
        if (E.isLeft(kept)) onFault(`no snapshot ${binding.part} of ledger ${ledger}: ${kept.left.detail}`);
      } catch (thrown) {
        onFault(`no snapshot ${binding.part} of ledger ${ledger}: ${messageOf(thrown)}`);
      }
    },
    take: async (ledger, part, origin) => {
      try {
        const bytes = await store.read(ledger, part);
        if (E.isLeft(bytes)) {
          onFault(`the snapshot ${part} of ledger ${ledger} cannot be read: ${bytes.left.detail}`);
          return undefined;
        }
        if (bytes.right === undefined) return undefined;
        const opened = opening(key, bytes.right);
        if (E.isLeft(opened)) {
          await drop(ledger, part, opened.left);
          return undefined;
        }
        const { binding } = opened.right;
        if (binding.part === part && binding.origin === origin) return opened.right;
        await drop(ledger, part, `it is of another ledger or another part`);
      } catch (thrown) {
        onFault(`the snapshot ${part} of ledger ${ledger} cannot be read: ${messageOf(thrown)}`);
      }
      return undefined;
    },
  };
};

const sealed = (key: Uint8Array, binding: SnapshotBinding, payload: Uint8Array): Uint8Array => {
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(binding)}\n`, 'utf8'), payload]);
  const mac = encodeBase64url(nodeHmacSha256(key, body));
  return Buffer.concat([Buffer.from(`${FORMAT} ${mac}\n`, 'utf8'), body]);
};

const opening = (key: Uint8Array, bytes: Uint8Array): E.Either<string, TakenSnapshot> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = buffer.indexOf(NEWLINE);
  const [format, mac = ''] = buffer.toString('utf8', 0, Math.max(first, 0)).split(' ');
  if (format !== FORMAT || !MAC.test(mac)) return E.left(`it is not a ${FORMAT}`);
  const body = buffer.subarray(first + 1);
  // The MAC before anything is made of the bytes.
  const found = Buffer.from(mac, 'base64url');
  if (!timingSafeEqual(found, nodeHmacSha256(key, body))) return E.left('it was changed, or made under another secret');
  const second = body.indexOf(NEWLINE);
  const binding = bindingIn(body.toString('utf8', 0, Math.max(second, 0)));
  return binding === undefined
    ? E.left('its binding cannot be read')
    : E.right({ binding, payload: body.subarray(second + 1) });
};

const bindingIn = (text: string): SnapshotBinding | undefined => {
  const json: unknown = JSON.parse(text);
  if (!isPlainObject(json)) return undefined;
  const isText = (name: string): boolean => typeof own(json, name) === 'string';
  const isCount = (name: string): boolean => Number.isSafeInteger(own(json, name));
  return ['part', 'origin', 'leaf'].every(isText) && ['size', 'semantics'].every(isCount)
    ? (json as unknown as SnapshotBinding)
    : undefined;
};

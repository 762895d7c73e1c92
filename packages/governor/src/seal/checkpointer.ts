/** Says when checkpoints are signed: after so many receipts, after some time, on demand; and again after a failure. */
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Ms } from '../ports.ts';
import type { FoldedLedger } from '../snapshots/folded-ledger.ts';
import { type CheckpointSigningParts, createCheckpointSigning } from './checkpoint-signing.ts';
import { handedOverAt } from './sealing-keys.ts';

export interface CheckpointOptions {
  /** A checkpoint after so many receipts … */
  readonly every: number;
  /** … or so many milliseconds after a receipt that none covers. */
  readonly withinMs: Ms;
}
export const CHECKPOINT_DEFAULTS: CheckpointOptions = { every: 256, withinMs: 1_000 };

/** The longest pause before a signer that failed is asked again. */
const RETRY_MS_MAX = 60_000;

export interface Checkpointer {
  /** A receipt became durable: signs now, or soon. */
  noticed(): void;
  /** Signs everything that is durable; the signed note. Never rejects. */
  seal(): Promise<E.Either<string, string>>;
  /** Whether a checkpoint covers all that is durable. */
  readonly isCurrent: () => boolean;
  /** What was signed last must be a prefix of the ledger: says what is wrong if it is not. */
  check(): Promise<E.Either<string, void>>;
  stop(): void;
}

export interface CheckpointerParts extends CheckpointSigningParts {
  readonly options: CheckpointOptions;
  /** Told why a checkpoint could not be signed; it is tried again. */
  readonly onFault: (detail: string) => void;
  /** Told of each checkpoint once it is stored. Must not throw. */
  readonly onSealed?: (folded: FoldedLedger) => void;
}

type Signed = E.Either<string, string>;

/** The checkpoints of one ledger. */
export const createCheckpointer = (parts: CheckpointerParts): Checkpointer => {
  const { ledger, options } = parts;
  const signing = createCheckpointSigning(parts);
  let covered = 0;
  // How long the ledger was when this process wrote into it last.
  let written = 0;
  let failures = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const later = (ms: Ms): void => {
    if (timer !== undefined || stopped) return;
    timer = setTimeout(() => {
      timer = undefined;
      void seal();
    }, ms);
    timer.unref();
  };

  const seal = oneAtATime(async () => {
    clearTimeout(timer);
    timer = undefined;
    const result = await signing.sign().catch((thrown: unknown) => E.left(messageOf(thrown)));
    if (E.isRight(result)) {
      failures = 0;
      covered = Math.max(covered, result.right.size);
      parts.onSealed?.(result.right.folded);
      return E.right(result.right.note);
    }
    // Another process moved the ledger to its own key, and seals it: all that this one wrote stands before that receipt.
    const handedOver = handedOverAt(parts);
    if (handedOver !== undefined && written <= handedOver) {
      covered = ledger.head.size;
      return result;
    }
    failures += 1;
    // Until the next receipt nobody else would ask again, and that may be a long time.
    if (ledger.head.size > 0) {
      parts.onFault(`no checkpoint of ${ledger.origin}: ${result.left}`);
      later(Math.min(RETRY_MS_MAX, options.withinMs * 2 ** Math.min(failures, 16)));
    }
    return result;
  });

  return {
    seal,
    check: async () => {
      const checked = await signing.check();
      if (E.isLeft(checked)) return checked;
      covered = checked.right;
      return E.right(undefined);
    },
    isCurrent: () => covered === ledger.head.size,
    noticed: () => {
      written = ledger.head.size;
      // A signer that fails is not asked at every receipt.
      if (failures > 0 || ledger.head.size - covered < options.every) later(options.withinMs);
      else void seal();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};

/** One at a time. Whoever asks while one is being signed shares the next: it covers all that is durable by then. */
const oneAtATime = (turn: () => Promise<Signed>): (() => Promise<Signed>) => {
  let running: Promise<Signed> | undefined;
  let waiting: Promise<Signed> | undefined;
  const start = (): Promise<Signed> => {
    const started = turn().finally(() => {
      if (running === started) running = undefined;
    });
    running = started;
    return started;
  };
  return () => {
    if (waiting !== undefined) return waiting;
    if (running === undefined) return start();
    waiting = running.then(() => {
      waiting = undefined;
      return start();
    });
    return waiting;
  };
};

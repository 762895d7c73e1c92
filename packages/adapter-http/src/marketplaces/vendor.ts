/** What the desk needs of a marketplace: its messages read, its purchases read back, and its questions answered. */
import type { either as E } from 'fp-ts';
import type { Ask, MarketplaceName, Purchase } from './purchase.ts';

/** What a message is about. Only its ids are used: what is so now is read back. */
export interface Notice {
  /** The marketplace’s own name of what happened; only shown and recorded. */
  readonly type: string;
  /** Whether the type is one that is known here. */
  readonly isKnown: boolean;
  readonly about:
    | { readonly kind: 'purchase'; readonly id: string; readonly operation?: string }
    /** An account whose sign-up may wait. */
    | { readonly kind: 'account'; readonly id: string }
    /** All purchases of an account, since the message doesn’t say which. */
    | { readonly kind: 'holder'; readonly id: string }
    /** Nothing to do: a test message, an account that is gone. */
    | { readonly kind: 'nothing' };
  /** The marketplace forgets the purchase: that it cannot be read back is right. */
  readonly isLast?: true;
}

/** Why a marketplace did not do what was asked of it. */
export interface VendorFault {
  /** `gone`: it doesn’t know the thing. `later`: worth asking again. `refused`: it says no, or answers what cannot be read. */
  readonly fault: 'gone' | 'later' | 'refused';
  readonly detail: string;
}

/** A call that may fail. Never rejects. */
export type Called<A> = Promise<E.Either<VendorFault, A>>;

/** A marketplace, over whatever reaches it: `googleVendor`, `awsVendor`, `azureVendor`, or a fake. */
export interface Vendor {
  readonly name: MarketplaceName;
  /** Reads one of its messages. Left: what is wrong with it; then it is none. */
  readNotice(json: unknown): E.Either<string, Notice>;
  /** One purchase as it is now, and what of it waits for an answer. */
  read(about: { readonly id: string; readonly operation?: string }): Called<Purchase>;
  /** All purchases that it still knows. */
  list(): Called<readonly Purchase[]>;
  /** Answers what a purchase asks. Asked again, it does nothing more. */
  answer(purchase: Purchase, ask: Ask): Called<void>;
  /** Approves an account whose sign-up waits for it. Absent where a marketplace has no such thing. */
  approveAccount?(id: string): Called<void>;
}

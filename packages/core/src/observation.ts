/** O: all that a decision may depend on. Nothing else exists for `decide`: no clock, no network, no randomness. */

import type { Ms } from './data/instant.ts';
import type { ActionId, NamedKind, SubjectType } from './policy/action.ts';
import type { FactId } from './policy/fact.ts';
import type { Role } from './policy/role.ts';
import type { State } from './state.ts';

/** `eval`: non-contractual, no contractual effect is ever approved. `contractual`: bound to insurance and MSA. */
export type Mode = 'eval' | 'contractual';

/** Who asks; all of it comes from the credential. */
export interface Subject {
  readonly type: SubjectType;
  readonly id: string;
  /** The keyed pseudonym that stands for the subject in cells and receipts. */
  readonly ref: string;
  /** The roles that the credential carries at most. */
  readonly scope: readonly Role[];
}

/**
 * The refusal that an intent names by its receipt, as the ledger has it: about the intent's own resource, and asking for
 * an approval. Stamped by the governor; never taken from a body.
 */
export interface Refusal {
  /** The pseudonym of who was refused. */
  readonly requester: string;
  /** The pseudonym of the user of the same name, where an agent or a service was refused: one person stands behind both. */
  readonly namesake?: string;
  /** The pseudonym of the user who stands behind who was refused, where the deployment names one; it goes before the namesake. */
  readonly person?: string;
  /** Everybody who stands behind who was refused: each of them as `person` says them of a user. */
  readonly persons?: readonly string[];
  /** The binding of what was refused: what an approval counts for. */
  readonly binding: string;
  /** The actions by which its next steps would be approved, sorted, each once. */
  readonly asks: readonly ActionId[];
}

/**
 * Where a resource is, as the host's directory says. `unknown`: the directory has no such resource; what it does there
 * counts as production.
 */
export type Environment = 'sandbox' | 'production' | 'unknown';

/** What an intent is about. */
export interface Resource {
  readonly id: string;
  /** The keyed pseudonym that stands for the resource in cells and receipts. */
  readonly ref: string;
  /** `production` where absent: a host that names its resources by itself knows them, and none is a sandbox. */
  readonly environment?: Environment;
  /** Names that the directory does know, nearest first; only of a resource that it doesn't. */
  readonly nearest?: readonly string[];
}

/** What is asked: subject, action, resource (AuthZEN's words). */
export interface Intent {
  readonly subject: Subject;
  readonly action: { readonly id: ActionId; readonly arguments: Readonly<Record<string, unknown>> };
  readonly resource: Resource;
  /** Keyed digest of what exactly is asked, under which catalog; what an approval is bound to. */
  readonly binding: string;
  /** What its arguments `receipt` and `leaf` name; absent where that is no refusal that asks for an approval. */
  readonly refusal?: Refusal;
  /** The kind of whom the argument that names a subject names, as the deployment knows it; absent where it knows nobody. */
  readonly named?: NamedKind;
  /** The pseudonym of the user who stands behind who asks, where the deployment names one. */
  readonly person?: string;
  /** Everybody who stands behind who asks: an agent or a service may be of several. */
  readonly persons?: readonly string[];
  /** The key of the subject's own that signed exactly this; absent where nothing was signed, or wrongly. */
  readonly signedBy?: string;
}

/** What a source said about a resource. Untyped on purpose: an ill-typed value is a missing reading, not a failed parse. */
export interface Evidence {
  readonly fact: FactId;
  readonly about: string;
  readonly value: unknown;
  readonly source: string;
  readonly observedAt: Ms;
  /** Where the raw input is, and what derived the fact from it. */
  readonly ref?: { readonly detector?: string; readonly digest?: string; readonly uri?: string };
}

/** O: all that a decision may depend on. */
export interface Observation {
  /** The id of the receipt that the decision leaves; of a preview, any text. */
  readonly id: string;
  readonly at: Ms;
  readonly mode: Mode;
  /** The digest of the catalog that decides; it reads as the empty string where nobody stated it. */
  readonly catalog?: string;
  readonly intent: Intent;
  readonly evidence: readonly Evidence[];
  readonly state: State;
}

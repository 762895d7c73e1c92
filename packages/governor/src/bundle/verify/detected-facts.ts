/**
 * One step further down than a decision's readings: the facts of its evidence, detected again from the raw input that
 * the bundle carries. Where the input or the detector is not here nothing is said; only a contradiction is a finding.
 */

import type { FactId, Wire } from '@tai-autonomics/core/author';
import { parseInstant } from '@tai-autonomics/core/engine';
import { canonicalize, isPlainObject, type Json, type Rederived, type Rederiver } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { createRecentlyUsed } from '../../bounds/recently-used.ts';
import { parseStrictJson } from '../../json/strict-json.ts';
import { type RawDetector, stated } from '../../local/raw-evidence.ts';
import type { Bundle } from '../bundle.ts';

/** How many facts were detected again, and how many could not be. */
export interface DetectedCounts {
  readonly again: number;
  /** Of these, how many by an older version of a detector than the auditor has: what that one did not see yet, nobody saw. */
  readonly byOlder: number;
  /** Their raw input is not here, is longer than is read, was read as often as an input is, or would take too many steps. */
  readonly notAvailable: number;
  /** They name a detector that the auditor does not have. */
  readonly noDetector: number;
  /** They name no raw input: what the source said is all there is. */
  readonly unshown: number;
}

/** A re-deriver that looks at raw inputs too. */
export interface DetectingRederiver extends Rederiver {
  readonly counts: DetectedCounts;
}

const RAW_LIMITS = { comments: false, maxBytes: 16_777_216, maxDepth: 64 } as const;
/** Inputs whose facts are remembered, those that were used last: one input often serves several receipts in a row. */
const REMEMBERED = 1_024;
/** How often one input is read at most: an issuer could name its inputs in an order in which none is remembered. */
const READS_MAX = 4;

/** Steps that detectors may take beyond what is linear in their inputs: of one bundle, all together. */
const STEPS_MAX = 100_000_000;

/** What a detector found in an input, and when the input says that it was seen. */
interface Detected {
  readonly facts: Readonly<Record<FactId, Wire>>;
  readonly seenAt: number | undefined;
}
type Members = { readonly [name: string]: Json };

/** Wraps a re-deriver: what it finds counts first; then every entry of evidence that refers to an input is compared with it. */
export const detectAgain = (
  inner: Rederiver,
  bundle: Bundle,
  evidence: ReadonlySet<string>,
  detectors: readonly RawDetector[],
): DetectingRederiver => {
  const lookup = createLookup(bundle, evidence, detectors);
  const newest = newestOf(detectors);
  const counts = { again: 0, byOlder: 0, notAvailable: 0, noDetector: 0, unshown: 0 };

  /** The first fact of a disclosure that its input does not show. */
  const contradiction = (name: string, value: Json): string | undefined => {
    const [kind, fact = ''] = name.split('/');
    if (kind !== 'evidence' || !Array.isArray(value)) return undefined;
    for (const entry of value as readonly Json[]) {
      const ref = membersOf(membersOf(entry)?.['ref']);
      const { detector, digest } = ref ?? {};
      const detected =
        typeof detector === 'string' && typeof digest === 'string' ? lookup(detector, digest) : undefined;
      if (detected === undefined) counts.unshown += 1;
      else if (detected === 'no_detector') counts.noDetector += 1;
      else if (detected === 'not_available') counts.notAvailable += 1;
      else if (shows(detected, fact, membersOf(entry) ?? {})) {
        counts.again += 1;
        if (!newest.has(String(detector))) counts.byOlder += 1;
      } else return `${fact} is not what ${detector} finds in its raw input`;
    }
    return undefined;
  };

  const compare = (disclosures: ReadonlyMap<string, Json>): Rederived | undefined => {
    for (const [name, value] of disclosures) {
      const why = contradiction(name, value);
      if (why !== undefined) return { status: 'falsified', why };
    }
    return undefined;
  };

  return {
    step: (receipt, leaf, disclosures, prefixWhole) => {
      const found = inner.step(receipt, leaf, disclosures, prefixWhole);
      return found.status === 'falsified' ? found : (compare(disclosures) ?? found);
    },
    get counts() {
      return { ...counts };
    },
  };
};

/** The newest version of each detector, as receipts name it. */
const newestOf = (detectors: readonly RawDetector[]): ReadonlySet<string> => {
  const versions = new Map<string, number>();
  for (const { id, version } of detectors) versions.set(id, Math.max(version, versions.get(id) ?? version));
  return new Set([...versions].map(([id, version]) => `${id}@${version}`));
};

const membersOf = (json: Json | undefined): Members | undefined => (isPlainObject(json) ? json : undefined);

const isSame = (a: unknown, b: unknown): boolean => {
  const [x, y] = [canonicalize(a), canonicalize(b)];
  return E.isRight(x) && E.isRight(y) && x.right === y.right;
};

/** Whether an entry says what was found, and is as old as the input says. */
const shows = ({ facts, seenAt }: Detected, fact: FactId, { value, observedAt }: Members): boolean => {
  const found = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
  const isAsOld = seenAt === undefined || (typeof observedAt === 'string' && parseInstant(observedAt) === seenAt);
  return found !== undefined && isSame(stated(found), value) && isAsOld;
};

const NOTHING: Detected = { facts: {}, seenAt: undefined };

/** Detects the facts of an input; or says what is not here. What is no JSON shows no fact at all. */
const createLookup = (
  bundle: Bundle,
  evidence: ReadonlySet<string>,
  detectors: readonly RawDetector[],
): ((detector: string, digest: string) => Detected | 'no_detector' | 'not_available') => {
  const known = new Map(detectors.map((detector) => [`${detector.id}@${detector.version}`, detector]));
  const remembered = createRecentlyUsed<Detected>(REMEMBERED);
  const reads = new Map<string, number>();
  let stepsLeft = STEPS_MAX;
  const detect = (by: RawDetector, digest: string): Detected | 'not_available' => {
    const file = { file: 'evidence', digest } as const;
    if (bundle.source.size(file) > RAW_LIMITS.maxBytes) return 'not_available';
    const bytes = bundle.source.read(file);
    if (E.isLeft(bytes) || bytes.right === undefined) return 'not_available';
    const raw = parseStrictJson(bytes.right, RAW_LIMITS);
    if (E.isLeft(raw)) return NOTHING;
    stepsLeft -= by.steps?.(raw.right.value) ?? 0;
    if (stepsLeft < 0) return 'not_available';
    const detected = by.detect(raw.right.value);
    // What the detector can't read shows no fact at all: an entry that claims one contradicts it.
    return { facts: E.isRight(detected) ? detected.right : {}, seenAt: by.seenAt?.(raw.right.value) };
  };
  return (detector, digest) => {
    const by = known.get(detector);
    if (by === undefined) return 'no_detector';
    if (!evidence.has(digest)) return 'not_available';
    const key = `${detector} ${digest}`;
    const found = remembered.get(key);
    if (found !== undefined) return found;
    const before = reads.get(key) ?? 0;
    if (before >= READS_MAX) return 'not_available';
    reads.set(key, before + 1);
    const detected = detect(by, digest);
    if (detected !== 'not_available') remembered.set(key, detected);
    return detected;
  };
};

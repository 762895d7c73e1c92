/** The operator's insurance as a contractual deployment's config.json names it, and the monitor that looks at it. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Issue } from '@tai-autonomics/core';
import { decodeBase64url, encodeBase64url, isPlainObject, type TermsRef } from '@tai-autonomics/core/receipt';
import type { InsuranceMonitor } from '@tai-autonomics/governor';
import { checkMembers, type Rule } from '@tai-autonomics/governor/json';
import { COVERAGES, type DocumentSource, type InsuranceTerms, insuranceMonitor } from '@tai-autonomics/governor/keys';
import { documentFile } from '@tai-autonomics/governor/local';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { documentUrl, isDocumentUrl } from '@tai-autonomics/governor/remote';
import { either as E } from 'fp-ts';

/** Where certificate and revocation list are (files, relative to the folder, or https addresses), and what is asked of them. */
export interface InsurancePlace {
  readonly certificate: string;
  readonly revocations: string;
  /** base64url of 32 bytes. */
  readonly insurerKey: string;
  readonly insured: string;
  readonly coverage: InsuranceTerms['coverage'];
}

/** What is wrong with the member `insurance` of a configuration. */
export const insuranceIssues = (x: unknown): readonly Issue[] => {
  const own = checkMembers(x, ['insurance'], RULES);
  return own.length > 0 ? own : checkMembers((x as InsurancePlace).coverage, ['insurance', 'coverage'], COVERAGE);
};

/** The monitor of a deployment in a folder. */
export const monitorOf = (
  dir: string,
  { certificate, revocations, insurerKey, insured, coverage }: InsurancePlace,
): InsuranceMonitor =>
  insuranceMonitor({
    certificate: sourceOf(dir, certificate),
    revocations: sourceOf(dir, revocations),
    insurerKey: decodeBase64url(insurerKey) ?? new Uint8Array(0),
    insured,
    coverage,
    ...([certificate, revocations].some(isDocumentUrl) ? {} : { lookEveryMs: FILES_EVERY_MS }),
  });

/** What receipts cite as the rule by which data is handled: the file's name, and the digest of its bytes as they are at the start. */
export const dataRuleOf = async (dir: string, file: string): Promise<E.Either<string, TermsRef>> => {
  try {
    const bytes = await readFile(resolve(dir, file));
    return E.right({ id: basename(file), digest: encodeBase64url(nodeSha256(new Uint8Array(bytes))) });
  } catch {
    return E.left(`${file}: cannot be read; config.json names it as the rule by which data is handled (dataRule)`);
  }
};

const isName = (x: unknown): x is string => typeof x === 'string' && /^[^\p{Cc}]{1,500}$/u.test(x);

const isAmount = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) > 0;

const isKey = (x: unknown): boolean => typeof x === 'string' && decodeBase64url(x)?.length === 32;

const place: Rule = { expected: 'a file, or an address that begins with https://', holds: isName };

const amount: Rule = { expected: 'the least amount, in minor units', holds: isAmount };

const RULES: Readonly<Record<keyof InsurancePlace, Rule>> = {
  certificate: place,
  revocations: place,
  insurerKey: { expected: 'the insurer’s key: base64url of 32 bytes', holds: isKey },
  insured: { expected: 'the named insured, as the certificate has it', holds: isName },
  coverage: { expected: '{ type, currency, eachOccurrence, aggregate }', holds: isPlainObject },
};

const COVERAGE: Readonly<Record<keyof InsurancePlace['coverage'], Rule>> = {
  type: { expected: `one of ${COVERAGES.join(', ')}`, holds: (x) => COVERAGES.some((known) => known === x) },
  currency: { expected: 'a currency such as USD', holds: (x) => typeof x === 'string' && /^[A-Z]{3}$/.test(x) },
  eachOccurrence: amount,
  aggregate: amount,
};

const sourceOf = (dir: string, where: string): DocumentSource =>
  isDocumentUrl(where) ? documentUrl(where) : documentFile(resolve(dir, where));

/** A file costs nothing to look at: what somebody puts there counts within a second. */
const FILES_EVERY_MS = 1_000;

/** The papers of a contractual deployment, as its configuration names them: files by their place from the folder. */
import { dirname, relative, resolve } from 'node:path';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { isDocumentUrl } from '@tai-autonomics/governor/remote';
import { either as E } from 'fp-ts';
import { type InsurancePlace, insuranceIssues } from '../deployment/insurance.ts';
import { readJsonFile } from '../input/read-file.ts';
import type { Io } from '../terminal/io.ts';
import type { Papers } from './questions.ts';

/** From a file with the members `insurance` and `dataRule`, whose places are relative to it. */
export const papersIn = async (io: Io, dir: string, file: string): Promise<E.Either<readonly string[], object>> => {
  const path = resolve(io.cwd, file);
  const read = await readJsonFile(io, path);
  if (E.isLeft(read)) return E.left([read.left]);
  const { insurance, dataRule, ...others } = (read.right.value ?? {}) as Readonly<Record<string, unknown>>;
  const [other] = Object.keys(others);
  if (other !== undefined) return E.left([`${file}: at $.${other}: expected insurance and dataRule, and nothing else`]);
  const issues = insuranceIssues(insurance);
  if (issues.length > 0) return E.left(issues.map(read.right.line));
  const from = placesFrom(dir, dirname(path));
  const { certificate, revocations, ...rest } = insurance as InsurancePlace;
  return E.right({
    insurance: { certificate: from(certificate), revocations: from(revocations), ...rest },
    ...(typeof dataRule === 'string' ? { dataRule: from(dataRule) } : {}),
  });
};

/** From options or answers. Who is insured, and for what at least, is what the certificate says: whether it counts is looked at next. */
export const papersOf = async (io: Io, dir: string, papers: Papers): Promise<E.Either<readonly string[], object>> => {
  const { certificate, revocations, insurerKey, dataRule } = papers;
  const read = await readJsonFile(io, certificate);
  if (E.isLeft(read)) return E.left([read.left]);
  const { insured, coverages } = membersOf(membersOf(read.right.value)['certificate']);
  const all: readonly unknown[] = Array.isArray(coverages) ? coverages : [];
  const { type, currency, eachOccurrence, aggregate } = membersOf(
    all.find((one) => membersOf(one)['type'] === 'professional_liability') ?? all[0],
  );
  const from = placesFrom(dir, io.cwd);
  const insurance = {
    certificate: from(certificate),
    revocations: from(revocations),
    insurerKey,
    insured,
    coverage: { type, currency, eachOccurrence, aggregate },
  };
  return insuranceIssues(insurance).length > 0
    ? E.left([`${certificate}: expected a certificate of insurance that the insurer signed`])
    : E.right({ insurance, dataRule: from(dataRule) });
};

const placesFrom =
  (dir: string, here: string) =>
  (place: string): string =>
    isDocumentUrl(place) ? place : relative(dir, resolve(here, place));

const membersOf = (x: unknown): Readonly<Record<string, unknown>> => (isPlainObject(x) ? x : {});

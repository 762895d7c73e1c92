/** What `tai init` has to know: from its options, and where a person sits at the terminal, from their answers. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { nameFault } from '@tai-autonomics/core/engine';
import { decodeBase64url } from '@tai-autonomics/core/receipt';
import { isDocumentUrl } from '@tai-autonomics/governor/remote';
import { either as E } from 'fp-ts';
import { complain, type Io } from '../terminal/io.ts';

/** What may be said on the command line, each by the option of its name. */
export interface Said {
  readonly mode?: string;
  readonly domain?: string;
  readonly owner?: string;
  readonly certificate?: string;
  readonly revocations?: string;
  readonly insurerKey?: string;
  readonly dataRule?: string;
}

/** What a deployment is made from. */
export type Known = Required<Pick<Said, 'domain' | 'owner'>> &
  ({ readonly mode: 'eval' } | ({ readonly mode: 'contractual' } & Papers));

/** The papers of a contractual deployment, where they stand from where the command was typed. */
export type Papers = Required<Pick<Said, 'certificate' | 'revocations' | 'insurerKey' | 'dataRule'>>;

/** How the options are spelt. */
export const OPTION: { readonly [N in keyof Said]-?: string } = {
  mode: '--mode',
  domain: '--domain',
  owner: '--owner',
  certificate: '--certificate',
  revocations: '--revocations',
  insurerKey: '--insurer-key',
  dataRule: '--data-rule',
};

interface Question {
  readonly asks: string;
  /** What nothing means; absent where something must be said. */
  readonly otherwise?: string;
  /** What is wrong with an answer, if anything is. */
  readonly fault: (io: Io, text: string) => Promise<string | undefined> | string | undefined;
}

/**
 * Every answer, or what is wrong. An option is never asked for again; without a person everything that has a default takes
 * it, and the rest must be said. Nothing has been written when a question is left unanswered (Ctrl-C, Ctrl-D).
 */
export const askAll = async (io: Io, said: Said): Promise<E.Either<readonly string[], Known>> => {
  const first = await answersTo(io, FIRST, said);
  if (E.isLeft(first)) return first;
  const { mode, domain, owner } = first.right;
  if (mode !== 'contractual') {
    const [strange] = (Object.keys(PAPERS) as (keyof Papers)[]).filter((name) => said[name] !== undefined);
    return strange === undefined
      ? E.right({ mode: 'eval', domain, owner })
      : E.left([`${OPTION[strange]}: is for --mode contractual`]);
  }
  return E.map((papers: Papers): Known => ({ mode, domain, owner, ...papers }))(await answersTo(io, PAPERS, said));
};

const answersTo = async <N extends keyof Said>(
  io: Io,
  questions: { readonly [K in N]: Question },
  said: Said,
): Promise<E.Either<readonly string[], { readonly [K in N]: string }>> => {
  const answers: Partial<Record<N, string>> = {};
  const wrong: string[] = [];
  for (const name of Object.keys(questions) as N[]) {
    const question = questions[name];
    const given = said[name] ?? (io.ask === undefined ? question.otherwise : undefined);
    const fault = given === undefined ? undefined : await question.fault(io, given);
    if (fault !== undefined) wrong.push(`${OPTION[name]}: ${fault}`);
    else if (given !== undefined) answers[name] = given;
    else if (io.ask === undefined) wrong.push(`${OPTION[name]}: is needed; ${question.asks}`);
    else {
      // What is wrong with the options is said before anything is asked.
      if (wrong.length > 0) continue;
      const answer = await asked(io, io.ask, question);
      if (answer === undefined) return E.left(['nothing was made']);
      answers[name] = answer;
    }
  }
  return wrong.length > 0 ? E.left(wrong) : E.right(answers as { readonly [K in N]: string });
};

/** Asks until the answer is lawful; `undefined` where whoever is asked leaves. */
const asked = async (io: Io, ask: NonNullable<Io['ask']>, question: Question): Promise<string | undefined> => {
  const { asks, otherwise } = question;
  for (;;) {
    const said = await ask(`${asks}${otherwise === undefined ? '' : ` [${otherwise}]`}: `);
    if (said === undefined) return undefined;
    const text = said.trim() === '' ? (otherwise ?? '') : said.trim();
    if (text === '') continue;
    const fault = await question.fault(io, text);
    if (fault === undefined) return text;
    complain(io, fault);
  }
};

const aFile = async (io: Io, text: string): Promise<string | undefined> =>
  (await stat(resolve(io.cwd, text)).then(
    (found) => found.isFile(),
    () => false,
  ))
    ? undefined
    : `expected a file, found ${text}`;

const FIRST: { readonly [N in 'mode' | 'domain' | 'owner']: Question } = {
  mode: {
    asks: 'mode: eval acts on sandboxes alone, contractual needs your insurance',
    otherwise: 'eval',
    fault: (_, text) =>
      text === 'eval' || text === 'contractual' ? undefined : `expected eval or contractual, found ${text}`,
  },
  domain: {
    asks: 'domain: the host part of the ledgers’ names, for ever',
    otherwise: 'localhost',
    fault: (_, text) =>
      /^[a-z0-9.-]{1,100}$/.test(text) ? undefined : `expected a domain in lower case, found ${text}`,
  },
  owner: { asks: 'owner: the user who grants roles', otherwise: 'owner', fault: (_, text) => nameFault(text) },
};

const PAPERS: { readonly [N in keyof Papers]: Question } = {
  certificate: { asks: 'certificate: the file of your insurance certificate, which the insurer signed', fault: aFile },
  revocations: {
    asks: 'revocations: the insurer’s list of revoked certificates, a file or an https address',
    fault: (io, text) => (isDocumentUrl(text) ? undefined : aFile(io, text)),
  },
  insurerKey: {
    asks: 'insurer key: the insurer’s public key, base64url of 32 bytes, as the insurer gave it to you',
    fault: (_, text) => (decodeBase64url(text)?.length === 32 ? undefined : 'expected base64url of 32 bytes'),
  },
  dataRule: { asks: 'data rule: the file with the rule by which data is handled', fault: aFile },
};

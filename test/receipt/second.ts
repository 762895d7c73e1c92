/**
 * The verifier in Python beside ours: what each says of the same bundle. It was written from the format's page and shares
 * no code with the packages.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nobleSha256, startVerifier, type VerifyOptions, type VerifyReport } from '@tai-autonomics/core/receipt';
import { nodeEd25519 } from '@tai-autonomics/governor/node';
import { expect } from 'vitest';
import type { AttackVector } from './attacks.ts';
import { bytesOf } from './fixture.ts';

/** What an auditor and a bundle may have beside what the vectors say. */
type Given = Pick<VerifyOptions, 'attachments' | 'consistency' | 'freshness' | 'outside'>;
export type Case = Omit<AttackVector, 'comment' | 'expect'> & {
  readonly [K in keyof Omit<Given, 'attachments'>]: Given[K];
} & { readonly attachments?: { readonly catalogs: readonly string[]; readonly evidence: readonly string[] } };
/** What is compared of a report. */
export interface Said {
  readonly overall: string;
  readonly failed: readonly string[];
  readonly labels: object;
  readonly complete: string | null;
  readonly steps: Readonly<Record<string, string>>;
  readonly open: { readonly repeated: number; readonly stray: number };
  readonly erased: readonly (readonly [number, number])[];
}

/** What ours says, and of each receipt in turn. */
export const ours = ({ receipts, disclosures, proofs, attachments, ...given }: Case): Said => {
  const { comment: _, expect: __, ...options } = given as Partial<AttackVector>;
  const files = attachments && { catalogs: new Set(attachments.catalogs), evidence: new Set(attachments.evidence) };
  const verifier = startVerifier({
    sha256: nobleSha256,
    ed25519: nodeEd25519,
    ...(options as Omit<VerifyOptions, 'sha256' | 'ed25519'>),
    ...(files && { attachments: files }),
  });
  for (const [i, line] of receipts.entries()) {
    const proof = proofs?.[i];
    verifier.step({ bytes: bytesOf(line), disclosures: disclosures?.[i] ?? [], ...(proof !== undefined && { proof }) });
  }
  return saidOf(verifier.finish());
};

const saidOf = ({ overall, steps, labels, completeness, unchecked, erased }: VerifyReport): Said => {
  const counted = (what: string, word: RegExp): number =>
    Number(word.exec(unchecked.find((one) => one.what === what && one.open)?.sentence ?? '')?.[1] ?? 0);
  return {
    overall,
    failed: steps.filter(({ status }) => status === 'failed').map(({ step }) => step),
    labels,
    complete: completeness.complete === 'to_size' ? completeness.by : null,
    steps: Object.fromEntries(steps.map(({ step, status }) => [step, status])),
    open: { repeated: counted('ids', /once: (\d+) /), stray: counted('disclosures', /^What (\d+) /) },
    erased: erased.map(({ seq, order }) => [seq, order] as const).sort(([a], [b]) => a - b),
  };
};

/** What theirs says. */
export const theirs = (cases: readonly object[]): readonly Said[] => {
  const input = cases.map((one) => `${JSON.stringify(one)}\n`).join('');
  const script = fileURLToPath(new URL('python/receipts.py', import.meta.url));
  const { stdout, stderr } = spawnSync('python3', [script], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Said);
};

/** Both answers, and where they differ the case that shows it. */
export const compared = (cases: readonly Case[]): void => {
  const answers = theirs(cases);
  expect(answers).toHaveLength(cases.length);
  for (const [i, one] of cases.entries())
    expect({ case: one, said: answers[i] }).toEqual({ case: one, said: ours(one) });
};

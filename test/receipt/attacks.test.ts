import { readdirSync } from 'node:fs';
import { nobleEd25519, nobleSha256, startVerifier, type VerifyOptions } from '@tai-autonomics/core/receipt';
import { expect, test } from 'vitest';
import { type AttackVector, attackVectors } from './attacks.ts';
import { bytesOf, readVector } from './fixture.ts';

const files = readdirSync(new URL('../vectors/receipt', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''));

test('the files are what the code of today writes, so the format has not moved', () => {
  const written = attackVectors();
  expect(files.sort()).toEqual(Object.keys(written).sort());
  for (const name of files)
    expect(readVector(`receipt/${name}.json`)).toEqual(JSON.parse(JSON.stringify(written[name])));
});

test.for(files)('%s', (name) => {
  const {
    comment: _,
    receipts,
    disclosures,
    proofs,
    expect: wanted,
    ...given
  } = readVector(`receipt/${name}.json`) as AttackVector;
  const verifier = startVerifier({
    sha256: nobleSha256,
    ed25519: nobleEd25519,
    ...(given as Omit<VerifyOptions, 'sha256' | 'ed25519'>),
  });
  for (const [i, line] of receipts.entries()) {
    const proof = proofs?.[i];
    verifier.step({ bytes: bytesOf(line), disclosures: disclosures?.[i] ?? [], ...(proof !== undefined && { proof }) });
  }
  const report = verifier.finish();
  expect({
    overall: report.overall,
    ...(report.firstBad !== undefined && { firstBad: report.firstBad.seq }),
    failed: report.steps.filter(({ status }) => status === 'failed').map(({ step }) => step),
    labels: report.labels,
  }).toEqual(wanted);
});

import { readdirSync } from 'node:fs';
import { nobleEd25519, nobleSha256, startVerifier, type VerifyOptions } from '@tai-autonomics/core/receipt';
import { expect, test } from 'vitest';
import { type AttackVector, attackVectors } from './attacks.ts';
import { bytesOf, readVector } from './fixture.ts';

const files = readdirSync(new URL('../vectors/receipt', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''));

test('there is a file for every case, and no other', () => {
  expect(files.sort()).toEqual(Object.keys(attackVectors()).sort());
});

test.for(Object.entries(attackVectors()))('%s.json is what the code of today writes', async ([name, attack]) => {
  await expect(`${JSON.stringify(attack, null, 1)}\n`).toMatchFileSnapshot(`../vectors/receipt/${name}.json`);
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

test('a fork that the ledger says itself is no contradiction, and its evidence is kept all the same', () => {
  const { receipts, disclosures, ...given } = readVector('receipt/restored-seen-in-between.json') as AttackVector;
  const verifier = startVerifier({
    sha256: nobleSha256,
    ed25519: nobleEd25519,
    ...(given as unknown as Omit<VerifyOptions, 'sha256' | 'ed25519'>),
  });
  for (const [i, line] of receipts.entries())
    verifier.step({ bytes: bytesOf(line), disclosures: disclosures?.[i] ?? [] });
  const report = verifier.finish();
  expect([report.overall, report.equivocation?.notes]).toEqual(['incomplete', [given.remembered, given.checkpoint]]);
});

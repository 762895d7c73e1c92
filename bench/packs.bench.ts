/**
 * What detectors cost, on raw evidence as it comes parsed from a file. Workload: a request-rate series of 1 000 000 samples
 * with a storm in it, whole and as four instances to be added up; a policy of 10 000 bindings, of three members each, whose
 * order is shuffled and of which one binding in a hundred drifted; a Deployment with 100 ReplicaSets. One look is all from
 * the parsed document to the facts. A figure is the median of the rounds; the series and its split take turns.
 */
import { type Detector, iamDrift, kubernetesDeployment, storm } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { amount, figure, median } from './measure.ts';
import { onPage } from './on-page.ts';

const rounds = 9;
const samples = amount(1_000_000);
const bindings = amount(10_000);

/** The same numbers every time, in no order that matters. */
const dice = (() => {
  let seed = 20_261_121;
  return (n: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % n;
  };
})();

const ratesOf = (n: number, scale: number): readonly (readonly [number, string])[] =>
  Array.from({ length: n }, (_, i) => {
    const high = i % 100_000 > 99_000 ? 20 : 1;
    return [1_700_000_000 + 15 * i, String((high * scale * (9_000 + dice(2_000))) / 1_000)];
  });
const matrix = (...series: readonly unknown[]): unknown => ({
  status: 'success',
  data: { resultType: 'matrix', result: series.map((values) => ({ metric: {}, values })) },
});

const policyOf = (drift: boolean): unknown => {
  const list = Array.from({ length: bindings }, (_, i) => {
    const more = drift && i % 100 === 0 ? ['user:contractor@elsewhere.example'] : [];
    const members = [
      `user:a${i}@acme.example`,
      `group:g${i % 97}@acme.example`,
      'serviceAccount:s@acme.example',
      ...more,
    ];
    return { role: `projects/p/roles/r${i}`, members: members.sort(() => dice(3) - 1) };
  });
  return { version: 1, etag: 'BwYk', bindings: drift ? list.toSorted(() => dice(3) - 1) : list };
};

const replicaSet = (revision: number): unknown => ({
  kind: 'ReplicaSet',
  metadata: {
    name: `checkout-${revision}`,
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    ownerReferences: [{ uid: 'u', controller: true }],
  },
});
const deployment = {
  kind: 'Deployment',
  metadata: { uid: 'u', generation: 1, annotations: { 'deployment.kubernetes.io/revision': '100' } },
  spec: { replicas: 3 },
  status: { observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 },
};

interface Subject {
  readonly name: string;
  readonly detector: Detector;
  readonly raw: unknown;
  readonly said: (ms: number) => string;
  readonly took: number[];
}

const perSecond = (ms: number): string => `${figure('samples a second', (samples / ms) * 1_000)} samples a second`;

const look = ({ detector, raw, took }: Subject): void => {
  const started = performance.now();
  const facts = detector.detect(raw);
  took.push(performance.now() - started);
  if (E.isLeft(facts)) throw new Error(facts.left);
};

/** Prints one line a detector: how long a look took, and the goal beside it. */
export const packsBench = async (): Promise<void> => {
  const subject = (name: string, detector: Detector, raw: unknown, said: Subject['said']): Subject => ({
    name,
    detector,
    raw,
    said,
    took: [],
  });
  const instances = Array.from({ length: 4 }, () => ratesOf(samples / 4, 0.25));
  const subjects = [
    subject('storm, one series', storm, matrix(ratesOf(samples, 1)), (ms) => `${perSecond(ms)}   (at least 1,000,000)`),
    subject('storm, the sum of four', storm, matrix(...instances), perSecond),
    subject(
      'iam_drift, 10 000 bindings',
      iamDrift,
      { declared: policyOf(false), observed: policyOf(true) },
      () => '(under 100 ms)',
    ),
    subject(
      'kubernetes_deployment, 100 ReplicaSets',
      kubernetesDeployment,
      { kind: 'List', items: [deployment, ...Array.from({ length: 100 }, (_, i) => replicaSet(i + 1))] },
      () => '',
    ),
  ];
  for (let n = 0; n <= rounds; n += 1) {
    for (const one of subjects) look(one);
    // The first round is for warming up.
    if (n === 0) for (const { took } of subjects) took.length = 0;
  }
  console.log('detector                                    p50 ms');
  for (const { name, took, said } of subjects) {
    const p50 = median(took);
    if (name === 'storm, one series')
      onPage('storm detector', `${figure('M samples a second', samples / p50 / 1_000)} M samples a second`);
    if (name.startsWith('iam_drift')) onPage('drift of a policy with 10,000 bindings', `${figure(name, p50)} ms`);
    console.log(`${name.padEnd(40)}${figure(name, p50, 2).padStart(10)}   ${said(p50)}`);
  }
};

/**
 * The public `decide` beside other policy engines: the rules of a rollback, 256 seeded observations, half approved, half
 * refused. `decide` selects evidence, looks state up and gives all reasons, next steps and a trace; the peers are handed flat
 * attributes and give what they can. Process CPU time; all take turns; medians of the rounds. Every peer's verdict, and every
 * reason that it names, is checked against `decide`'s first.
 */
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { compileCatalog, type Decision, decide, type Observation } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { decideRollback } from './hand-written/rules.ts';
import { cpuMsSince, figure, median } from './measure.ts';
import { onPage } from './on-page.ts';
import { buildPeers, type Peer, type PeerAnswer, peersInstalled } from './peer-engines.ts';
import { type PeerRequest, peerRequest } from './peer-request.ts';
import { rollbackWorkload } from './rollback-workload.ts';

const SEED = 20_261_121;
const OBSERVATIONS = 256;
const ROUNDS = 7;
const WARM_UP = 2;
const ROUND_MS = 250;
/** How many times faster `decide` has to be at least, and what is aimed at. */
const goalOf = (name: string): string => (name.startsWith('CASL') ? '(at least 2, aim 4)' : '(at least 10, aim 50)');

/** Kept, so that no compiler can leave the work out. */
let kept: Decision | PeerAnswer | undefined;

/** Decisions a second of CPU time; goes through all questions as often as fits into a round. */
const rate = async <A>(ask: (question: A) => Decision | PeerAnswer | Promise<PeerAnswer>, questions: readonly A[]) => {
  const started = process.cpuUsage();
  let asked = 0;
  do {
    for (const question of questions) {
      const answer = ask(question);
      kept = answer instanceof Promise ? await answer : answer;
    }
    asked += questions.length;
  } while (cpuMsSince(started) < ROUND_MS);
  return asked / (cpuMsSince(started) / 1e3);
};

/** Says where a peer decides otherwise, or names a reason that `decide` does not. */
const disagreements = async (
  peer: Peer,
  decisions: readonly Decision[],
  requests: readonly PeerRequest[],
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const [i, decision] of decisions.entries()) {
    const { approved, codes } = await peer.decide(requests[i] as PeerRequest);
    const ours = decision.verdict === 'approve' ? [] : decision.reasons.map(({ code }) => code);
    if (approved !== (decision.verdict === 'approve'))
      found.push(`${i}: ${ours.join(', ')} against ${codes.join(', ')}`);
  }
  return found;
};

/** Prints decisions a second and how many times faster `decide` is. */
export const peersBench = async (): Promise<void> => {
  // Node 20 breaks off (“unreachable code” in its Deoptimizer) where a call into Cedar’s WebAssembly was inlined.
  setFlagsFromString('--no-turbo-inline-js-wasm-calls');
  if (!peersInstalled()) {
    console.log('the peers are not installed: npm run bench:peers brings them');
    return;
  }
  const compiled = compileCatalog(library);
  if (E.isLeft(compiled)) throw new Error('the shipped catalog does not compile');
  const catalog = compiled.right;
  const { observations } = rollbackWorkload(catalog, OBSERVATIONS, SEED);
  const decisions = observations.map((o) => decide(catalog, o));
  const requests = observations.map(peerRequest);
  const peers = await buildPeers();
  for (const peer of peers) {
    const differ = await disagreements(peer, decisions, requests);
    if (differ.length > 0) throw new Error(`${peer.name} decides otherwise:\n${differ.join('\n')}`);
  }
  const ours: number[] = [];
  const byHand: number[] = [];
  const handed = peers.map((): number[] => []);
  const looked = peers.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const counts = round >= 0;
    const own = await rate((o: Observation) => decide(catalog, o), observations);
    const written = await rate(decideRollback, observations);
    if (counts) ours.push(own);
    if (counts) byHand.push(written);
    for (const [i, { decide: ask }] of peers.entries()) {
      const [flat, whole] = [await rate(ask, requests), await rate((o) => ask(peerRequest(o)), observations)];
      if (!counts) continue;
      handed[i]?.push(flat);
      looked[i]?.push(whole);
    }
  }
  const approved = decisions.filter(({ verdict }) => verdict === 'approve').length;
  console.log(`Decisions a second of CPU time, trigger_rollback, ${OBSERVATIONS} observations (seed ${SEED})`);
  console.log(`mix: ${approved} approved, ${OBSERVATIONS - approved} refused`);
  console.log('handed: the peer gets flat attributes; observed: it gets the observation, as decide does\n');
  console.log(`${''.padEnd(54)}reasons     handed   observed   decide is faster by`);
  const mine = median(ours);
  const perSecond = (n: number): string => figure('decisions a second', n).padStart(11);
  const times = (n: number): string => `${figure('times', n, 1)}x`;
  console.log(`${'decide'.padEnd(54)}${'all'.padEnd(7)}${''.padStart(11)}${perSecond(mine)}`);
  const line = `${'the same answer, written by hand'.padEnd(54)}${'all'.padEnd(7)}${''.padStart(11)}`;
  console.log(`${line}${perSecond(median(byHand))}${times(mine / median(byHand)).padStart(16)}`);
  const about = (n: number): string => {
    const to = n < 10_000 ? 100 : 1_000;
    return figure('decisions a second', Math.round(n / to) * to);
  };
  const faster = (n: number): string => figure('times', n, n < 10 ? 1 : 0);
  onPage('`decide`', null, about(mine));
  const hand = median(byHand);
  onPage('the same answer, written by hand for this catalog alone', null, about(hand), figure('times', mine / hand, 2));
  for (const [i, { name, reasons }] of peers.entries()) {
    const [flat, whole] = [median(handed[i] ?? []), median(looked[i] ?? [])];
    const ratios = `${times(mine / flat)}, ${times(mine / whole)}`;
    onPage(
      name,
      null,
      `${about(flat)} handed flat attributes; ${about(whole)} from the observation`,
      `${faster(mine / flat)}; ${faster(mine / whole)}`,
    );
    console.log(
      `${name.padEnd(54)}${reasons.padEnd(7)}${perSecond(flat)}${perSecond(whole)}${ratios.padStart(16)}   ${goalOf(name)}`,
    );
  }
  if (kept === undefined) throw new Error('nothing was decided');
};

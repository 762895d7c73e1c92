/** Steps 1 and 5: the auditor's trust file, and who signed the checkpoint. Signed and trusted are two things. */
import { either as E } from 'fp-ts';
import { meetsQuorum, parseTrust, type TrustPolicy } from '../bundle/trust.ts';
import { encodeBase64url, encodeHex } from '../encoding/bytes.ts';
import { publicHalf } from '../signing/approver-key.ts';
import { keyAtSize } from '../signing/key-history.ts';
import { judgeNote, type NoteVerified, parseNote } from '../signing/note.ts';
import { type NoteKey, parseVkey, writeU32 } from '../signing/note-key.ts';
import { followSuccession, readHandovers, type Succession } from './handover.ts';
import type { Label, StepResult } from './report.ts';
import { describeFlaw, noteFinding, type Verification } from './session.ts';

/** Step 1, and the policy if there is one. */
export interface TrustReading {
  readonly step: StepResult;
  readonly policy: TrustPolicy | undefined;
}

/** Step 5, the labels as far as signatures go, and what witnesses add. */
export interface SignatureVerdict {
  readonly step: StepResult;
  readonly signed: Label;
  readonly trusted: Label;
  /** A quorum was asked for and met. */
  readonly witnessed: boolean;
  /** POSIX seconds: when the quorum was met last. */
  readonly newestTime: number | undefined;
}

/** 9999-12-31T23:59:59Z: nobody signs later than a calendar can say. */
const LAST_SECOND = 253_402_300_799;

/** Reads the trust file. */
export const readTrust = (v: Verification): TrustReading => {
  const text = v.options.trust;
  if (text === undefined) {
    const sentence = 'No trust file was given, so no key is trusted.';
    return { step: { step: 'trust', status: 'not_run', sentence }, policy: undefined };
  }
  const policy = parseTrust(v.options.sha256, text);
  if (E.isLeft(policy)) {
    const sentence = `The trust file cannot be read: ${describeFlaw(policy.left)}.`;
    noteFinding(v, { step: 'trust', why: sentence });
    return { step: { step: 'trust', status: 'failed', sentence }, policy: undefined };
  }
  const { logs, witnesses, quorum } = policy.right;
  const asked = quorum === undefined ? 'no cosignatures asked for' : `quorum ${quorum.name}`;
  const sentence = `Ledger keys: ${logs.length}, witnesses: ${witnesses.length}, ${asked}; every key is sound.${text.includes('\r\n') ? ' Its lines end in CR LF, which was read as LF.' : ''}`;
  return { step: { step: 'trust', status: 'passed', sentence }, policy: policy.right };
};

/** Whether the auditor knows from outside that a key does not vouch for a size. */
export const isRevokedOutside = ({ options }: Verification, key: NoteKey, size: number): boolean =>
  (options.revocations ?? []).some((r) => r.name === key.name && r.keyId === key.keyId && size > r.lastGoodSize);

/** Judges the checkpoint's signature lines: by the trust file's keys, and apart from them by the keys that the bundle claims. */
export const judgeSignatures = (v: Verification, policy: TrustPolicy | undefined): SignatureVerdict => {
  const note = v.options.checkpoint;
  if (note === undefined || v.checkpoint === undefined) {
    return verdict('not_run', 'There is no checkpoint.', 'no', policy === undefined ? 'unknown' : 'no');
  }
  if (E.isLeft(v.checkpoint)) {
    const sentence = `The checkpoint cannot be read: ${describeFlaw(v.checkpoint.left)}.`;
    noteFinding(v, { step: 'signatures', why: sentence });
    return verdict('failed', sentence, 'no', policy === undefined ? 'unknown' : 'no');
  }
  const { origin, size } = v.checkpoint.right;
  const failed = (sentence: string): SignatureVerdict => {
    noteFinding(v, { step: 'signatures', why: sentence });
    return verdict('failed', sentence, 'no', policy === undefined ? 'unknown' : 'no');
  };
  // An export key is a key of the trust file too, and vouches for no ledger.
  if (origin.endsWith('/export')) return failed('The name of the checkpoint is the one of an export key.');
  const sealer = v.options.coverage === 'whole' ? sealerOf(v, origin, size) : E.right(undefined);
  if (E.isLeft(sealer)) return failed(sealer.left);
  const shared = sharedKey(v, origin, policy);
  if (shared !== undefined) return failed(shared);
  const last = { note, checkpoint: v.checkpoint.right };
  const logs = policy?.logs.filter((log) => log.name === origin) ?? [];
  const handovers = readHandovers(v, logs);
  const followed = followSuccession(v, logs, [...handovers.sound, last], (key, at) => !isRevoked(v, key, at));
  // Of a part, a key that is trusted stays so: what took over from it may have been taken over from.
  const succession =
    v.options.coverage === 'whole' ? followed : { ...followed, heirs: [...new Set([...logs, ...followed.heirs])] };
  const witnesses = policy?.witnesses.map((w) => w.key) ?? [];
  const trusted = [...logs, ...succession.heirs.filter((key) => !logs.includes(key)), ...witnesses];
  const named = sealer.right === undefined ? [] : [sealer.right];
  const claimed = [...claimedKeys(v, origin), ...named].filter((key) => !trusted.some((known) => sameKey(known, key)));
  const judged = judgeNote(v.options.ed25519, [...trusted, ...claimed], note);
  if (E.isLeft(judged)) return verdict('failed', describeFlaw(judged.left), 'no', 'no');
  const { verified, bad } = judged.right;
  if (bad[0] !== undefined) return failed(`The signature of ${bad[0].name} on the checkpoint is bad.`);
  if (named.some((key) => !verified.some((one) => sameKey(one.key, key))))
    return failed('The ledger names another key before this size, and that one did not sign the checkpoint.');
  const byLedger = verified.some(({ key }) => key.type === 1);
  const signed: Label = byLedger ? 'yes' : trusted.length + claimed.length === 0 ? 'unknown' : 'no';
  const byTrusted = verified.filter(({ key }) => trusted.includes(key));
  const judgement = judgeTrusted(v, policy, size, byTrusted, succession, signed);
  const unmet = unmetRevocations(v, origin, [...trusted, ...claimed], note);
  return withFlaws(v, handovers.flaws, { ...judgement, step: addSentence(judgement.step, unmet) });
};

const verdict = (
  status: StepResult['status'],
  sentence: string,
  signed: Label,
  trusted: Label,
  more?: Pick<SignatureVerdict, 'witnessed' | 'newestTime'>,
): SignatureVerdict => ({
  step: { step: 'signatures', status, sentence },
  signed,
  trusted,
  witnessed: more?.witnessed ?? false,
  newestTime: more?.newestTime,
});

/** The key that the whole ledger itself says seals it at this size; left if what it names is no key of this ledger. */
const sealerOf = (v: Verification, origin: string, size: number): E.Either<string, NoteKey | undefined> => {
  const named = keyAtSize(v.keys.history, size);
  if (named === undefined) return E.right(undefined);
  const key = parseVkey(v.options.sha256, named.vkey);
  return E.isRight(key) && key.right.type === 1 && key.right.name === origin
    ? E.right(key.right)
    : E.left(`Receipt ${named.seq} names a key that is none of this ledger.`);
};

/** A key that a receipt names for the ledger, and that the auditor knows in another role: roles never share a key. */
const sharedKey = (v: Verification, origin: string, policy: TrustPolicy | undefined): string | undefined => {
  if (policy === undefined) return undefined;
  const others = [...policy.logs.filter(({ name }) => name !== origin), ...policy.witnesses.map(({ key }) => key)];
  const taken = new Map(others.map((key) => [encodeBase64url(key.publicKey), key.name]));
  for (const [approver, key] of policy.approvers) taken.set(publicHalf(key), `the approver ${approver}`);
  for (const { vkey, seq } of v.keys.history.named) {
    const key = parseVkey(v.options.sha256, vkey);
    const whose = E.isRight(key) ? taken.get(encodeBase64url(key.right.publicKey)) : undefined;
    if (whose !== undefined) return `Receipt ${seq} names a key for the ledger that your trust file has as ${whose}.`;
  }
  return undefined;
};

/** By the auditor's word, or by the ledger's own. */
const isRevoked = (v: Verification, key: NoteKey, size: number): boolean => {
  const own = v.keys.history.revoked.get(idText(key.keyId));
  return (own !== undefined && size > own) || isRevokedOutside(v, key, size);
};

const idText = (keyId: number): string => encodeHex(writeU32(keyId));

const claimedKeys = (v: Verification, origin: string): readonly NoteKey[] =>
  (v.options.claimedKeys ?? []).flatMap((text) => {
    const key = parseVkey(v.options.sha256, text);
    return E.isRight(key) && key.right.type === 1 && key.right.name === origin ? [key.right] : [];
  });

const sameKey = (a: NoteKey, b: NoteKey): boolean => a.name === b.name && a.keyId === b.keyId;

/** What the trusted keys' good signatures amount to. */
const judgeTrusted = (
  v: Verification,
  policy: TrustPolicy | undefined,
  size: number,
  verified: readonly NoteVerified[],
  { heirs, sizes }: Succession,
  signed: Label,
): SignatureVerdict => {
  const good = verified.map(({ key }) => key);
  if (policy === undefined) {
    const sentence =
      signed === 'yes'
        ? 'The checkpoint is signed, by a key that nobody vouches for.'
        : 'There is no key to check the checkpoint with.';
    return verdict(signed === 'yes' ? 'incomplete' : 'not_run', sentence, signed, 'unknown');
  }
  const fail = (sentence: string): SignatureVerdict => {
    noteFinding(v, { step: 'signatures', why: sentence });
    return verdict('failed', sentence, signed, 'no');
  };
  const logKeys = good.filter((key) => heirs.includes(key));
  if (logKeys.length === 0) return fail('No key of the trust file signed this checkpoint as its ledger.');
  if (logKeys.every((key) => isRevoked(v, key, size)))
    return fail('The key that signed this checkpoint was revoked at a smaller size.');
  if (!meetsQuorum(policy, good))
    return fail(`The witnesses that the quorum ${policy.quorum?.name ?? ''} asks for have not all cosigned.`);
  const cosigned =
    policy.quorum === undefined ? 'no cosignatures were asked for' : `the quorum ${policy.quorum.name} is met`;
  const more = { witnessed: policy.quorum !== undefined, newestTime: witnessTime(policy, verified) };
  const who =
    sizes.length === 0
      ? 'A trusted key of the ledger'
      : `A key that followed a trusted one, handed over at size ${sizes.join(', then ')},`;
  return verdict('passed', `${who} signed the checkpoint; ${cosigned}.`, 'yes', 'yes', more);
};

/** The latest time at which the quorum was met: a single witness with a wrong clock makes nothing fresh. Without a quorum, the newest. */
const witnessTime = (policy: TrustPolicy, verified: readonly NoteVerified[]): number | undefined => {
  const met = (at: number): boolean =>
    meetsQuorum(
      policy,
      verified.flatMap(({ key, time }) => (time !== undefined && time >= at ? [key] : [])),
    );
  const times = verified.flatMap(({ time }) => (time === undefined || time > LAST_SECOND ? [] : [time]));
  return times.sort((a, b) => b - a).find(met);
};

/** A revocation that is about no key of this ledger may be a slip of the pen: it is said. */
const unmetRevocations = (v: Verification, origin: string, known: readonly NoteKey[], note: string): string => {
  const parsed = parseNote(note);
  const lines = E.isLeft(parsed) ? [] : parsed.right.signatures;
  const met = new Set([...known, ...lines].map(({ keyId }) => keyId));
  const unmet = (v.options.revocations ?? []).filter(({ name, keyId }) => name === origin && !met.has(keyId));
  if (unmet.length === 0) return '';
  return ` Revoked from outside, and met nowhere here: ${unmet.map(({ keyId }) => idText(keyId)).join(', ')}.`;
};

/** Hand-overs that are none make the step fail; what the checkpoint's own signatures amount to stays as it is. */
const withFlaws = (v: Verification, flaws: readonly string[], judged: SignatureVerdict): SignatureVerdict => {
  for (const why of flaws) noteFinding(v, { step: 'signatures', why });
  if (flaws.length === 0) return judged;
  return { ...judged, step: addSentence({ ...judged.step, status: 'failed' }, ` ${flaws.join(' ')}`) };
};

const addSentence = (step: StepResult, sentence: string): StepResult => ({
  ...step,
  sentence: `${step.sentence}${sentence}`,
});

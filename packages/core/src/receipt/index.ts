/**
 * The evidence system's bytes: canonical JSON, receipts, links, trees, proofs, notes, disclosures and their verification.
 * Imports nothing of the decision side, so it can be read, and used, alone.
 */

export {
  CATALOG_DOMAIN,
  formatDisclosures,
  type LineRest,
  parseDisclosures,
  type SplitLines,
  splitLines,
  verifyAttachment,
} from './bundle/files.ts';
export {
  type BundleFile,
  formatBundlePath,
  parseBundlePath,
} from './bundle/layout.ts';
export {
  compareManifest,
  type Manifest,
  type ManifestDifference,
  type ManifestEntry,
  manifestBody,
  parseManifestBody,
} from './bundle/manifest.ts';
export { type BundleReadme, bundleReadme } from './bundle/readme.ts';
export { meetsQuorum, parseTrust, type TrustGroup, type TrustPolicy, type TrustWitness } from './bundle/trust.ts';
export {
  buildDisclosure,
  type Disclosed,
  type Disclosure,
  disclosureDigest,
  isDisclosureName,
  MAX_DISCLOSURE_LENGTH,
  parseDisclosure,
  SALT_BYTES,
  verifyDisclosures,
} from './disclosure.ts';
export {
  concatBytes,
  decodeBase64,
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64url,
  encodeHex,
  encodeUtf8,
  equalBytes,
  isDigestText,
  isWellFormed,
  parseDecimal,
  pureTextCodec,
  type TextCodec,
} from './encoding/bytes.ts';
export {
  canonicalize,
  canonicalizeJson,
  canonicalizeModel,
  MAX_JSON_DEPTH,
  MAX_MODEL_DEPTH,
  MAX_RECEIPT_BYTES,
  parseCanonical,
  parseCanonicalText,
  readJson,
} from './encoding/canonical.ts';
export {
  acceptKey,
  type Ed25519,
  hmacSha256,
  nobleEd25519,
  nobleSha256,
  publicKeyOf,
  type Sha256,
  signEd25519,
} from './encoding/crypto.ts';
export type { FormatIssue, FormatPath } from './encoding/format-issue.ts';
export { BANNED_MEMBERS, isPlainObject, type Json, type JsonObject } from './encoding/json.ts';
export { bare, type Having, own, owns } from './encoding/own.ts';
export {
  type FollowedRules,
  followRules,
  LEDGER_CLOSED,
  type LedgerRules,
  noLedgerRules,
  PURGED_CELL,
  RESTORES_CELL,
} from './ledger-rules.ts';
export {
  type ConsequenceBody,
  type DecisionBody,
  type LedgerEntry,
  type OutcomeBody,
  RECEIPT_VERSION,
  type Receipt,
  type ReceiptBinding,
  type ReceiptBody,
  type ReceiptContext,
  type ReceiptOf,
  type ReceiptParts,
  type ReceiptPlace,
  type ReceiptRef,
  type ReceiptSession,
  type ReceiptTerms,
  type TermsRef,
  type WireCell,
  type WireWrite,
} from './receipt.ts';
export { buildReceipt, parseReceipt, type SealedReceipt } from './receipt-codec.ts';
export { receiptInstantMs } from './receipt-instant.ts';
export { receiptText } from './receipt-schema.ts';
export {
  type Checkpoint,
  checkpointBody,
  parseCheckpoint,
  parseCheckpointBody,
  type SigningRefusal,
  signingRule,
} from './signing/checkpoint.ts';
export { formatEnvelope, IN_TOTO_TYPE, manifestStatement, preAuthEncoding, verifyEnvelope } from './signing/dsse.ts';
export {
  createKeyHistory,
  followKeys,
  KEY_REVOKED,
  KEY_ROTATED,
  type KeyFollower,
  type KeyHistory,
  keyAtSize,
  LEDGER_KEY_CELL,
  type NamedKey,
  noKeyHistory,
  REVOKED_KEYS_CELL,
} from './signing/key-history.ts';
export {
  assembleNote,
  cosignatureMessage,
  formatSignatureLine,
  type JudgedNote,
  joinCosignature,
  judgeNote,
  MAX_NOTE_LENGTH,
  MAX_NOTE_SIGNATURES,
  type Note,
  type NoteSignature,
  type NoteVerified,
  noteMessage,
  parseNote,
  type VerifiedNote,
  verifyNote,
} from './signing/note.ts';
export {
  buildNoteKey,
  formatVkey,
  isKeyName,
  type KeyType,
  keyIdOf,
  type NoteKey,
  parseVkey,
} from './signing/note-key.ts';
export { formatRevocation, type KeyRevocation, parseRevocations } from './signing/revocation.ts';
export { formatEquivocation, type ProvedFork, verifyEquivocation } from './tree/equivocation.ts';
export { createKeptNodes, type KeptNodes } from './tree/kept-nodes.ts';
export { digestText, genesis, isOrigin, leafHash, nodeHash } from './tree/leaf.ts';
export {
  type AppendedReceipt,
  advanceHead,
  appendReceipt,
  checkpointOf,
  emptyHead,
  type LedgerHead,
} from './tree/ledger-head.ts';
export {
  consistencyProof,
  inclusionProof,
  MAX_PROOF_HASHES,
  type NodeReader,
  nodesOf,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './tree/proof.ts';
export {
  type ConsistencyFile,
  formatConsistency,
  formatInclusion,
  type InclusionFile,
  parseConsistency,
  parseInclusion,
} from './tree/proof-file.ts';
export { appendLeaf, countSubtrees, emptyFrontier, type Frontier, frontierOf, treeRoot } from './tree/tree.ts';
export { REFERENCE_WINDOW } from './verify/chain.ts';
export {
  type ApprovalCounts,
  type Completeness,
  type DecidedBy,
  type Equivocation,
  type Erased,
  type Finding,
  type FirstBad,
  type Freshness,
  type Label,
  type Labels,
  type Overall,
  type RederivedCounts,
  type StepResult,
  type StepStatus,
  type Unchecked,
  type UncheckedWhat,
  VERIFY_STEPS,
  type VerifyReport,
  type VerifyStep,
} from './verify/report.ts';
export type {
  ReceiptInput,
  ReceiptOutcome,
  Rederived,
  RederivedApproval,
  Rederiver,
  Verifier,
  VerifyOptions,
} from './verify/session.ts';
export { startVerifier } from './verify/verify.ts';

/** The keys of a deployment: what signs its ledgers, what its pseudonyms rest on, what its insurer signs with; who may ask. */

export {
  type CertificateCoverage,
  type CertificateFault,
  type CertificateInsurer,
  COVERAGES,
  certificateMessage,
  type InsuranceCertificate,
  type InsuranceTerms,
  type SignedCertificate,
  verifyCertificate,
} from '../assurance/certificate.ts';
export { type DocumentSource, type InsuranceMonitorOptions, insuranceMonitor } from '../assurance/insurance-monitor.ts';
export {
  type RevocationList,
  revocationsMessage,
  type SignedRevocations,
  verifyRevocations,
} from '../assurance/revocations.ts';
export { checkCredential } from '../credentials/credential-file.ts';
export {
  changeCredentialFile,
  openCredentialFile,
  readCredentialFile,
} from '../credentials/credential-store.ts';
export type { KeyHolder } from '../credentials/credentials.ts';
export {
  changeOperatorKeys,
  memoryOperatorKeys,
  mintOperatorKey,
  OPERATOR_RIGHTS,
  type OperatorKey,
  type OperatorKeyStore,
  type OperatorRight,
  openOperatorKeys,
  operatorMay,
  readOperatorKeys,
  verifyOperatorKey,
} from '../credentials/operator-keys.ts';
export { ledgerKeyPath } from '../deployment/deployment.ts';
export { createIdentity, type Identity } from '../ledger/identity.ts';
export { type OpenedKey, openKeyFile } from '../seal/key-file.ts';
export { addNextKey, forgetOlderKeys, type KeyRing, promoteNextKey, readKeyRing } from '../seal/key-ring.ts';
export { sameDeployment } from '../seal/key-seeds.ts';
export { markText } from '../seal/mark-lines.ts';
export { type Rotated, type RotationHost, rotateKeys, vkeyIn } from '../seal/rotate-keys.ts';
export { keyIdText } from '../seal/sealing-keys.ts';

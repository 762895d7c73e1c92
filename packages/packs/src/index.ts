/** Capability packs, plans and pure detectors: the policy of the product, as data. */
export type { Detector } from './detector.ts';
export { library } from './library.ts';
export { platform } from './platform/pack.ts';
export { receiptVerifier } from './receipt-verifier/pack.ts';
export { gitDeployment } from './rollback-guard/detectors.ts';
export { rollbackGuard } from './rollback-guard/pack.ts';

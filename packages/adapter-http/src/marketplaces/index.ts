/** The marketplaces’ own messages, read back from the marketplaces, as entitlement events of ours. */
export type { Progress } from './apply-purchases.ts';
export { type AwsVendorOptions, awsVendor } from './aws/aws-vendor.ts';
export { type AwsCredentialSource, type AwsCredentials, awsHeaders } from './aws/signature-v4.ts';
export {
  type SnsFault,
  type SnsFetch,
  type SnsMessage,
  type SnsOptions,
  type SnsReader,
  snsReader,
} from './aws/sns.ts';
export { type AzureVendorOptions, azureVendor } from './azure/azure-vendor.ts';
export { awsBuyers, azureBuyers, type Buyer, googleBuyers, type ResolveBuyer } from './buyers.ts';
export { createDesk, type Desk, type DeskAlarm, type DeskAnswer, type DeskOptions, type DeskTables } from './desk.ts';
export { type GoogleVendorOptions, googleVendor } from './google/google-vendor.ts';
export {
  type Ask,
  leaseAt,
  type MarketplaceName,
  type Purchase,
  type PurchaseEvent,
  type PurchaseStatus,
  purchaseEvents,
  type Sold,
  type Terms,
} from './purchase.ts';
export type { ForgottenPurchases, LastSeen, Sight, Sights } from './sights.ts';
export { type Metered, type MeteredRow, type MeterOptions, meterUsage, type UsageRecord } from './usage/meter.ts';
export {
  type Reconciliation,
  reconcileUsage,
  reportUsage,
  type UsageLog,
  type UsageReport,
  type UsageReporter,
} from './usage/report-usage.ts';
export {
  type AwsReporterOptions,
  type AzureReporterOptions,
  awsReporter,
  azureReporter,
  type GoogleReporterOptions,
  googleReporter,
} from './usage/reporters.ts';
export type { UsageAnswer, UsageStatus } from './usage/usage-formats.ts';
export type { Called, Notice, Vendor, VendorFault } from './vendor.ts';
export { CALL_LIMITS, type CallLimits, type TokenSource } from './vendor-call.ts';

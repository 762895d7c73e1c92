/** Callers without an API key: access tokens of OAuth, tokens of a push service, certificates that a proxy passes on. */
export type { Authenticated, AuthenticatedTenant, Verified } from '../credentials/credentials.ts';
export { type AccessTokenOptions, accessTokens, type VerifyAccessToken } from './access-token.ts';
export {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
  type DoorName,
} from './authenticator.ts';
export { bearerOf } from './bearer.ts';
export { type IssuerKeysOptions, issuerKeys } from './issuer-keys.ts';
export {
  type CertificateHolder,
  type CertificateProxy,
  type IdentityConfig,
  identityIssues,
  type PushIssuer,
  type TokenAlgorithm,
  type TokenIssuer,
} from './issuers.ts';
export {
  type Challenge,
  challengeOf,
  metadataResponse,
  type ProtectedResource,
  protectedResource,
  type ResourceTerms,
} from './protected-resource.ts';
export { type PushSender, type PushTokenOptions, pushTokens, type VerifyPushToken } from './push-token.ts';
export { type SignUpTokenOptions, signUpTokens } from './sign-up-token.ts';
export { scopesWanted } from './step-up.ts';
export { type WebhookTokenOptions, webhookTokens } from './webhook-token.ts';

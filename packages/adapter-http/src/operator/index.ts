/** The operator's door, beside the one of tenants: a Web-standard fetch handler. */
export { createOperatorDoor } from './operator-door.ts';
export type {
  HeldKeys,
  KeptMessage,
  OperatedDeployment,
  OperatedMarketplaces,
  OperatedTenant,
  OperatedTenants,
  OperatorDoorOptions,
  RevokedKey,
  Revoking,
  RotatedKeys,
  SealingKeys,
} from './operator-options.ts';
export { OPERATOR_OPENAPI, type OperatorRouteName } from './operator-routes.ts';

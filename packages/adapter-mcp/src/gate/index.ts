/** A gate for other people's MCP servers: their tools as a pack, each call decided, recorded, and only then passed on. */
export { GATE_META, type GateOptions, gateServerFactory, type ShadowedCall } from './gate.ts';
export { actionNameOf, argumentNameOf } from './gate-names.ts';
export { gateNotices } from './gate-notices.ts';
export { httpTransport } from './http-transport.ts';
export { mountGate } from './mount-gate.ts';
export { type ImportedPack, packFromTools } from './pack-from-tools.ts';
export { pinOf } from './tool-pin.ts';
export {
  createUpstream,
  type Upstream,
  type UpstreamAnswer,
  type UpstreamOptions,
  type UpstreamTool,
} from './upstream.ts';

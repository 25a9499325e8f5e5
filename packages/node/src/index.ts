export { NodeCore, type NodeCoreOptions } from './node-core.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { describeError, silentLog, type Log, type LogFields } from './log.ts';
export { createNodeSecrets, nodeIdentityOf, type NodeIdentity, type NodeSecrets } from './node-identity.ts';
export { NodeMetrics } from './node-metrics.ts';
export { StageTimes } from './stages/stage-times.ts';
export type { Announced } from './room/announcer.ts';
export type { Guest, GuestListener } from './room/guests.ts';
export type { Defer } from './links/turn.ts';
export type { PeerDialer, PeerDialing } from './ring/peer-dialer.ts';
export { memoryRingFile, type RingFile, type RingState } from './ring/ring-file.ts';
export { type Admits, ringOfOne, type RingOptions } from './ring/ring-options.ts';
export * from './store/relay-store.ts';
export type {
  AccessHashes,
  AccountRecordKept,
  EnvelopeRef,
  HeldEnvelope,
  PartitionCount,
  PartitionFingerprint,
} from './store/ring-store.ts';
export { localWake, silentWake } from './wake/local-wake.ts';
export type { Attachment, Edge, LiveEnvelope, LiveMessage, SharedRate, Wake } from './wake/wake.ts';
export { openStore, type StoreKind, type StoreOptions } from './store/open-store.ts';
export { DEFAULT_STORE_LIMITS, type StoreLimits } from './store/store-limits.ts';

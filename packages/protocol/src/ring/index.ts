export { AdmissionCache, signAdmission, verifyAdmission, type AdmissionFields } from './admission.ts';
export { DescriptorSet, type Addition, type CheatProof } from './descriptor-set.ts';
export { domainsOf, subnetOf, type Domains } from './domain.ts';
export { epochAt, EPOCH_SECONDS, EPOCHS_AHEAD, epochStart, leaseAt, LEASE_MS, RENEWAL_MS } from './epoch.ts';
export { encodeJoinToken, isJoinToken, parseJoinToken, type JoinToken } from './join-token.ts';
export { compareBytes, hexOf, nodeKeyOf, nodeOf, type NodeKey } from './node-key.ts';
export { partitionOf, positionOf } from './partition.ts';
export { COPIES, Placement, STAND_INS, type Homes, type PlacedNode } from './placement.ts';
export { MAX_WEIGHT, verifyRingDescriptor, type RingDescriptor } from './ring-descriptor.ts';
export { RingError, type RingErrorCode } from './ring-error.ts';
export { SendQuorum } from './send-quorum.ts';
export { accessBytes, signAccess, verifyAccess, type AccessFields } from './signed-access.ts';
export { signSpreadAck, spreadAckBytes, verifySpreadAck, type SpreadAckFields } from './spread-acks.ts';
export { memberOf, type RingMember, type View } from './view.ts';
export {
  answerReconcile,
  fingerprintOf,
  openReconcile,
  sortIds,
  type Reconciled,
  type ReconcileRange,
} from './reconcile.ts';
export type { Step } from './step.ts';
export {
  stepStore,
  STAND_IN_MS,
  STORE_TIMEOUT_MS,
  type KeepFailure,
  type StoreEffect,
  type StoreEvent,
  type StoreOutcome,
  type StoreState,
} from './step-store.ts';
export { dialRule, hostOf, placeOfHost, type MayDial, type Place } from './dial-place.ts';
export { HANDOFF_RULES, type HandoffRules } from './handoff-rules.ts';
export { HANDOFF_PAGE, HANDOFF_REST_MS, HANDOFF_TIMEOUT_MS, stepHandoff, type HandoffState } from './step-handoff.ts';
export type { HandoffEffect, HandoffEvent } from './handoff-event.ts';
export {
  EXCHANGE_MS,
  gossipState,
  RUMOUR_DELAY_MS,
  RUMOUR_PEERS,
  stepGossip,
  type GossipEffect,
  type GossipEvent,
  type GossipState,
} from './step-gossip.ts';
export {
  REPAIR_MS,
  REPAIR_TIMEOUT_MS,
  repairBacklog,
  repairState,
  stepRepair,
  type RepairState,
} from './step-repair.ts';
export type { DigestOfPartition, RepairEffect, RepairEvent } from './repair-event.ts';

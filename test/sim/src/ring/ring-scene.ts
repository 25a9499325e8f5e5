import type { DescriptorSet, NodeKey, RingDescriptor, View } from '@sotto/protocol/ring';
import type { RandomSource } from '../random-source.ts';
import type { EventQueue } from './event-queue.ts';
import type { RingBug } from './ring-bug.ts';
import type { RingEvent } from './ring-history.ts';
import type { RingLedger } from './ring-ledger.ts';
import type { RingNetwork } from './ring-network.ts';
import type { RingNode } from './ring-node.ts';
import type { RingPlan } from './ring-plan.ts';
import type { RingRecipient } from './ring-recipient.ts';

/** What everybody in one simulated ring shares. */
export interface RingScene {
  readonly plan: RingPlan;
  /** null: none, as it must be. */
  readonly bug: RingBug | null;
  /** The bad time is over. */
  readonly calm: boolean;
  readonly random: RandomSource;
  readonly queue: EventQueue;
  readonly network: RingNetwork;
  readonly networkId: Uint8Array;
  readonly nodes: ReadonlyMap<NodeKey, RingNode>;
  /** By mailbox. */
  readonly recipients: ReadonlyMap<string, RingRecipient>;
  readonly ledger: RingLedger;
  /** Everything that was ever signed. */
  readonly truth: DescriptorSet;
  /** Signatures are looked at once: all see the same ones. */
  readonly verified: Map<string, RingDescriptor>;
  /** By true time. */
  trueView(): View;
  readonly tell: (event: RingEvent) => void;
  /** A short name for traces. */
  nameOf(key: NodeKey): string;
}

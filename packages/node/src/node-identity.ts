import type { Primitives, Random } from '@sotto/protocol/crypto';
import { networkIdOf } from '@sotto/protocol/identity';

/** What a node keeps secret: 32 B each. */
export interface NodeSecrets {
  /** Ed25519 seed: the node id's. Signs descriptors, receipts, announcements. */
  readonly nodeSeed: Uint8Array;
  /** Ed25519 seed of the operator: founder of this node's network, or a member of the one it joined. */
  readonly operatorSeed: Uint8Array;
  /** X25519: the link's static key. */
  readonly linkSecret: Uint8Array;
}

/** Who this node is. */
export interface NodeIdentity extends NodeSecrets {
  readonly nodeId: Uint8Array;
  readonly operator: Uint8Array;
  readonly linkKey: Uint8Array;
  /** Network id: the hash of the founders' keys. */
  readonly network: Uint8Array;
  /** Founding operators' keys, 32 B each. */
  readonly founders: readonly Uint8Array[];
}

export function createNodeSecrets(random: Random): NodeSecrets {
  return { nodeSeed: random(32), operatorSeed: random(32), linkSecret: random(32) };
}

/** @param joined founders of the network the node was let into; null: it founded its own */
export function nodeIdentityOf(
  primitives: Primitives,
  secrets: NodeSecrets,
  joined: readonly Uint8Array[] | null = null,
): NodeIdentity {
  const operator = primitives.ed25519.publicKey(secrets.operatorSeed);
  const founders = joined ?? [operator];
  return {
    ...secrets,
    nodeId: primitives.ed25519.publicKey(secrets.nodeSeed),
    operator,
    linkKey: primitives.x25519.publicKey(secrets.linkSecret),
    network: networkIdOf(primitives, founders),
    founders,
  };
}

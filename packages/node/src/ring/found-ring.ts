import { concat, type Primitives, utf8 } from '@sotto/protocol/crypto';
import { signAdmission } from '@sotto/protocol/ring';
import { AdmissionSchema, encode } from '@sotto/protocol/wire';
import type { NodeIdentity } from '../node-identity.ts';
import type { RingState } from './ring-file.ts';

/**
 * A network of one node: its operator is the only founder and lets it in itself (RING-40). The nonce comes out of the operator's key, so
 * that a node which kept nothing but its keys stands at the same position again.
 */
export function foundRing(primitives: Primitives, identity: NodeIdentity, epochSeconds: number): RingState {
  const { network, nodeId, operator, operatorSeed } = identity;
  const nonce = primitives.sha256(concat(utf8('sotto/founding/1'), operatorSeed, nodeId));
  const admission = signAdmission(primitives, operatorSeed, { network, node: nodeId, operator, nonce });
  return {
    founders: [operator],
    epochSeconds,
    admission: encode(AdmissionSchema, admission),
    descriptors: [],
    sequence: 0,
    invites: [],
  };
}

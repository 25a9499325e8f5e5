import type { Primitives } from '@sotto/protocol/crypto';
import { signAdmission } from '@sotto/protocol/ring';
import { type Admission, AdmissionSchema, encode } from '@sotto/protocol/wire';
import type { NodeIdentity } from '../node-identity.ts';

export interface Admitter {
  readonly primitives: Primitives;
  readonly identity: NodeIdentity;
  /** What made this node's operator a member; null: it is a founder. */
  readonly by: Admission | null;
  /** 32 bytes that nobody else can know before: with the node's id they give its position, so that it cannot choose one. */
  readonly nonce: Uint8Array;
}

/** Lets a node into this one's network (RING-44). @returns an encoded Admission */
export function admitNode(admitter: Admitter, node: Uint8Array, operator: Uint8Array): Uint8Array {
  const { primitives, identity, by, nonce } = admitter;
  const fields = { network: identity.network, node, operator, nonce };
  const admission = signAdmission(primitives, identity.operatorSeed, fields, by ?? undefined);
  return encode(AdmissionSchema, admission);
}

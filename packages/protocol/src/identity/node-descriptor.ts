import {
  create,
  decodeNodeDescriptor,
  decodeNodeDescriptorBody,
  encode,
  MAX_URLS,
  NodeDescriptorBodySchema,
  NodeDescriptorSchema,
  type Admission,
  type NodeDescriptor,
  type NodeDescriptorBody,
} from '../wire/index.ts';
import { concat, sameBytes, utf8, type Primitives } from '../crypto/index.ts';
import { IdentityError } from './identity-error.ts';
import { requireNodeUrls } from './route.ts';
import { decodeStatement, ownedBody, requireLength, requireSafeInteger, signedBytes } from './statement.ts';

const CONTEXT = 'sotto/node/1';
const VERSION = 1;
const NAME = "The node's descriptor";
const MAX_CAPABILITIES = 16;
const CAPABILITY = /^[a-z][a-z0-9-]{0,31}$/;

/** A clock may be this wrong before a lease counts as not begun or run out. */
export const LEASE_TOLERANCE_MS = 5 * 60_000;

/** What a node says about itself, before signing. */
export interface DescriptorFields {
  /** X25519, 32 B. */
  readonly linkKey: Uint8Array;
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** ws:// or wss://, 1 to 8. */
  readonly urls: readonly string[];
  readonly weight: number;
  /** Lower-case words: "store" or "live"; "psk". */
  readonly capabilities: readonly string[];
  /** Operator's Ed25519 key, 32 B. */
  readonly operator: Uint8Array;
  /** Lease, ms since 1970. */
  readonly from: number;
  readonly until: number;
  /** Rises with each new descriptor of this node. */
  readonly sequence: number;
  /** Of this node to its network. Here it is only carried: protocol/ring verifies it. */
  readonly admission?: Admission;
  /** Founding operators' keys, 32 B each: the network id is their hash. Only carried here, too. */
  readonly founders?: readonly Uint8Array[];
  /** Length of the network's epochs. */
  readonly epochSeconds?: number;
}

/** A descriptor signed by the node it names. */
export interface VerifiedDescriptor extends DescriptorFields {
  /** Node id: Ed25519, 32 B. */
  readonly node: Uint8Array;
  readonly encoded: Uint8Array;
}

/** @param nodeSeed Ed25519 seed of the node id, 32 B @returns an encoded NodeDescriptor */
export function signDescriptor(primitives: Primitives, nodeSeed: Uint8Array, fields: DescriptorFields): Uint8Array {
  requireFields(fields);
  const body = encode(
    NodeDescriptorBodySchema,
    create(NodeDescriptorBodySchema, {
      ...fields,
      version: VERSION,
      node: primitives.ed25519.publicKey(nodeSeed),
      urls: [...fields.urls],
      capabilities: [...fields.capabilities],
      founders: [...(fields.founders ?? [])].sort(compareBytes),
      from: BigInt(fields.from),
      until: BigInt(fields.until),
      sequence: BigInt(fields.sequence),
    }),
  );
  const signature = primitives.ed25519.sign(nodeSeed, signedBytes(CONTEXT, body));
  return encode(NodeDescriptorSchema, create(NodeDescriptorSchema, { body, signature }));
}

/** What the reader already knows. */
export interface DescriptorExpectation {
  /** The pinned node id; null or absent: any. */
  readonly nodeId?: Uint8Array | null;
  /** Reader's clock, ms since 1970; null: the lease is not looked at. */
  readonly nowMs: number | null;
}

/**
 * Checks signature, shape, pinned node id and lease (ID-9, ID-10).
 * @throws IdentityError('malformed' | 'unknown-version' | 'bad-signature' | 'wrong-node' | 'not-valid-now' | 'bad-url')
 */
export function verifyDescriptor(
  primitives: Primitives,
  descriptor: Uint8Array | NodeDescriptor,
  expected: DescriptorExpectation,
): VerifiedDescriptor {
  const given = descriptor instanceof Uint8Array ? descriptor : encode(NodeDescriptorSchema, descriptor);
  const outer = ownedBody(decodeStatement(decodeNodeDescriptor, given, NAME));
  const body = decodeStatement(decodeNodeDescriptorBody, outer.body, NAME);
  if (expected.nodeId && !sameBytes(body.node, expected.nodeId)) {
    throw new IdentityError('wrong-node', 'The node is not the one expected: its identity key is another.');
  }
  if (!primitives.ed25519.verify(body.node, signedBytes(CONTEXT, outer.body), outer.signature)) {
    throw new IdentityError('bad-signature', `${NAME} is not signed by its node.`);
  }
  const fields: DescriptorFields = {
    linkKey: body.linkKey,
    network: body.network,
    urls: body.urls,
    weight: body.weight,
    capabilities: body.capabilities,
    operator: body.operator,
    from: requireSafeInteger(body.from, `${NAME}'s begin`),
    until: requireSafeInteger(body.until, `${NAME}'s end`),
    sequence: requireSafeInteger(body.sequence, `${NAME}'s sequence`),
    ...ringFields(body),
  };
  requireFields(fields);
  if (expected.nowMs !== null) requireLease(fields, expected.nowMs);
  return { ...fields, node: body.node, encoded: encode(NodeDescriptorSchema, outer) };
}

/** What only descriptors of a ring have; what is absent stays absent. */
function ringFields(body: NodeDescriptorBody): Pick<DescriptorFields, 'admission' | 'founders' | 'epochSeconds'> {
  return {
    ...(body.admission === undefined ? {} : { admission: body.admission }),
    ...(body.founders.length === 0 ? {} : { founders: body.founders }),
    ...(body.epochSeconds === 0 ? {} : { epochSeconds: body.epochSeconds }),
  };
}

function requireFields(fields: DescriptorFields): void {
  requireLength(fields.linkKey, 32, `${NAME}'s link key`);
  requireLength(fields.network, 32, `${NAME}'s network id`);
  requireLength(fields.operator, 32, `${NAME}'s operator key`);
  requireNodeUrls(fields.urls, MAX_URLS);
  if (fields.capabilities.length > MAX_CAPABILITIES || !fields.capabilities.every((word) => CAPABILITY.test(word))) {
    throw new IdentityError('malformed', `${NAME}'s capabilities must be at most ${MAX_CAPABILITIES} short words.`);
  }
  if (fields.from >= fields.until) throw new IdentityError('malformed', `${NAME}'s lease ends before it begins.`);
}

function requireLease(fields: DescriptorFields, nowMs: number): void {
  if (nowMs < fields.from - LEASE_TOLERANCE_MS) {
    throw new IdentityError('not-valid-now', `${NAME} is not valid yet: one of the two clocks is wrong.`);
  }
  if (nowMs > fields.until + LEASE_TOLERANCE_MS) {
    throw new IdentityError('not-valid-now', `${NAME} has run out, or one of the two clocks is wrong.`);
  }
}

const networkLabel = utf8('sotto/network/1');

/**
 * SHA-256("sotto/network/1" | founding operators' keys, sorted): the same network whatever order they are given in.
 * @throws IdentityError('malformed') on none, a wrong length, or the same key twice
 */
export function networkIdOf(primitives: Primitives, founders: readonly Uint8Array[]): Uint8Array {
  if (founders.length === 0) throw new IdentityError('malformed', 'A network has at least one founder.');
  for (const founder of founders) requireLength(founder, 32, "A founder's key");
  const sorted = [...founders].sort(compareBytes);
  for (const [i, founder] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before !== undefined && sameBytes(before, founder)) {
      throw new IdentityError('malformed', 'The same founder is named twice.');
    }
  }
  return primitives.sha256(concat(networkLabel, ...sorted));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (const [i, byte] of a.entries()) {
    const difference = byte - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Networks, nodes and their descriptors for the tests of the ring. */
import { createHash } from 'node:crypto';
import { be32, concat, noblePrimitives, utf8, type Primitives } from '../crypto/index.ts';
import { networkIdOf, signDescriptor } from '../identity/index.ts';
import type { Admission } from '../wire/index.ts';
import { leaseAt, nodeKeyOf, signAdmission, type NodeKey } from './index.ts';

export const NOW_MS = 1_790_000_000_000;
export const EPOCH_MS = 600_000;

const digest = (name: string, ...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** Native hashes, and signatures that anybody could forge but nobody does: for many nodes. */
export const fastPrimitives: Primitives = {
  ...noblePrimitives,
  sha256: (data) => digest('sha256', data),
  ed25519: {
    publicKey: (seed) => digest('sha256', utf8('public'), seed),
    sign: (seed, message) => digest('sha512', digest('sha256', utf8('public'), seed), message),
    verify: (key, message, signature) => Buffer.compare(digest('sha512', key, message), signature) === 0,
  },
};

/** 32 bytes that are the same for the same name. */
export const bytes32 = (name: string): Uint8Array => digest('sha256', utf8(name));

/** Whole numbers below `below`, the same for the same seed. */
export function seededNumbers(seed: number): (below: number) => number {
  let counter = 0;
  return (below) => {
    const hash = digest('sha256', be32(seed), be32(counter++));
    return new DataView(hash.buffer, hash.byteOffset).getUint32(0) % below;
  };
}

export interface TestNetwork {
  readonly primitives: Primitives;
  readonly network: Uint8Array;
  readonly founders: readonly Uint8Array[];
  /** Seed of founder `i`. */
  readonly founderSeeds: readonly Uint8Array[];
}

export function testNetwork(primitives: Primitives = noblePrimitives, founders = 1): TestNetwork {
  const founderSeeds = Array.from({ length: founders }, (_, i) => bytes32(`founder ${i}`));
  const keys = founderSeeds.map((seed) => primitives.ed25519.publicKey(seed));
  return { primitives, network: networkIdOf(primitives, keys), founders: keys, founderSeeds };
}

export interface TestNode {
  readonly key: NodeKey;
  readonly node: Uint8Array;
  readonly operatorSeed: Uint8Array;
  readonly admission: Admission;
  /** An encoded descriptor; sequence 1 and in force now unless told. */
  describe(change?: NodeSays): Uint8Array;
}

export interface NodeSays {
  readonly sequence?: number;
  readonly from?: number;
  readonly until?: number;
  readonly weight?: number;
  readonly urls?: readonly string[];
  readonly admission?: Admission | null;
  readonly epochSeconds?: number;
  readonly founders?: readonly Uint8Array[];
  readonly network?: Uint8Array;
  readonly operator?: Uint8Array;
}

/** Node `name`; let in by the first founder unless told. */
export function testNode(
  net: TestNetwork,
  name: string,
  options: {
    readonly operator?: string;
    readonly urls?: readonly string[];
    readonly weight?: number;
    readonly admitterSeed?: Uint8Array;
    readonly by?: Admission;
  } = {},
): TestNode {
  const { primitives, network, founders } = net;
  const seed = bytes32(`node ${name}`);
  const node = primitives.ed25519.publicKey(seed);
  const operatorSeed = bytes32(`operator ${options.operator ?? name}`);
  const operator = primitives.ed25519.publicKey(operatorSeed);
  const admitterSeed = options.admitterSeed ?? net.founderSeeds[0];
  const nonce = bytes32(`nonce ${name}`);
  const admission = signAdmission(
    primitives,
    admitterSeed as Uint8Array,
    { network, node, operator, nonce },
    options.by,
  );
  const lease = leaseAt(NOW_MS, EPOCH_MS / 1000, true);
  const describe = (change: NodeSays = {}): Uint8Array =>
    signDescriptor(primitives, seed, {
      linkKey: bytes32(`link ${name}`),
      urls: options.urls ?? [`wss://${name}.example/sotto`],
      weight: options.weight ?? 1,
      capabilities: ['store'],
      ...lease,
      sequence: 1,
      epochSeconds: EPOCH_MS / 1000,
      founders,
      network,
      operator,
      ...without(change, 'admission'),
      ...(change.admission === null ? {} : { admission: change.admission ?? admission }),
    });
  return { key: nodeKeyOf(node), node, operatorSeed, admission, describe };
}

function without(change: NodeSays, field: keyof NodeSays): Omit<NodeSays, 'admission'> {
  return Object.fromEntries(Object.entries(change).filter(([name]) => name !== field));
}

/** `count` nodes, each of an operator of its own. */
export function testNodes(net: TestNetwork, count: number): TestNode[] {
  return Array.from({ length: count }, (_, i) => testNode(net, `n${i}`));
}

/** Ids of envelopes that do not exist. */
export function testIds(count: number, random: (below: number) => number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => digest('sha256', concat(be32(random(2 ** 32)), be32(i))));
}

import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { memoryRingFile, type RingFile } from '../ring/ring-file.ts';
import type { Limits } from '../limits.ts';
import { createNodeSecrets, nodeIdentityOf } from '../node-identity.ts';
import { foundRing } from '../ring/found-ring.ts';
import type { Admits } from '../ring/ring-options.ts';
import { admitNode } from '../ring/admit-node.ts';
import { START_MS, TestNode } from './test-node.ts';
import { TestNetwork } from './test-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Short, so that tests need not wait. */
const EPOCH_SECONDS = 20;
export const EPOCH_MS = EPOCH_SECONDS * 1000;
/** Until what is said now is in force everywhere. */
export const TWO_EPOCHS_MS = 3 * EPOCH_MS;

/** A founder and nodes it let in, joined over sockets in memory. */
export class TestRing {
  readonly clock = new VirtualClock(START_MS);
  readonly network = new TestNetwork(this.clock);
  readonly nodes: TestNode[] = [];
  readonly #limits: Partial<Limits>;
  readonly #admits: Admits;

  constructor(count: number, limits: Partial<Limits> = {}, admits: Admits = 'invite') {
    this.#admits = admits;
    this.#limits = limits;
    for (let at = 0; at < count; at++) this.add();
  }

  get founder(): TestNode {
    return this.nodes[0]!;
  }

  /** One more node, let in by the founder; nobody knows it but the nodes it calls. */
  add(): TestNode {
    const at = this.nodes.length;
    const url = urlOf(at);
    const file = at === 0 ? memoryRingFile() : this.#admitted(at);
    const node = new TestNode({
      clock: this.clock,
      url,
      seed: at + 1,
      limits: this.#limits,
      identity: nodeIdentityOf(primitives, secretsOf(at), at === 0 ? null : this.founder.identity.founders),
      ring: { dialer: this.network.dialer(url), file, epochSeconds: EPOCH_SECONDS, admits: this.#admits },
    });
    this.nodes.push(node);
    this.network.listen(url, node);
    return node;
  }

  keyOf(at: number): string {
    return this.nodes[at]!.core.ring.self;
  }

  #admitted(at: number): RingFile {
    const { identity, core } = this.founder;
    const file = memoryRingFile();
    const joiner = nodeIdentityOf(primitives, secretsOf(at), identity.founders);
    const nonce = primitives.sha256(Uint8Array.of(at));
    const state = foundRing(primitives, identity, EPOCH_SECONDS);
    const admission = admitNode({ primitives, identity, by: null, nonce }, joiner.nodeId, joiner.operator);
    const descriptors = core.ring.descriptors.all().map(({ encoded }) => encoded);
    file.save({ ...state, admission, descriptors });
    return file;
  }
}

export const urlOf = (at: number): string => `ws://10.0.${at}.1:80`;

function secretsOf(at: number): ReturnType<typeof createNodeSecrets> {
  let calls = 0;
  return createNodeSecrets((length) => primitives.sha256(Uint8Array.of(7, at, calls++)).slice(0, length));
}

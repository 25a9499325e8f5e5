import { createNodeSecrets, memoryRingFile, nodeIdentityOf } from '@sotto/node';
import type { NodeIdentity, PeerDialer, RelayStore, RingFile } from '@sotto/node';
import { nodePrimitives } from '@sotto/primitives-node';
import { nodeKeyOf, partitionOf, signAdmission } from '@sotto/protocol/ring';
import type { Homes } from '@sotto/protocol/ring';
import { AdmissionSchema, encode } from '@sotto/protocol/wire';
import { parseAddress } from '@sotto/protocol/identity';
import { VirtualSocket } from './virtual-socket.ts';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

/** Short, so that membership changes do not take hours of virtual time. */
const EPOCH_SECONDS = 60;
export const EPOCH_MS = EPOCH_SECONDS * 1000;

/** People, and nodes that keep their mailboxes together. */
export class RingWorld extends World {
  readonly members: WorldNode[] = [];
  /** Nodes that no other node reaches, nor they any. */
  readonly apart = new Set<string>();
  readonly #peerSockets: { readonly ends: VirtualSocket; readonly urls: readonly string[] }[] = [];
  readonly #wrap: ((store: RelayStore) => RelayStore) | undefined;

  /** @param wrap stands between each node and its store */
  static async of(count: number, seed = 1, wrap?: (store: RelayStore) => RelayStore): Promise<RingWorld> {
    const world = new RingWorld(seed, wrap);
    for (let i = 0; i < count; i++) await world.join();
    await world.clock.advance(4 * EPOCH_MS);
    return world;
  }

  private constructor(seed: number, wrap?: (store: RelayStore) => RelayStore) {
    super(seed);
    this.#wrap = wrap;
  }

  /** One more node, let in by the first. */
  async join(): Promise<WorldNode> {
    const at = this.members.length;
    const url = `ws://node${at}.example`;
    const founder = this.members[0]?.identity ?? null;
    const identity = nodeIdentityOf(nodePrimitives, createNodeSecrets(this.random), founder?.founders ?? null);
    const file = founder === null ? memoryRingFile() : this.#admitted(founder, identity);
    const ring = { dialer: this.#peerDialer(url), file, epochSeconds: EPOCH_SECONDS, admits: 'invite' as const };
    const options = this.#wrap === undefined ? {} : { wrap: this.#wrap };
    const node = await this.node(url, { ...options, member: { identity, ring } });
    this.members.push(node);
    return node;
  }

  async homesOf(person: Person): Promise<Homes> {
    const account = parseAddress((await this.whois(person)).address);
    const [running] = this.members.flatMap(({ core }) => (core === null ? [] : [core]));
    if (running === undefined) throw new Error('no node runs');
    return running.ring.view().homes(partitionOf(nodePrimitives, account));
  }

  memberOf(key: string): WorldNode {
    const found = this.members.find(({ identity }) => nodeKeyOf(identity.nodeId) === key);
    if (found === undefined) throw new Error('unknown node');
    return found;
  }

  #admitted(founder: NodeIdentity, joiner: NodeIdentity): RingFile {
    const file = memoryRingFile();
    const admission = signAdmission(nodePrimitives, founder.operatorSeed, {
      network: founder.network,
      node: joiner.nodeId,
      operator: joiner.operator,
      nonce: this.random(32),
    });
    const descriptors = this.members[0]?.core?.ring.descriptors.all().map(({ encoded }) => encoded) ?? [];
    const founders = founder.founders;
    file.save({
      founders,
      epochSeconds: EPOCH_SECONDS,
      admission: encode(AdmissionSchema, admission),
      descriptors,
      sequence: 0,
      invites: [],
    });
    return file;
  }

  /** The other nodes lose this one, and it them; who is attached to it notices nothing. */
  separate(node: WorldNode): void {
    this.apart.add(node.url);
    for (const { ends, urls } of this.#peerSockets) if (urls.includes(node.url)) ends.cut();
  }

  #peerDialer(from: string): PeerDialer {
    return {
      open: (url, subprotocol) => {
        const socket = new Promise<VirtualSocket>((resolve, reject) => {
          this.clock.after(1, () => {
            const node = this.nodes.get(url);
            const core = node?.core ?? null;
            const isApart = this.apart.has(url) || this.apart.has(from);
            if (node === undefined || core === null || isApart) return reject(new Error('nobody there'));
            const [near, far] = VirtualSocket.pair((run) => void this.clock.after(0, run));
            node.sockets.add(far);
            this.#peerSockets.push({ ends: near, urls: [from, url] });
            core.accept(far, subprotocol, from);
            resolve(near);
          });
        });
        return { socket, cancel: () => void socket.then((open) => open.close(1000, '')).catch(() => undefined) };
      },
    };
  }
}

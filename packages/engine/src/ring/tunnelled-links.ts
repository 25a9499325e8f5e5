/** Anonymous links inside tunnels: to any node of a network, through an entry node of it (RING-74). */
import { AnonymousLinks } from '../connection/index.ts';
import type { NodeRequests } from '../connection/index.ts';
import type { AnonymousLinksOptions } from '../connection/connection.ts';
import { nodeKeyOf } from '@sotto/protocol/ring';
import type { NodeKey, RingMember } from '@sotto/protocol/ring';
import { TunnelDialer, tunnelUrl } from './tunnel-dialer.ts';

/** Entries whose links are kept; beyond them the one unused for longest goes. */
const MOST_ENTRIES = 32;

interface Pool {
  entry: RingMember;
  readonly links: AnonymousLinks;
}

export class TunnelledLinks {
  readonly #options: AnonymousLinksOptions;
  /** Longest unused first. */
  readonly #pools = new Map<NodeKey, Pool>();
  /** Of nodes at the far ends, by their verified descriptors. */
  readonly #linkKeys = new Map<NodeKey, Uint8Array>();

  constructor(options: AnonymousLinksOptions) {
    this.#options = options;
  }

  /**
   * @param network both are in, 32 B
   * @param recipient account in hex: what concerns two people goes through two tunnels
   */
  to(network: Uint8Array, entry: RingMember, node: RingMember, recipient: string): NodeRequests {
    const route = { network, node: node.node, urls: [tunnelUrl(node.key)], psk: null };
    const link = (): NodeRequests => {
      this.#linkKeys.set(node.key, node.linkKey);
      return this.#through(network, entry).to(route, recipient);
    };
    return { request: (body, options) => link().request(body, options), post: (body) => link().post(body) };
  }

  reconnectNow(): void {
    for (const { links } of this.#pools.values()) links.reconnectNow();
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map(({ links }) => links.close()));
  }

  #through(network: Uint8Array, entry: RingMember): AnonymousLinks {
    const { key } = entry;
    const pool = this.#pools.get(key) ?? this.#make(network, entry);
    pool.entry = entry;
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    if (this.#pools.size > MOST_ENTRIES) this.#evict();
    return pool.links;
  }

  #make(network: Uint8Array, first: RingMember): Pool {
    const { platform } = this.#options;
    const dialer = new TunnelDialer(platform, () => {
      const { node, urls, linkKey } = pool.entry;
      return { route: { network, node, urls, psk: null }, linkKey };
    });
    const linkKeyOf = (node: Uint8Array): Uint8Array | null => this.#linkKeys.get(nodeKeyOf(node)) ?? null;
    const links = new AnonymousLinks({ ...this.#options, platform: { ...platform, dialer }, linkKeyOf });
    const pool: Pool = { entry: first, links };
    return pool;
  }

  #evict(): void {
    const oldest: NodeKey | undefined = this.#pools.keys().next().value;
    const pool = oldest === undefined ? undefined : this.#pools.get(oldest);
    if (oldest !== undefined) this.#pools.delete(oldest);
    void pool?.links.close();
  }
}

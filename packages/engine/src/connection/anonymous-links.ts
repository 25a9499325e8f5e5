import { sameBytes } from '@sotto/protocol/crypto';
import { AnonymousLink } from './anonymous-link.ts';
import { ConnectionError } from './connection-error.ts';
import type { AnonymousLinksOptions, NodeRequests, NodeRoute } from './connection.ts';

/** Links kept at once; beyond them the one unused for longest goes. */
const MOST_LINKS = 64;

/**
 * Links on which no key of ours is shown, to any node: for sending envelopes, fetching bundles and finding people.
 * Each is opened when it is needed and closed when it was not needed for a while (LNKC-10).
 */
export class AnonymousLinks {
  readonly #options: AnonymousLinksOptions;
  /** Longest unused first. */
  #links: AnonymousLink[] = [];
  #closed = false;

  constructor(options: AnonymousLinksOptions) {
    this.#options = options;
  }

  /** What `route` is asked goes over one link, however often this is called. */
  to(route: NodeRoute): NodeRequests {
    return {
      request: async (body, options) => {
        if (this.#closed) throw new ConnectionError('closed', 'The connections were closed on this side.');
        return await this.#linkTo(route).request(body, options);
      },
      post: (body) => !this.#closed && this.#linkTo(route).post(body),
    };
  }

  /** Nodes that could not be reached are tried again at once: for a screen's "retry", and when the network is back. */
  reconnectNow(): void {
    for (const link of this.#links) link.retryNow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const links = this.#links;
    this.#links = [];
    await Promise.all(links.map((link) => link.close()));
  }

  #linkTo(route: NodeRoute): AnonymousLink {
    const index = this.#links.findIndex((link) => sameRoute(link.route, route));
    const [found] = index < 0 ? [] : this.#links.splice(index, 1);
    const link = found ?? new AnonymousLink(this.#options, route);
    this.#links.push(link);
    if (this.#links.length > MOST_LINKS) this.#evict();
    return link;
  }

  #evict(): void {
    const index = this.#links.findIndex((link) => link.unused);
    const [oldest] = index < 0 ? [] : this.#links.splice(index, 1);
    void oldest?.close();
  }
}

function sameRoute(a: NodeRoute, b: NodeRoute): boolean {
  const samePsk = a.psk === null || b.psk === null ? a.psk === b.psk : sameBytes(a.psk, b.psk);
  return (
    samePsk &&
    sameBytes(a.node, b.node) &&
    sameBytes(a.network, b.network) &&
    a.urls.length === b.urls.length &&
    a.urls.every((url, i) => url === b.urls[i])
  );
}

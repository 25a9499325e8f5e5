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
  #links: { readonly recipient: string; readonly link: AnonymousLink }[] = [];
  #closed = false;

  constructor(options: AnonymousLinksOptions) {
    this.#options = options;
  }

  /**
   * What `route` is asked about one recipient goes over one link, however often this is called; about two recipients
   * over two, so that a node that does not see our address cannot tell that one person writes to both (TM-22).
   * @param recipient account in hex, or what else the question is about
   */
  to(route: NodeRoute, recipient: string): NodeRequests {
    return {
      request: async (body, options) => {
        if (this.#closed) throw new ConnectionError('closed', 'The connections were closed on this side.');
        return await this.#linkTo(route, recipient).request(body, options);
      },
      post: (body) => !this.#closed && this.#linkTo(route, recipient).post(body),
    };
  }

  /** Nodes that could not be reached are tried again at once: for a screen's "retry", and when the network is back. */
  reconnectNow(): void {
    for (const { link } of this.#links) link.retryNow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const links = this.#links;
    this.#links = [];
    await Promise.all(links.map(({ link }) => link.close()));
  }

  #linkTo(route: NodeRoute, recipient: string): AnonymousLink {
    const index = this.#links.findIndex((kept) => kept.recipient === recipient && sameRoute(kept.link.route, route));
    const [found] = index < 0 ? [] : this.#links.splice(index, 1);
    const kept = found ?? { recipient, link: new AnonymousLink(this.#options, route) };
    this.#links.push(kept);
    if (this.#links.length > MOST_LINKS) this.#evict();
    return kept.link;
  }

  #evict(): void {
    const index = this.#links.findIndex(({ link }) => link.unused);
    const [oldest] = index < 0 ? [] : this.#links.splice(index, 1);
    void oldest?.link.close();
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

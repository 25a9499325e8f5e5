/**
 * Opens WebSockets to nodes through another node, the entry (RING-74): it learns which node, sizes and times; the node
 * at the far end learns the entry's address instead of ours.
 */
import { create, TunnelOpenSchema } from '@sotto/protocol/wire';
import { nodeOf } from '@sotto/protocol/ring';
import type { NodeKey } from '@sotto/protocol/ring';
import { ConnectionError } from '../connection/index.ts';
import type { NodeRoute } from '../connection/index.ts';
import type { ConnectionPlatform } from '../connection/connection.ts';
import { openLink } from '../connection/open-link.ts';
import { DialError } from '../ports.ts';
import type { Dialer, Dialing, Socket } from '../ports.ts';
import { TunnelSocket } from './tunnel-socket.ts';

const SCHEME = 'tunnel:';
/** Each tunnel has a link of its own, so that nothing but the address ties two of them together. */
const TUNNEL = 1;

/** The address under which a TunnelDialer reaches a node. */
export const tunnelUrl = (node: NodeKey): string => SCHEME + node;

export interface Entry {
  readonly route: NodeRoute;
  /** X25519, 32 B, of its verified descriptor. */
  readonly linkKey: Uint8Array;
}

export class TunnelDialer implements Dialer {
  readonly #platform: ConnectionPlatform;
  readonly #entry: () => Entry;

  /** @param entry asked at each dialling: its address may change */
  constructor(platform: ConnectionPlatform, entry: () => Entry) {
    this.#platform = platform;
    this.#entry = entry;
  }

  open(url: string, subprotocol: string): Dialing {
    if (!url.startsWith(SCHEME)) throw new TypeError('no address of a tunnel');
    const node = nodeOf(url.slice(SCHEME.length));
    const opening = new Opening(this.#platform, this.#entry(), node, subprotocol);
    return { socket: opening.socket, cancel: () => opening.cancel() };
  }
}

/** One tunnel that is being opened: the addresses of its entry are tried in turn. */
class Opening {
  readonly socket: Promise<Socket>;
  readonly #platform: ConnectionPlatform;
  readonly #entry: Entry;
  readonly #node: Uint8Array;
  readonly #subprotocol: string;
  #cancelled = false;
  #cancelLink: () => void = () => undefined;

  constructor(platform: ConnectionPlatform, entry: Entry, node: Uint8Array, subprotocol: string) {
    this.#platform = platform;
    this.#entry = entry;
    this.#node = node;
    this.#subprotocol = subprotocol;
    this.socket = this.#tryAll();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#cancelLink();
  }

  async #tryAll(): Promise<Socket> {
    const { route } = this.#entry;
    let full: ConnectionError | null = null;
    for (const url of route.urls) {
      if (this.#cancelled) break;
      try {
        return await this.#tryOne(url);
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        if (error.code === 'too-many') full = error;
      }
    }
    // It is there: that says nothing about the node behind it (RING-76).
    if (full !== null && !this.#cancelled) throw full;
    throw this.#cancelled
      ? new DialError('cancelled', 'given up')
      : new DialError('unreachable', 'the entry node cannot be reached');
  }

  async #tryOne(url: string): Promise<Socket> {
    const { route, linkKey } = this.#entry;
    let socket: TunnelSocket | null = null;
    const opening = openLink({
      platform: this.#platform,
      route,
      url,
      cipher: null,
      proof: { remoteLinkKey: linkKey },
      events: {
        onNews: () => undefined,
        onTunnel: (news) => socket?.hear(news),
        onEnd: () => socket?.lost(),
      },
    });
    this.#cancelLink = opening.cancel;
    const carrier = await opening.link;
    if (this.#cancelled) {
      void carrier.close();
      throw new DialError('cancelled', 'given up');
    }
    if (carrier.ended) throw new ConnectionError('offline', 'The link to the entry node has ended.');
    const value = create(TunnelOpenSchema, { tunnel: TUNNEL, node: this.#node, subprotocol: this.#subprotocol });
    carrier.put({ case: 'tunnelOpen', value });
    socket = new TunnelSocket(TUNNEL, carrier, () => void carrier.close());
    return socket;
  }
}

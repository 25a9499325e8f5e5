import { create, TunnelCloseSchema, TunnelDataSchema } from '@sotto/protocol/wire';
import type { Frame } from '@sotto/protocol/wire';
import { toHex } from '../../store/hex.ts';
import type { FakeLink, FakeNode } from '../../connection/testing/fake-node.ts';
import { VirtualSocket } from '../../connection/testing/virtual-socket.ts';
import type { VirtualNetwork } from '../../connection/testing/virtual-network.ts';

/** A node of the connection tests that passes tunnels on to others, and keeps all that it sees of them. */
export class FakeEntry {
  /** Every frame that came or went on links of clients, and every message of the sockets to the far ends. */
  readonly seen: { readonly frame?: Frame; readonly inner?: Uint8Array }[] = [];
  /** Far ends, by node id in hex; others are not reached. */
  readonly targets = new Map<string, FakeNode>();
  readonly node: FakeNode;
  /** Tunnels that are open now. */
  open = 0;
  /** Does not answer while set. */
  silent = false;
  /** Pieces of tunnelled messages are so long. */
  pieceBytes = 65_000;
  readonly #network: VirtualNetwork;
  readonly #sockets = new Map<FakeLink, Map<number, VirtualSocket>>();

  constructor(network: VirtualNetwork, url: string, id?: Uint8Array) {
    this.#network = network;
    this.node = network.node(url, id === undefined ? {} : { network: id });
    this.node.answer = (link, frame) => this.#hear(link, frame);
  }

  #hear(link: FakeLink, frame: Frame): void {
    this.seen.push({ frame });
    if (this.silent) return;
    const { body, request } = frame;
    const sockets = this.#sockets.get(link) ?? new Map<number, VirtualSocket>();
    this.#sockets.set(link, sockets);
    if (body.case === 'tunnelOpen') this.#open(link, sockets, body.value.tunnel, body.value);
    else if (body.case === 'tunnelData') sockets.get(body.value.tunnel)?.send(body.value.data);
    else if (body.case === 'tunnelClose') sockets.get(body.value.tunnel)?.close(body.value.code);
    else if (body.case === 'ping') link.send({ request, body: { case: 'pong', value: {} } });
  }

  #open(
    link: FakeLink,
    sockets: Map<number, VirtualSocket>,
    tunnel: number,
    { node, subprotocol }: { readonly node: Uint8Array; readonly subprotocol: string },
  ): void {
    const target = this.targets.get(toHex(node));
    if (target === undefined) return this.#tellClose(link, tunnel, 0);
    const [near, far] = VirtualSocket.pair(this.#network.clock, this.#network.latencyMs);
    sockets.set(tunnel, near);
    this.open++;
    near.onMessage = (message) => this.#passBack(link, tunnel, message);
    near.onClose = (code) => {
      this.open--;
      this.#tellClose(link, tunnel, code);
    };
    target.accept(far, subprotocol);
  }

  #passBack(link: FakeLink, tunnel: number, message: Uint8Array): void {
    this.seen.push({ inner: message });
    for (let offset = 0; offset < message.length; offset += this.pieceBytes) {
      const data = message.subarray(offset, offset + this.pieceBytes);
      const more = offset + data.length < message.length;
      link.send({ request: 0, body: { case: 'tunnelData', value: create(TunnelDataSchema, { tunnel, data, more }) } });
    }
  }

  #tellClose(link: FakeLink, tunnel: number, code: number): void {
    link.send({ request: 0, body: { case: 'tunnelClose', value: create(TunnelCloseSchema, { tunnel, code }) } });
  }
}

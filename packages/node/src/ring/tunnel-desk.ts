import { CLOSE, type Close, parseSubprotocol } from '@sotto/protocol/link';
import { nodeKeyOf } from '@sotto/protocol/ring';
import { create, type TunnelClose, TunnelCloseSchema, type TunnelData, type TunnelOpen } from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';
import type { PeerDialer } from './peer-dialer.ts';
import type { RingRuntime } from './ring-runtime.ts';
import { NOT_REACHED, Tunnel, type TunnelParts } from './tunnel.ts';

export interface TunnelDeskParts extends Omit<TunnelParts, 'dialer'> {
  readonly dialer: PeerDialer | null;
  readonly ring: RingRuntime;
}

const UNREACHED: Close = { code: NOT_REACHED, text: 'no such node in the view of now', retry: false };

/** Tunnels of all links: to nodes of this node's view only, and not too many (RING-50). */
export class TunnelDesk {
  readonly #parts: TunnelDeskParts;
  /** How many, by the address that the links are from: a client has as many links as it likes. */
  readonly #byRemote = new Map<string, number>();

  constructor(parts: TunnelDeskParts) {
    this.#parts = parts;
  }

  open(link: Link, request: number, { tunnel, node, subprotocol }: TunnelOpen): void {
    const { ring, dialer, metrics, limits } = this.#parts;
    const tunnels = (link.tunnels ??= new Map());
    const spoken = parseSubprotocol(subprotocol);
    // One that goes back to the device's own account would name it; nodes and devices prove themselves on links of their own.
    const isAnonymous = spoken !== null && spoken !== 'descriptor' && spoken.pattern.startsWith('NK');
    if (tunnels.has(tunnel)) return link.close(CLOSE.malformed);
    if (!isAnonymous) return refuse(link, tunnel, CLOSE.unsupported);
    const ofRemote = this.#byRemote.get(link.remote) ?? 0;
    const full = tunnels.size >= limits.tunnelsPerLink || metrics.tunnelsOpen >= limits.tunnels;
    if (full || ofRemote >= limits.tunnelsPerAddress) return refuse(link, tunnel, CLOSE.tooMany);
    const member = ring.view().member(nodeKeyOf(node));
    if (member === null || member.key === ring.self || dialer === null) return refuse(link, tunnel, UNREACHED);
    const opened = new Tunnel({ ...this.#parts, dialer }, link, tunnel, () => {
      if (!tunnels.delete(tunnel)) return;
      metrics.tunnelsOpen -= 1;
      this.#count(link.remote, -1);
    });
    tunnels.set(tunnel, opened);
    metrics.tunnelsOpen += 1;
    this.#count(link.remote, 1);
    metrics.tunnels += 1;
    opened.dial(member.urls, subprotocol, () => {
      if (request !== 0) link.send(request, { case: 'done', value: {} });
    });
  }

  #count(remote: string, change: number): void {
    const count = (this.#byRemote.get(remote) ?? 0) + change;
    if (count > 0) this.#byRemote.set(remote, count);
    else this.#byRemote.delete(remote);
  }

  /** For a tunnel that ended a moment ago: nobody waits for it. */
  data(link: Link, value: TunnelData): void {
    link.tunnels?.get(value.tunnel)?.data(value);
  }

  close(link: Link, { tunnel, code, reason }: TunnelClose): void {
    link.tunnels?.get(tunnel)?.end(code, reason, false);
  }

  /** The link that carried them is gone. */
  closed(link: Link): void {
    for (const tunnel of link.tunnels?.values() ?? []) tunnel.end(CLOSE.goingAway.code, '', false);
  }
}

function refuse(link: Link, tunnel: number, { code, text }: Close): void {
  const value = create(TunnelCloseSchema, { tunnel, code, reason: text });
  link.send(0, { case: 'tunnelClose', value });
}

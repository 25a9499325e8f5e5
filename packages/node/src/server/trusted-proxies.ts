import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { type Hops, parseForwarded, parseXForwardedFor, plainAddress } from './forwarded-for.ts';
import { remoteKey } from './remote-key.ts';

/** An address, or a network as ADDRESS/BITS; everybody (no bits) is none. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/**
 * Whose word counts on where a request comes from. A proxy writes down whom it saw (`X-Forwarded-For`, or `Forwarded` of
 * RFC 7239); what anybody else writes there is not looked at. What comes out is for limits per address, and never logged.
 */
export class TrustedProxies {
  readonly #networks = new BlockList();

  /** @param networks each one that `isNetwork` takes */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits] = network.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(bits), family);
    }
  }

  /** Under which a request counts for limits. */
  keyOf(request: IncomingMessage): string {
    return remoteKey(this.#addressOf(request));
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    const peer = plainAddress(socket.remoteAddress ?? '') ?? '';
    if (!this.#trusts(peer)) return peer;
    const { forwarded, 'x-forwarded-for': xForwardedFor } = headers;
    const said = [
      forwarded === undefined ? null : parseForwarded(forwarded),
      xForwardedFor === undefined ? null : parseXForwardedFor(String(xForwardedFor)),
    ]
      .filter((hops) => hops !== null)
      .map((hops) => this.#furthest(hops, peer));
    const [first = peer] = said;
    // A proxy writes one of the two and may pass the other on as the client wrote it: which is which cannot be known.
    return said.every((address) => address === first) ? first : peer;
  }

  /** From the nearest on, as long as proxies that are trusted speak: the last one that such a proxy saw. */
  #furthest(hops: Hops, peer: string): string {
    let address = peer;
    for (let at = hops.length - 1; at >= 0 && this.#trusts(address); at--) {
      const hop = plainAddress(hops[at]!);
      if (hop === null) break;
      address = hop;
    }
    return address;
  }

  #trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }
}

import { isIP, SocketAddress } from 'node:net';

/** The node that a `for` of RFC 7239 section 6 names: an address, in brackets when it is IPv6, and perhaps a port. */
const NODE = /^(?:\[([^\]]+)\]|([\d.]+))(?::[\w.-]+)?$/;
/** One element of `Forwarded` at the start of a text (RFC 7239 section 4): pairs with `;`, values as they are or quoted. */
const PAIR = /^[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~-]+))?[ \t]*/;

/**
 * Whom proxies saw, as they wrote it and in the order in which they were passed: the last one is what the nearest proxy
 * saw. Lists are as long as a request's headers allow.
 */
export type Hops = readonly string[];

/** The value of `X-Forwarded-For`: addresses with commas; some proxies add ports. */
export function parseXForwardedFor(value: string): Hops {
  return value.split(',').map((part) => part.trim());
}

/** The value of `Forwarded` (RFC 7239). @returns one entry an element, empty without `for`; null: the value is malformed */
export function parseForwarded(value: string): Hops | null {
  const hops: string[] = [];
  let rest = value;
  for (;;) {
    let hop = '';
    let isNext = true;
    while (isNext) {
      const pair = PAIR.exec(rest);
      if (pair === null) return null;
      const [all, name = '', quoted, token] = pair;
      if (name.toLowerCase() === 'for') hop = quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
      rest = rest.slice(all.length);
      isNext = rest.startsWith(';');
      if (isNext) rest = rest.slice(1);
    }
    hops.push(hop);
    if (rest === '') return hops;
    if (!rest.startsWith(',')) return null;
    rest = rest.slice(1);
  }
}

/** What a hop says, in the one form that the system writes; IPv4 within IPv6 as IPv4. null: no address. */
export function plainAddress(text: string): string | null {
  const node = isIP(text) === 0 ? NODE.exec(text) : null;
  const address = (node?.[1] ?? node?.[2] ?? text).split('%', 1)[0]!;
  const family = isIP(address);
  if (family === 0) return null;
  const plain = new SocketAddress({ address, family: family === 4 ? 'ipv4' : 'ipv6' }).address;
  return isIP(plain.replace(/^::ffff:/, '')) === 4 ? plain.replace(/^::ffff:/, '') : plain;
}

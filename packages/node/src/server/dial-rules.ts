import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Where an address leads. Other nodes say by themselves where they are called: without a rule whoever is in the ring
 * could make all nodes knock wherever it likes, inside their own networks too (RING-52).
 */
type Place = 'public' | 'private' | 'loopback' | 'nowhere';

const nets = (ipv4: readonly string[], ipv6: readonly string[]): BlockList => {
  const list = new BlockList();
  const add = (net: string, family: 'ipv4' | 'ipv6'): void => {
    const [address = '', bits] = net.split('/');
    list.addSubnet(address, Number(bits), family);
  };
  for (const net of ipv4) add(net, 'ipv4');
  for (const net of ipv6) add(net, 'ipv6');
  return list;
};

const LOOPBACK = nets(['127.0.0.0/8'], ['::1/128']);
/** RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE = nets(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'], ['fc00::/7']);
/** Unspecified, link-local (services of clouds among them), multicast and reserved. */
const NOWHERE = nets(['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'], ['::/128', 'fe80::/10', 'ff00::/8']);

/** @param address IPv4 or IPv6, without brackets */
export function placeOf(address: string): Place {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  // BlockList knows IPv4 addresses written as IPv6 ones.
  if (NOWHERE.check(address, family)) return 'nowhere';
  if (LOOPBACK.check(address, family)) return 'loopback';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

/** Says which addresses a node may call. */
export type MayDial = (address: string) => boolean;

/**
 * Public addresses always; those of private networks only from a node that is reached in one itself, and those of
 * this machine only from one that is reached on it.
 * @param ownUrls ws:// or wss://
 */
export function dialRule(ownUrls: readonly string[]): MayDial {
  const own = new Set(ownUrls.map((url) => placeOfHost(hostOf(url))));
  return (address) => {
    const place = placeOf(address);
    if (place === 'public') return true;
    return place === 'loopback'
      ? own.has('loopback')
      : place === 'private' && (own.has('private') || own.has('loopback'));
  };
}

/** The address in a URL, or null when it has a name that must be looked up. */
export function literalOf(url: string): string | null {
  const host = hostOf(url);
  return isIP(host) === 0 ? null : host;
}

/** Looks names up, and refuses what they stand for as if there were no such name. */
export function lookupWithin(mayDial: MayDial): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const found = Array.isArray(address) ? address.map((one) => one.address) : [address];
      const refused = error ?? (found.every(mayDial) ? null : new Error('an address that must not be called'));
      callback(refused, address, family);
    });
  };
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '');

function placeOfHost(host: string): Place {
  if (host === 'localhost') return 'loopback';
  return isIP(host) === 0 ? 'public' : placeOf(host);
}

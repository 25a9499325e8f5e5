import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { MayDial } from '@sotto/protocol/ring';

/** The address in a URL, as it will be dialled, however it is written; null: it has a name that must be looked up. */
export function literalOf(url: string): string | null {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? null : host;
}

/** Looks names up, and refuses what they stand for as if there were no such name (RING-52). */
export function lookupWithin(mayDial: MayDial): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const found = Array.isArray(address) ? address.map((one) => one.address) : [address];
      const refused = error ?? (found.every(mayDial) ? null : new Error('an address that must not be called'));
      callback(refused, address, family);
    });
  };
}

import { MAX_URL } from '../wire/index.ts';
import { IdentityError } from './identity-error.ts';
import { requireLength } from './statement.ts';

/** Where somebody is reached: a network and some of its nodes. */
export interface Route {
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** Node id, Ed25519, 32 B. */
  readonly node: Uint8Array;
  /** ws:// or wss:// addresses, 1 to 4. */
  readonly urls: readonly string[];
}

export const MAX_ROUTE_URLS = 4;

/** Scheme, host (name, IPv4 or [IPv6]), port, plain path: no user, query or fragment. */
const NODE_URL = /^wss?:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?(?:\/[\w.~%/-]*)?$/i;

/** @throws IdentityError('bad-url') whose text names what is wrong */
export function requireNodeUrl(url: string): void {
  if (url.length > MAX_URL) throw bad(`A node's address is longer than ${MAX_URL} characters.`);
  if (!/^wss?:\/\//i.test(url)) throw bad('A node\'s address begins with "ws://" or "wss://".');
  const match = NODE_URL.exec(url);
  if (match === null) throw bad("A node's address is a host, perhaps a port and a path, and nothing else.");
  const port = match[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) throw bad("A node's port is out of range.");
}

/** @throws IdentityError('bad-url') */
export function requireNodeUrls(urls: readonly string[], most: number): void {
  if (urls.length < 1 || urls.length > most)
    throw bad(`There must be 1 to ${most} node addresses, not ${urls.length}.`);
  for (const url of urls) requireNodeUrl(url);
}

/**
 * Checks a route that came from somebody else (ID-11).
 * @throws IdentityError('malformed' | 'bad-url')
 */
export function checkRoute(route: { network: Uint8Array; node: Uint8Array; urls: readonly string[] }): Route {
  requireLength(route.network, 32, "The route's network id");
  requireLength(route.node, 32, "The route's node id");
  requireNodeUrls(route.urls, MAX_ROUTE_URLS);
  return { network: route.network, node: route.node, urls: [...route.urls] };
}

const bad = (message: string): IdentityError => new IdentityError('bad-url', message);

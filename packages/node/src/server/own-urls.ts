import { networkInterfaces } from 'node:os';
import { hostInUrl } from './create-server.ts';

const MAX_URLS = 4;

/**
 * Where clients can reach this node: the public URL alone, else the listening address; for a wildcard address the
 * machine's own ones, for a private network needs no name.
 */
export function ownUrls(
  given: { readonly publicUrl: string | null; readonly host: string; readonly isTls: boolean },
  port: number,
): string[] {
  if (given.publicUrl !== null) return [given.publicUrl];
  const hosts = isWildcard(given.host) ? [...machineAddresses(), '127.0.0.1'].slice(0, MAX_URLS) : [given.host];
  return hosts.map((host) => `${given.isTls ? 'wss' : 'ws'}://${hostInUrl(host)}:${port}`);
}

export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

function machineAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address);
}

import type { RingDescriptor } from './ring-descriptor.ts';
import { hexOf } from './node-key.ts';

/** What fails together, or lies together: machines of one operator and of those it let in, machines in one place. */
export interface Domains {
  /**
   * Key of the operator whom a founder let in, hexadecimal: it answers for its own nodes and for all that were let in
   * below it. Else one invitation would be enough to make up three operators and be all homes of anybody.
   */
  readonly operator: string;
  /** One for each address: /24, /48, or the host's name. */
  readonly subnets: readonly string[];
}

/** Who answers for a node, and its subnets (RING-6). */
export function domainsOf(descriptor: Pick<RingDescriptor, 'operator' | 'urls'>): Domains {
  return { operator: hexOf(descriptor.operator), subnets: [...new Set(descriptor.urls.map(subnetOf))] };
}

/** /24 of an IPv4 address, /48 of an IPv6 address; a host name is its own subnet. */
export function subnetOf(url: string): string {
  const host = /^wss?:\/\/(\[[^\]]*\]|[^:/]*)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (host.startsWith('[')) return subnetOfIPv6(host.slice(1, -1));
  return subnetOfIPv4(host) ?? host;
}

function subnetOfIPv4(host: string): string | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(host);
  return parts === null ? null : `${Number(parts[1])}.${Number(parts[2])}.${Number(parts[3])}/24`;
}

function subnetOfIPv6(address: string): string {
  const mapped = /^(?:0*:)*:?ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (mapped?.[1] !== undefined) return subnetOfIPv4(mapped[1]) ?? address;
  const gap = address.indexOf('::');
  const head = gap < 0 ? address : address.slice(0, gap);
  const tail = gap < 0 ? undefined : address.slice(gap + 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const written = before.length + after.length + (address.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - written);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const first = groups.slice(0, 3).map((group) => (Number.parseInt(group, 16) || 0).toString(16));
  return `${first.join(':')}/48`;
}

/**
 * Where an address leads. Nodes say by themselves where they are called: without a rule whoever is in a ring could make
 * other nodes (RING-52) and clients (RING-80) knock wherever it likes, inside their own networks too.
 */
export type Place = 'public' | 'private' | 'loopback' | 'nowhere';

/** Network, length of its prefix, where it leads. Unspecified, link-local (services of clouds), multicast, reserved. */
const IPV4: readonly (readonly [string, number, Place])[] = [
  ['127.0.0.0', 8, 'loopback'],
  // RFC 1918, RFC 6598.
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['0.0.0.0', 8, 'nowhere'],
  ['169.254.0.0', 16, 'nowhere'],
  ['224.0.0.0', 3, 'nowhere'],
];
/** Names that lead nowhere outside one network. */
const LOCAL_NAME = /(?:^[^.]+|\.(?:local|internal|lan|home\.arpa))$/;

/** The host of a node's URL, without brackets. @param url as requireNodeUrl() accepts it */
export const hostOf = (url: string): string =>
  /^wss?:\/\/(?:\[([^\]]*)\]|([^:/]*))/i.exec(url)?.slice(1).join('') ?? '';

/**
 * @param host a name, or an IPv4 or IPv6 address in any form that a URL may have. What a name stands for is not known
 * here: names are public unless they say otherwise
 */
export function placeOfHost(host: string): Place {
  const [name = ''] = host.toLowerCase().split('%', 1);
  if (name.includes(':')) return placeOfIPv6(name);
  // A host whose last part is a number is an address, however it is written (WHATWG URL, "host parsing").
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name)) return placeOfIPv4(ipv4Number(name));
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  return LOCAL_NAME.test(name) ? 'private' : 'public';
}

/** Says which hosts may be called. */
export type MayDial = (host: string) => boolean;

/**
 * Public ones always; those of private networks only by who is in one itself, and those of this machine only by who is
 * on it.
 * @param ownUrls of a node: where it is reached; of a client: by what it came into the network
 */
export function dialRule(ownUrls: readonly string[]): MayDial {
  const own = new Set(ownUrls.map((url) => placeOfHost(hostOf(url))));
  return (host) => {
    const place = placeOfHost(host);
    if (place === 'private') return own.has('private') || own.has('loopback');
    return place === 'loopback' ? own.has('loopback') : place === 'public';
  };
}

/** null: no such address. */
function ipv4Number(name: string): number | null {
  const parts = name.split('.').map((part) => {
    if (/^0x[0-9a-f]*$/.test(part)) return Number.parseInt(part.slice(2) || '0', 16);
    if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8);
    return /^[1-9]\d*$/.test(part) ? Number(part) : NaN;
  });
  const last = parts.pop() ?? NaN;
  const isNumber = parts.length < 4 && parts.every((part) => part <= 255) && last < 256 ** (4 - parts.length);
  return isNumber ? parts.reduce((sum, part, i) => sum + part * 256 ** (3 - i), last) : null;
}

function placeOfIPv4(address: number | null): Place {
  if (address === null) return 'nowhere';
  const inNet = ([net, bits]: readonly [string, number, Place]): boolean =>
    Math.floor(address / 2 ** (32 - bits)) === Math.floor((ipv4Number(net) ?? 0) / 2 ** (32 - bits));
  return IPV4.find(inNet)?.[2] ?? 'public';
}

function placeOfIPv6(address: string): Place {
  const groups = ipv6Groups(address);
  if (groups === null) return 'nowhere';
  const [first = 0, second = 0, third = 0] = groups;
  const [high = 0, low = 0] = groups.slice(6);
  const startsWith = (...head: readonly number[]): boolean => head.every((group, i) => groups[i] === group);
  if (startsWith(0, 0, 0, 0, 0, 0, 0)) return low === 1 ? 'loopback' : 'nowhere';
  // IPv4 inside: mapped, compatible, NAT64 (RFC 6052), 6to4.
  const isWrapped =
    startsWith(0, 0, 0, 0, 0, 0xff_ff) || startsWith(0, 0, 0, 0, 0, 0) || startsWith(0x64, 0xff_9b, 0, 0, 0, 0);
  if (isWrapped) return placeOfIPv4(high * 65_536 + low);
  if (first === 0x20_02) return placeOfIPv4(second * 65_536 + third);
  // RFC 4193; then link-local, site-local and multicast.
  if ((first & 0xfe_00) === 0xfc_00) return 'private';
  return (first & 0xff_80) === 0xfe_80 || first >= 0xff_00 ? 'nowhere' : 'public';
}

/** null: no such address. */
function ipv6Groups(address: string): number[] | null {
  const dotted = /^(.*:)([\d.]+)$/.exec(address);
  if (dotted?.[2]?.includes('.') === true) {
    const ipv4 = ipv4Number(dotted[2]);
    if (ipv4 === null) return null;
    return ipv6Groups(`${dotted[1]}${Math.floor(ipv4 / 65_536).toString(16)}:${(ipv4 % 65_536).toString(16)}`);
  }
  const [head = '', tail, ...more] = address.split('::');
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  if (more.length > 0 || zeros < 0 || before.length + zeros + after.length !== 8) return null;
  const all = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return all.every((group) => /^[0-9a-f]{1,4}$/.test(group)) ? all.map((group) => Number.parseInt(group, 16)) : null;
}

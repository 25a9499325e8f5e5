/** Where Redis is: one server, or some of a cluster. */
export interface RedisAddress {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
}

export const REDIS_URL =
  'redis://[user:password@]host[:port][/number], rediss:// over TLS, or host,host,… of a cluster';

const DEFAULT_PORT = 6379;

/** @returns null when it is none: what may be given says REDIS_URL */
export function parseRedisUrl(text: string): RedisAddress | null {
  const match = /^(rediss?):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]+)(?:\/(\d{1,3})?)?$/i.exec(text);
  if (match === null) return null;
  const [, scheme = '', username = '', password, hosts = '', database = '0'] = match;
  const nodes: { host: string; port: number }[] = [];
  for (const part of hosts.split(',')) {
    const host = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(part);
    const port = Number(host?.[3] ?? DEFAULT_PORT);
    if (host === null || port > 65_535) return null;
    nodes.push({ host: (host[1] ?? host[2])!, port });
  }
  try {
    return {
      nodes,
      tls: scheme.toLowerCase() === 'rediss',
      username: username === '' ? null : decodeURIComponent(username),
      password: password === undefined ? null : decodeURIComponent(password),
      database: Number(database),
    };
  } catch {
    return null;
  }
}

/** Of a cluster, channels belong to one of its servers each, and so do keys. */
export const isCluster = ({ nodes }: RedisAddress): boolean => nodes.length > 1;

import { readFileSync } from 'node:fs';
import { RelayStoreError } from '../relay-store.ts';

type SslMode = 'disable' | 'require' | 'verify-full';

export interface DatabaseHost {
  /** A name or address; a path: the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** Where a database is, and how to get in. */
export interface DatabaseAddress {
  /** At least one. Of several the one is used that takes writes: primary and standby, in any order. */
  readonly hosts: readonly DatabaseHost[];
  readonly user: string | undefined;
  /** undefined: PGPASSWORD, or ~/.pgpass. */
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly sslMode: SslMode;
  /** PEM of who vouches for the server; null: those whom the system trusts. */
  readonly certificateAuthority: string | null;
}

const DEFAULT_PORT = 5432;
const PARAMETERS = ['sslmode', 'sslrootcert', 'host'];
/** user:password@hosts/database?parameters, where hosts may be several. */
const URL_PARTS = /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^@/?#]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/i;

/**
 * `postgres://user:password@host:port,host:port/database?sslmode=…`. What is special in user, password or database is
 * percent-encoded, as in any URL. Without sslmode: none on this machine, verify-full to all others.
 * @throws RelayStoreError 'failed' with a text that holds no part of the password
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const match = URL_PARTS.exec(url.trim());
  if (match === null) throw badUrl('it is not postgres://user:password@host:port/database');
  const [, user, password, authority = '', database, query = ''] = match;
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) throw badUrl(`"${name}" is no parameter; allowed are ${PARAMETERS.join(', ')}`);
  }
  const socket = parameters.get('host');
  const hosts = socket === null ? hostsOf(authority) : [{ host: socket, port: portOf(/:(\d+)$/.exec(authority)?.[1]) }];
  const rootFile = parameters.get('sslrootcert');
  return {
    hosts,
    user: decoded(user),
    password: decoded(password),
    database: decoded(database),
    sslMode: sslModeOf(parameters.get('sslmode'), hosts),
    certificateAuthority: rootFile === null ? null : readRoot(rootFile),
  };
}

/** For people: without the password. */
export const maskedUrl = (url: string): string => url.replace(/^(\s*postgres(?:ql)?:\/\/[^:@/?#]*:)[^@]*@/i, '$1***@');

function hostsOf(authority: string): DatabaseHost[] {
  return authority.split(',').map((part) => {
    const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]*))(?::(\d+))?$/i.exec(part);
    if (match === null) throw badUrl(`"${part}" is not HOST or HOST:PORT`);
    return { host: match[1] || match[2] || '127.0.0.1', port: portOf(match[3]) };
  });
}

function portOf(text: string | undefined): number {
  const port = text === undefined ? DEFAULT_PORT : Number(text);
  if (port < 1 || port > 65_535) throw badUrl(`${port} is no port`);
  return port;
}

function sslModeOf(given: string | null, hosts: readonly DatabaseHost[]): SslMode {
  if (given === 'disable' || given === 'require' || given === 'verify-full') return given;
  if (given !== null) throw badUrl(`sslmode "${given}" is not disable, require or verify-full`);
  return hosts.every(({ host }) => isHere(host)) ? 'disable' : 'verify-full';
}

const isHere = (host: string): boolean => /^(127\.[\d.]+|::1|localhost|\/.*)$/.test(host);

function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl('a % in user, password or database is not followed by two hexadecimal digits: write %25');
  }
}

function readRoot(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw badUrl(`sslrootcert ${file} cannot be read`);
  }
}

const badUrl = (why: string): RelayStoreError =>
  new RelayStoreError('failed', `the address of the PostgreSQL database cannot be used: ${why}`);

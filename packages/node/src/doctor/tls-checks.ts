import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { type Config, ConfigError } from '../config/config.ts';
import { readTls } from '../server/given-files.ts';
import { failed, type NodeCheck, ok, warning } from './node-check.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
const NOBODY = 'Browsers and clients refuse the node: nobody can connect by this address.';
const RENEW = 'Renew the certificate (certbot renew, or your provider), and restart the node.';
const CONNECT_MS = 10_000;

/** The certificate that is configured, or that a proxy before the node shows (OPS-58). */
export async function tlsChecks(config: Config, nowMs: number): Promise<NodeCheck[]> {
  const { tlsCert, tlsKey, publicUrl } = config;
  const host = publicUrl === null ? null : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  if (tlsCert !== null && tlsKey !== null) return [keyRights(tlsKey), given(config, host, nowMs)].flat();
  if (publicUrl?.startsWith('wss:') === true) return [await shown(publicUrl, nowMs)];
  const isHere = host === null || /^(localhost|127\.[\d.]+|::1)$/.test(host);
  const means = 'Links are encrypted between client and node anyhow; browsers work from this machine alone.';
  if (isHere) return [ok('tls', 'none is configured', means)];
  return [
    warning(
      'tls',
      `none: ${publicUrl} is plain`,
      means,
      'Give --tls-cert and --tls-key, or put a proxy with https before it.',
    ),
  ];
}

function given(config: Config, host: string | null, nowMs: number): NodeCheck {
  try {
    const { cert } = readTls(config)!;
    const chain = cert.toString('latin1').split('-----BEGIN CERTIFICATE-----').length - 1;
    return judge(new X509Certificate(cert), chain, host, nowMs, String(config.tlsCert));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return failed(
      'tls',
      error.message,
      'The node does not start.',
      'Give a certificate and its own key, both PEM, readable to this user.',
    );
  }
}

function keyRights(path: string): NodeCheck[] {
  try {
    if (process.platform === 'win32' || (statSync(path).mode & 0o007) === 0) return [];
  } catch {
    return [];
  }
  return [
    warning(
      'tls-key',
      `${path} can be read by every user of this machine`,
      'Whoever has it can pose as this host name.',
      `chmod o= ${path}`,
    ),
  ];
}

async function shown(publicUrl: string, nowMs: number): Promise<NodeCheck> {
  const { hostname, port } = new URL(publicUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const certificate = await certificateAt(host, Number(port || 443));
  if (certificate === null) {
    return failed(
      'tls',
      `nobody shows a certificate at ${publicUrl}`,
      NOBODY,
      'Start the proxy, or check --public-url, DNS and firewall.',
    );
  }
  return judge(certificate, null, host, nowMs, publicUrl);
}

/** Whatever is shown: it is judged here. */
function certificateAt(host: string, port: number): Promise<X509Certificate | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ...(isIP(host) === 0 && { servername: host }) });
    const end = (certificate: X509Certificate | null): void => {
      socket.destroy();
      resolve(certificate);
    };
    socket.setTimeout(CONNECT_MS, () => end(null));
    socket.once('error', () => end(null));
    socket.once('secureConnect', () => end(socket.getPeerX509Certificate() ?? null));
  });
}

/** @param chain certificates in the file; null: not known */
function judge(
  certificate: X509Certificate,
  chain: number | null,
  host: string | null,
  nowMs: number,
  whose: string,
): NodeCheck {
  const { validFrom, validTo } = certificate;
  const found = `${whose} is valid until ${day(validTo)}`;
  if (Date.parse(validFrom) > nowMs) {
    return failed(
      'tls',
      `${whose} is not valid before ${day(validFrom)}`,
      NOBODY,
      'Check the clock of this machine, or renew it.',
    );
  }
  const left = Math.floor((Date.parse(validTo) - nowMs) / DAY_MS);
  if (left < 0) return failed('tls', `${whose} ran out on ${day(validTo)}`, NOBODY, RENEW);
  if (host !== null && !names(certificate, host)) {
    return failed(
      'tls',
      `${found}, but does not name ${host}`,
      NOBODY,
      `Get a certificate for ${host}, or correct --public-url.`,
    );
  }
  if (certificate.issuer === certificate.subject) {
    return warning(
      'tls',
      `${found}, signed by itself`,
      'Browsers ask before they open it, and do not work without a network.',
      'Get one of a public authority (Let’s Encrypt).',
    );
  }
  if (chain === 1) {
    return warning(
      'tls',
      `${found}; the file holds no chain`,
      'Some clients refuse it, others do not.',
      'Give --tls-cert the full chain (fullchain.pem).',
    );
  }
  if (left < SOON_DAYS) return warning('tls', `${found}: ${left} days`, `After that: ${NOBODY}`, RENEW);
  return ok('tls', found, 'Browsers and clients accept it.');
}

const names = (certificate: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;

const day = (date: string): string => new Date(Date.parse(date)).toISOString().slice(0, 10);

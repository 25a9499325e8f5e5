import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Config, ConfigError } from '../config/config.ts';
import { reasonOf } from './file-error.ts';

const PSK_BYTES = 32;

/** A pre-shared key: 32 bytes, as 64 hex digits or raw. @throws ConfigError */
export function readPsk(path: string): Uint8Array {
  const bytes = readGiven(path, '--psk-file');
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  if (bytes.length === PSK_BYTES) return new Uint8Array(bytes);
  const advice = `make one: openssl rand -hex 32 > ${path}`;
  throw new ConfigError('bad-value', `--psk-file ${path} does not hold a key; allowed are 64 hex digits (${advice}).`);
}

/** @throws ConfigError when a file cannot be read, or the two do not belong together */
export function readTls({ tlsCert, tlsKey }: Config): { cert: Buffer; key: Buffer } | null {
  if (tlsCert === null || tlsKey === null) return null;
  const cert = readGiven(tlsCert, '--tls-cert');
  const key = readGiven(tlsKey, '--tls-key');
  const certificate = parse(() => new X509Certificate(cert), `--tls-cert ${tlsCert} is no PEM certificate.`);
  const privateKey = parse(() => createPrivateKey(key), `--tls-key ${tlsKey} is no PEM private key.`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigError('bad-value', `--tls-key ${tlsKey} does not belong to the certificate ${tlsCert}.`);
  }
  return { cert, key };
}

function readGiven(path: string, flag: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError('bad-value', `${flag} ${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function parse<Value>(read: () => Value, problem: string): Value {
  try {
    return read();
  } catch {
    // Without the cause: it could quote the key.
    throw new ConfigError('bad-value', problem);
  }
}

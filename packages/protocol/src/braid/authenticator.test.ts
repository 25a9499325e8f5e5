import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noblePrimitives as P } from '../crypto/index.ts';
import { epochSecret, macOfCiphertext, macOfHeader, startAuthenticator, updateAuthenticator } from './authenticator.ts';

// Told a second time, with Node's functions.

const NAME = 'Signal_PQCKA_V1_MLKEM768';
const zeros = Buffer.alloc(32);
const key = Buffer.alloc(32, 7);
const be64 = (epoch: number): Buffer => Buffer.from(epoch.toString(16).padStart(16, '0'), 'hex');
const info = (label: string, epoch: number): Buffer => Buffer.concat([Buffer.from(`${NAME}:${label}`), be64(epoch)]);
const hkdf = (secret: Uint8Array, label: string, epoch: number, length: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, zeros, info(label, epoch), length));
const hmac = (macKey: Uint8Array, ...parts: Uint8Array[]): Uint8Array =>
  new Uint8Array(createHmac('sha256', macKey).update(Buffer.concat(parts)).digest());

describe('the ratcheted authenticator', () => {
  it('PQR-5: begins with zeros and the key both share, at epoch 1', () => {
    const expected = hkdf(Buffer.concat([zeros, key]), 'Authenticator Update', 1, 64);
    const { rootKey, macKey } = startAuthenticator(P, key);
    expect(rootKey).toEqual(expected.slice(0, 32));
    expect(macKey).toEqual(expected.slice(32));
  });

  it('PQR-5: each epoch’s secret goes in after the root', () => {
    const start = startAuthenticator(P, key);
    const secret = new Uint8Array(32).fill(9);
    const expected = hkdf(Buffer.concat([start.rootKey, secret]), 'Authenticator Update', 258, 64);
    const { rootKey, macKey } = updateAuthenticator(P, start, 258, secret);
    expect([...rootKey, ...macKey]).toEqual([...expected]);
    expect(secret).toEqual(new Uint8Array(32).fill(9));
  });

  it('PQR-5: MACs name what they are of, and the epoch', () => {
    const auth = startAuthenticator(P, key);
    const data = Uint8Array.from({ length: 64 }, (_, i) => i);
    const header = macOfHeader(P, auth, 3, data);
    const ciphertext = macOfCiphertext(P, auth, 3, data);
    expect(header).toEqual(hmac(auth.macKey, info('ekheader', 3), data));
    expect(ciphertext).toEqual(hmac(auth.macKey, info('ciphertext', 3), data));
    expect(macOfHeader(P, auth, 4, data)).not.toEqual(header);
  });

  it('PQR-5: the epoch’s secret is derived from the KEM’s, which is wiped', () => {
    const sharedSecret = new Uint8Array(32).fill(5);
    expect(epochSecret(P, 2 ** 31, sharedSecret)).toEqual(hkdf(Buffer.alloc(32, 5), 'SCKA Key', 2 ** 31, 32));
    expect(sharedSecret).toEqual(new Uint8Array(32));
  });
});

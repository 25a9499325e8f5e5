import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noblePrimitives as primitives } from '../crypto/index.ts';
import { aeadOf, CipherState } from './cipher-state.ts';
import { NoiseError, PATTERNS, type NoiseCipher, type NoiseErrorCode, type NoiseTransport } from './index.ts';
import { sidesOf, type Vector } from './vector-runner.contract.ts';

const { vectors } = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};
const CIPHERS: NoiseCipher[] = ['ChaChaPoly', 'AESGCM'];

/** Both ends of a finished NK handshake. */
function connected(cipher: NoiseCipher, rekeyInterval: number): [NoiseTransport, NoiseTransport] {
  const vector = vectors.find((one) => one.protocol_name === `Noise_NK_25519_${cipher}_SHA256`)!;
  const [initiator, responder] = sidesOf({ ...vector, rekey_interval: rekeyInterval }, PATTERNS);
  responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
  initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
  return [initiator.split(), responder.split()];
}

function codeOf(work: () => unknown): NoiseErrorCode | 'nothing thrown' {
  try {
    work();
    return 'nothing thrown';
  } catch (error) {
    if (error instanceof NoiseError) return error.code;
    throw error;
  }
}

const text = (n: number): Uint8Array => Uint8Array.of(n, n >> 8, 1, 2, 3);

describe.each(CIPHERS)('transport with %s', (cipher) => {
  it('NOISE-5: both directions rekey by their own count', () => {
    const [client, node] = connected(cipher, 3);
    for (let i = 0; i < 20; i++) {
      expect(node.open(client.seal(text(i)))).toEqual(text(i));
      expect(node.open(client.seal(text(i)))).toEqual(text(i));
      expect(client.open(node.seal(text(i)))).toEqual(text(i));
    }
  });

  it('NOISE-5: sides that rekey at other counts do not understand each other from there on', () => {
    const [client] = connected(cipher, 3);
    const [, node] = connected(cipher, 4);
    for (let i = 0; i < 3; i++) expect(node.open(client.seal(text(i)))).toEqual(text(i));
    expect(codeOf(() => node.open(client.seal(text(3))))).toBe('decrypt');
  });

  it('NOISE-7: a message that does not open changes nothing', () => {
    const [client, node] = connected(cipher, 4);
    for (let i = 0; i < 10; i++) {
      const message = client.seal(text(i));
      for (let at = 0; at < message.length; at++) {
        expect(codeOf(() => node.open(message.with(at, message[at]! ^ 0x40)))).toBe('decrypt');
      }
      for (let cut = 0; cut < message.length; cut++) {
        expect(codeOf(() => node.open(message.subarray(0, cut)))).toBe(cut < 16 ? 'too-short' : 'decrypt');
      }
      expect(codeOf(() => node.open(Uint8Array.of(...message, 0)))).toBe('decrypt');
      expect(node.open(message)).toEqual(text(i));
      expect(codeOf(() => node.open(message))).toBe('decrypt');
      expect(codeOf(() => client.open(message))).toBe('decrypt');
    }
  });

  it('NOISE-7: the empty and the longest message', () => {
    const [client, node] = connected(cipher, 100);
    expect(node.open(client.seal(new Uint8Array(0)))).toHaveLength(0);
    expect(node.open(client.seal(new Uint8Array(65_519)))).toHaveLength(65_519);
    expect(codeOf(() => client.seal(new Uint8Array(65_520)))).toBe('too-large');
    expect(codeOf(() => node.open(new Uint8Array(65_536)))).toBe('too-large');
    expect(node.open(client.seal(text(1)))).toEqual(text(1));
  });

  it('NOISE-7: open writes into the array it is given, be it the message itself', () => {
    const [client, node] = connected(cipher, 100);
    const out = new Uint8Array(5);
    expect(node.open(client.seal(text(7)), out).buffer).toBe(out.buffer);
    expect(out).toEqual(text(7));
    const message = client.seal(text(8));
    expect(node.open(message, message.subarray(0, 5))).toEqual(text(8));
    expect(message.subarray(0, 5)).toEqual(text(8));
  });

  it('NOISE-7: seal writes into the array it is given', () => {
    const [client, node] = connected(cipher, 100);
    const out = new Uint8Array(5 + 16);
    expect(client.seal(text(7), out).buffer).toBe(out.buffer);
    expect(node.open(out)).toEqual(text(7));
  });
});

describe('nonces', () => {
  it('NOISE-5: rekeying takes the first 32 bytes of 32 zeros sealed under nonce 2^64-1', () => {
    for (const cipher of CIPHERS) {
      const aead = aeadOf(primitives, cipher);
      const key = new Uint8Array(32).fill(5);
      const state = new CipherState(aead, cipher, key.slice());
      state.encrypt(new Uint8Array(0), text(1));
      state.rekey();
      const nonce = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255);
      const next = aead.seal(key, nonce, new Uint8Array(0), new Uint8Array(32)).subarray(0, 32);
      // Section 11.3: the counter goes on at 1.
      const one = cipher === 'AESGCM' ? [0, 0, 0, 0, 0, 0, 0, 1] : [1, 0, 0, 0, 0, 0, 0, 0];
      const expected = aead.seal(next, Uint8Array.of(0, 0, 0, 0, ...one), new Uint8Array(0), text(2));
      expect(state.encrypt(new Uint8Array(0), text(2))).toEqual(expected);
    }
  });

  it('NOISE-8: the counter fills the nonce in the byte order of the cipher', () => {
    for (const cipher of CIPHERS) {
      const seen: string[] = [];
      const recording = {
        seal: (_: Uint8Array, nonce: Uint8Array) => {
          seen.push(Buffer.from(nonce).toString('hex'));
          return new Uint8Array(16);
        },
        open: () => null,
      };
      const at = (counter: number): string => {
        const state = new CipherState(recording, cipher, new Uint8Array(32), counter);
        state.encrypt(new Uint8Array(0), new Uint8Array(0));
        return seen.pop()!;
      };
      for (const counter of [0, 1, 255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 53 - 2]) {
        const big = counter.toString(16).padStart(16, '0');
        const little = big.match(/../g)!.toReversed().join('');
        expect(at(counter)).toBe(`00000000${cipher === 'AESGCM' ? big : little}`);
      }
    }
  });

  it('NOISE-8: a counter crosses 2^32, and stops before it would repeat or lose bits', () => {
    const state = new CipherState(aeadOf(primitives, 'AESGCM'), 'AESGCM', new Uint8Array(32), 2 ** 32 - 1);
    const reader = new CipherState(aeadOf(primitives, 'AESGCM'), 'AESGCM', new Uint8Array(32), 2 ** 32 - 1);
    const ad = new Uint8Array(0);
    for (let i = 0; i < 3; i++) expect(reader.decrypt(ad, state.encrypt(ad, text(i)))).toEqual(text(i));
    const last = new CipherState(aeadOf(primitives, 'AESGCM'), 'AESGCM', new Uint8Array(32), 2 ** 53 - 1);
    last.encrypt(ad, text(0));
    expect(codeOf(() => last.encrypt(ad, text(0)))).toBe('exhausted');
  });
});

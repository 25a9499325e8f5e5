import { expect } from 'vitest';
import { noblePrimitives, type Random } from '../crypto/index.ts';
import { NoiseHandshake, type HandshakePattern, type KeyPair, type NoiseCipher } from './index.ts';

/** A vector in the form that cacophony and snow share; rekey_interval is Sotto's own addition. */
export interface Vector {
  protocol_name: string;
  init_prologue: string;
  init_psks?: string[];
  init_static?: string;
  init_ephemeral: string;
  init_remote_static?: string;
  resp_prologue: string;
  resp_psks?: string[];
  resp_static?: string;
  resp_ephemeral: string;
  resp_remote_static?: string;
  handshake_hash: string;
  /** Transport messages in one direction under one key. */
  rekey_interval?: number;
  messages: { payload: string; ciphertext: string }[];
}

export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

const keyPair = (secret: string): KeyPair => ({
  secretKey: bytes(secret),
  publicKey: noblePrimitives.x25519.publicKey(bytes(secret)),
});

/** Hands out the vector's ephemeral, once. */
const only = (ephemeral: string): Random => {
  const left = [bytes(ephemeral)];
  return () => left.pop()!;
};

/** Initiator and responder of a vector, before the first message. */
export function sidesOf(
  vector: Vector,
  patterns: Readonly<Record<string, HandshakePattern>>,
): [NoiseHandshake, NoiseHandshake] {
  const [, pattern, , cipher] = vector.protocol_name.split('_') as [string, string, string, NoiseCipher];
  const common = {
    primitives: noblePrimitives,
    suite: { name: vector.protocol_name, pattern: patterns[pattern]!, cipher },
    ...(vector.rekey_interval === undefined ? {} : { rekeyInterval: vector.rekey_interval }),
  };
  return [
    new NoiseHandshake({
      ...common,
      initiator: true,
      prologue: bytes(vector.init_prologue),
      random: only(vector.init_ephemeral),
      ...(vector.init_static === undefined ? {} : { localStatic: keyPair(vector.init_static) }),
      ...(vector.init_remote_static === undefined ? {} : { remoteStatic: bytes(vector.init_remote_static) }),
      ...(vector.init_psks === undefined ? {} : { psk: bytes(vector.init_psks[0]!) }),
    }),
    new NoiseHandshake({
      ...common,
      initiator: false,
      prologue: bytes(vector.resp_prologue),
      random: only(vector.resp_ephemeral),
      ...(vector.resp_static === undefined ? {} : { localStatic: keyPair(vector.resp_static) }),
      ...(vector.resp_remote_static === undefined ? {} : { remoteStatic: bytes(vector.resp_remote_static) }),
      ...(vector.resp_psks === undefined ? {} : { psk: bytes(vector.resp_psks[0]!) }),
    }),
  ];
}

/** The ciphertexts and the handshake hash that the implementation gives; both sides agree on every payload. */
export function runVector(
  vector: Vector,
  patterns: Readonly<Record<string, HandshakePattern>>,
): Pick<Vector, 'handshake_hash' | 'messages'> {
  let [writer, reader] = sidesOf(vector, patterns);
  const messages: Vector['messages'] = [];
  const pass = (payload: string, message: Uint8Array, read: (message: Uint8Array) => Uint8Array): void => {
    expect(hex(read(message))).toBe(payload);
    messages.push({ payload, ciphertext: hex(message) });
  };
  while (!writer.complete) {
    const { payload } = vector.messages[messages.length]!;
    const from = reader;
    pass(payload, writer.writeMessage(bytes(payload)), (message) => from.readMessage(message));
    [writer, reader] = [reader, writer];
  }
  expect(hex(writer.handshakeHash)).toBe(hex(reader.handshakeHash));
  let [from, to] = [writer.split(), reader.split()];
  for (const { payload } of vector.messages.slice(messages.length)) {
    const receiver = to;
    pass(payload, from.seal(bytes(payload)), (message) => receiver.open(message));
    [from, to] = [to, from];
  }
  return { handshake_hash: hex(writer.handshakeHash), messages };
}

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noblePrimitives, type Random } from '../crypto/index.ts';
import { NoiseHandshake, type HandshakePattern, type KeyPair, type NoiseCipher, type NoiseToken } from './index.ts';
import { PATTERNS } from './patterns.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

interface Vector {
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
  rekey_interval?: number;
  messages: { payload: string; ciphertext: string }[];
}

const row = (known: '' | 'i' | 'r' | 'ir', ...messages: NoiseToken[][]): HandshakePattern => ({
  initiatorStaticKnown: known.includes('i'),
  responderStaticKnown: known.includes('r'),
  messages,
});

/** The patterns of the foreign vectors: the product's, and rows that only test the loop (specification, section 7.5). */
const ROWS: Record<string, HandshakePattern> = {
  ...PATTERNS,
  NN: row('', ['e'], ['e', 'ee']),
  KK: row('ir', ['e', 'es', 'ss'], ['e', 'ee', 'se']),
  XK: row('r', ['e', 'es'], ['e', 'ee'], ['s', 'se']),
  IK: row('r', ['e', 'es', 's', 'ss'], ['e', 'ee', 'se']),
  IX: row('', ['e', 's'], ['e', 'ee', 'se', 's', 'es']),
  NNpsk2: row('', ['e'], ['e', 'ee', 'psk']),
  NXpsk2: row('', ['e'], ['e', 'ee', 's', 'es', 'psk']),
  XKpsk3: row('r', ['e', 'es'], ['e', 'ee'], ['s', 'se', 'psk']),
  XXpsk3: row('', ['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']),
  KNpsk2: row('i', ['e'], ['e', 'ee', 'se', 'psk']),
  KKpsk2: row('ir', ['e', 'es', 'ss'], ['e', 'ee', 'se', 'psk']),
  INpsk2: row('', ['e', 's'], ['e', 'ee', 'se', 'psk']),
  IKpsk2: row('r', ['e', 'es', 's', 'ss'], ['e', 'ee', 'se', 'psk']),
  IXpsk2: row('', ['e', 's'], ['e', 'ee', 'se', 's', 'es', 'psk']),
};

const keyPair = (secret: string): KeyPair => ({
  secretKey: bytes(secret),
  publicKey: noblePrimitives.x25519.publicKey(bytes(secret)),
});

/** Hands out the vector's ephemeral once. */
const only = (ephemeral: string): Random => {
  const left = [bytes(ephemeral)];
  return () => left.pop()!;
};

function sides(vector: Vector): [NoiseHandshake, NoiseHandshake] {
  const [, pattern, , cipher] = vector.protocol_name.split('_') as [string, string, string, NoiseCipher];
  const common = {
    primitives: noblePrimitives,
    suite: { name: vector.protocol_name, pattern: ROWS[pattern]!, cipher },
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

/** Both sides through a whole vector: every ciphertext, every payload, the handshake hash. */
function follow(vector: Vector): void {
  let [writer, reader] = sides(vector);
  let sent = 0;
  for (; !writer.complete; sent++) {
    const { payload, ciphertext } = vector.messages[sent]!;
    const message = writer.writeMessage(bytes(payload));
    expect(hex(message)).toBe(ciphertext);
    expect(hex(reader.readMessage(message))).toBe(payload);
    [writer, reader] = [reader, writer];
  }
  expect(hex(writer.handshakeHash)).toBe(vector.handshake_hash);
  expect(hex(reader.handshakeHash)).toBe(vector.handshake_hash);
  let [from, to] = [writer.split(), reader.split()];
  for (const { payload, ciphertext } of vector.messages.slice(sent)) {
    const message = from.seal(bytes(payload));
    expect(hex(message)).toBe(ciphertext);
    expect(hex(to.open(message))).toBe(payload);
    [from, to] = [to, from];
  }
}

const load = (path: URL): Vector[] => (JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] }).vectors;

const FOREIGN = new URL('../../../../../shared/vectors/noise-cacophony.json', import.meta.url);
const foreignHere = existsSync(FOREIGN);
if (!foreignHere) console.info('noise: skipped the cacophony vectors: ../shared/vectors is not beside the repository');

describe.skipIf(!foreignHere)('NOISE-1: vectors of another implementation (cacophony)', () => {
  const vectors = foreignHere ? load(FOREIGN) : [];
  it('holds all 32 vectors', () => {
    expect(vectors).toHaveLength(32);
  });
  it.each(vectors.map((vector) => [vector.protocol_name, vector] as const))('%s', (_, vector) => {
    follow(vector);
  });
});

import { expect } from 'vitest';
import { noblePrimitives as primitives, type Random } from '../crypto/index.ts';
import { createAccount, createDevice, signDescriptor, type DeviceKeys } from '../identity/index.ts';
import { NoiseHandshake, SUITES, suiteName, usesPsk, type Suite } from '../noise/index.ts';
import { encodeFrame, type Frame } from '../wire/index.ts';
import { prologueOf } from './hello.ts';
import { LinkError, LinkInitiator, LinkResponder } from './index.ts';
import type { LinkChannel, LinkErrorCode, LinkInitiatorOptions, LinkResponderOptions } from './index.ts';

// A node, two devices and everything they need to connect, for the tests of links.

export const NOW = 1_800_000_000_000;
export const DAY = 86_400_000;
export const fill = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** Deterministic and never the same twice. */
function seeded(seed: number): Random {
  let counter = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i += 32) {
      out.set(primitives.sha256(Uint8Array.of(seed, counter & 255, counter++ >> 8)).subarray(0, length - i), i);
    }
    return out;
  };
}

const random = seeded(1);
const network = fill(9);
const psk = fill(7);
const nodeSeed = fill(3);
export const nodeId = primitives.ed25519.publicKey(nodeSeed);
const linkSecret = random(32);
const linkKey = primitives.x25519.publicKey(linkSecret);

export const descriptorOf = (changes: { linkKey?: Uint8Array; network?: Uint8Array; until?: number }): Uint8Array =>
  signDescriptor(primitives, nodeSeed, {
    linkKey,
    network,
    urls: ['ws://127.0.0.1:8080'],
    weight: 1,
    capabilities: ['store'],
    operator: fill(4),
    from: NOW - DAY,
    until: NOW + DAY,
    sequence: 1,
    ...changes,
  });

export const device = createDevice(primitives, random, createAccount(primitives, random), 1, NOW);
export const otherDevice = createDevice(primitives, random, createAccount(primitives, random), 1, NOW);

export const suite = (name: string): Suite => SUITES.find((one) => suiteName(one) === `Noise_${name}_SHA256`)!;
export const XX = suite('XX_25519_ChaChaPoly');
export const NK = suite('NK_25519_ChaChaPoly');

export const initiator = (of: Suite, changes: Partial<LinkInitiatorOptions> = {}): LinkInitiator =>
  new LinkInitiator({
    primitives,
    random,
    suite: of,
    network,
    nodeId,
    nowMs: NOW,
    psk: usesPsk(of) ? psk : null,
    identity: of.pattern.startsWith('XX') ? device : null,
    remoteLinkKey: of.pattern.startsWith('NK') ? linkKey : null,
    ...changes,
  });

export const responder = (of: Suite, changes: Partial<LinkResponderOptions> = {}): LinkResponder =>
  new LinkResponder({
    primitives,
    random,
    suite: of,
    network,
    psk: usesPsk(of) ? psk : null,
    linkSecret,
    descriptor: descriptorOf({}),
    ...changes,
  });

/** Passes messages until both are done. */
export function shake(client: LinkInitiator, node: LinkResponder): void {
  let toNode: Uint8Array | null = client.start();
  for (let done = false; toNode !== null && !done;) {
    const answer = node.receive(toNode);
    if (answer.reply === null) break;
    const next = client.receive(answer.reply);
    done = next.reply === null;
    toNode = next.reply;
  }
}

export function errorOf(work: () => unknown): LinkError {
  try {
    work();
  } catch (error) {
    if (error instanceof LinkError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
export const codeOf = (work: () => unknown): LinkErrorCode => errorOf(work).code;

export const ping: Frame = { request: 5, body: { case: 'ping', value: {} } };
export function talk(from: LinkChannel, to: LinkChannel): void {
  expect(to.open(from.seal(encodeFrame(ping)))).toEqual([ping]);
}

export const nodeHandshake = (): NoiseHandshake =>
  new NoiseHandshake({
    primitives,
    random,
    suite: XX,
    initiator: false,
    prologue: prologueOf(network),
    localStatic: { secretKey: linkSecret, publicKey: linkKey },
  });

export const clientHandshake = (keys: DeviceKeys): NoiseHandshake =>
  new NoiseHandshake({
    primitives,
    random,
    suite: XX,
    initiator: true,
    prologue: prologueOf(network),
    localStatic: { secretKey: keys.linkSecret, publicKey: keys.linkKey },
  });

/** HandshakeHello by hand: version, and a field that holds encoded bytes. */
export function rawHello(version: number, descriptor?: Uint8Array, certificate?: Uint8Array): Uint8Array {
  const field = (tag: number, bytes: Uint8Array | undefined): number[] =>
    bytes === undefined ? [] : [tag, (bytes.length & 127) | 128, bytes.length >> 7, ...bytes];
  return Uint8Array.from([0x08, version, ...field(0x12, descriptor), ...field(0x1a, certificate)]);
}

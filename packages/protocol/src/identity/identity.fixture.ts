/** Deterministic people, nodes and hostile variants of bytes for the tests of identity, mailbox and sealed. */
import { be32, concat, noblePrimitives, utf8, type Random } from '../crypto/index.ts';
import { createAccount, createDevice, signDeviceList, verifyCertificate } from './index.ts';
import type { AccountKeys, DeviceKeys, Invite, VerifiedCertificate, VerifiedDeviceList } from './index.ts';

export const NOW_MS = 1_790_000_000_000;

/** SHA-256 in counter mode: the same bytes for the same name. */
export function seededRandom(name: string): Random {
  let counter = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      const block = noblePrimitives.sha256(concat(utf8(name), be32(counter++)));
      bytes.set(block.subarray(0, Math.min(32, length - offset)), offset);
    }
    return bytes;
  };
}

export interface Person {
  readonly random: Random;
  readonly account: AccountKeys;
  readonly device: DeviceKeys;
  readonly certificate: VerifiedCertificate;
  readonly list: VerifiedDeviceList;
}

/** An account with device 1 in a list of revision 1. */
export function person(name: string): Person {
  const random = seededRandom(name);
  const account = createAccount(noblePrimitives, random);
  const device = createDevice(noblePrimitives, random, account, 1, NOW_MS);
  const certificate = verifyCertificate(noblePrimitives, device.certificate);
  const list = signDeviceList(noblePrimitives, account, {
    certificates: [device.certificate],
    previous: null,
    nowMs: NOW_MS,
  });
  return { random, account, device, certificate, list };
}

export function inviteOf(account: Uint8Array): Invite {
  return {
    account,
    route: {
      network: new Uint8Array(32).fill(7),
      node: new Uint8Array(32).fill(8),
      urls: ['wss://node.example/ws', 'ws://[::1]:8080'],
    },
    name: 'Zoë 🦉',
    requestToken: new Uint8Array(16).fill(9),
    psk: null,
  };
}

/** A copy with one bit turned over. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >>> 3] = (flipped[bit >>> 3] as number) ^ (1 << (bit & 7));
  return flipped;
}

/** One flipped bit in each byte, all shorter beginnings, and longer versions. */
export function* hostileVariants(bytes: Uint8Array): Generator<{ what: string; bytes: Uint8Array }> {
  for (let i = 0; i < bytes.length; i++) {
    yield { what: `bit ${i & 7} of byte ${i} flipped`, bytes: flipBit(bytes, i * 8 + (i & 7)) };
  }
  for (let length = 0; length < bytes.length; length++) {
    yield { what: `cut to ${length}`, bytes: bytes.subarray(0, length) };
  }
  for (const tail of [0x00, 0x0a, 0xff]) yield { what: `${tail} added`, bytes: concat(bytes, Uint8Array.of(tail)) };
}

/** The code with which a call fails, or what it returned. */
export function codeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
}

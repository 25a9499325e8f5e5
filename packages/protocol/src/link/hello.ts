import { concat, utf8 } from '../crypto/index.ts';
import { create, decodeHello, encode, HandshakeHelloSchema, LINK_VERSION } from '../wire/index.ts';
import type { DeviceCertificate, HandshakeHello, NodeDescriptor } from '../wire/index.ts';
import { LinkError } from './link-error.ts';

/** A handshake message of a link (LINK-4): far below what Noise allows, since nobody is known yet. */
export const MAX_HANDSHAKE_MESSAGE = 4096;

/** "sotto/link/1" | network id: both sides mean the same network, or nothing opens (LINK-2). */
export const prologueOf = (network: Uint8Array): Uint8Array => concat(utf8('sotto/link/1'), network);

export const encodeHello = (proof: { descriptor?: NodeDescriptor; certificate?: DeviceCertificate }): Uint8Array =>
  encode(HandshakeHelloSchema, create(HandshakeHelloSchema, { version: LINK_VERSION, ...proof }));

/** What a handshake message must carry, and nothing else (LINK-3): a caller is a device or a node. */
export type Proof = 'nothing' | 'descriptor' | 'certificate or descriptor';

/** @throws WireError, LinkError 'malformed' */
export function readHello(payload: Uint8Array, proof: Proof): HandshakeHello {
  const hello = decodeHello(payload);
  const carried = [hello.descriptor && 'descriptor', hello.certificate && 'certificate'].filter((one) => one);
  const allowed = proof === 'nothing' ? carried.length === 0 : carried.length === 1 && proof.includes(carried[0]!);
  if (!allowed) throw new LinkError('malformed', `the handshake message must carry ${proof}`);
  return hello;
}

/** Before anything is computed (LINK-4). */
export function checkHandshakeSize(message: Uint8Array): void {
  if (message.length > MAX_HANDSHAKE_MESSAGE) throw new LinkError('too-large', 'handshake message too large');
}

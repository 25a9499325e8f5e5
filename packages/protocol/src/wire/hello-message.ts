import { checkVersion } from './checks.ts';
import { decodeStrict } from './decode-strict.ts';
import { HandshakeHelloSchema, type HandshakeHello } from './gen/link_pb.js';
import { checkCertificate, checkDescriptor } from './identity-message.ts';
import { MAX_HELLO } from './limits.ts';

/** The version of the link protocol this program speaks. */
export const LINK_VERSION = 1;

/** Payload of a handshake message: shape only. @throws WireError ('unknown-version' names both versions) */
export function decodeHello(bytes: Uint8Array): HandshakeHello {
  const message = decodeStrict(HandshakeHelloSchema, bytes, MAX_HELLO);
  checkVersion(message.version, LINK_VERSION, 'HandshakeHello');
  if (message.descriptor !== undefined) checkDescriptor(message.descriptor);
  if (message.certificate !== undefined) checkCertificate(message.certificate);
  return message;
}

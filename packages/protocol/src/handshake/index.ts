export { HandshakeError } from './handshake-error.ts';
export type { HandshakeErrorCode } from './handshake-error.ts';
export {
  CURVE_KEY_LENGTH,
  decodeCurveKey,
  decodeKyber,
  encodeCurveKey,
  encodeKyber,
  isCurveKey,
  isKyber,
  KYBER_KEY_LENGTH,
} from './key-encoding.ts';
export { kyberDecapsulate, kyberEncapsulate } from './kyber.ts';
export { createKyberPrekey, createOneTimePrekeys, createSignedPrekey } from './prekeys.ts';
export type { Prekey, SignedPrekey } from './prekeys.ts';
export { initiateHandshake, respondHandshake } from './pqxdh.ts';
export type {
  HandshakeSecrets,
  Initiation,
  RemoteBundle,
  RemoteInitiation,
  RemotePrekey,
  ResponderSecrets,
} from './pqxdh.ts';

import { checkLength, checkSize, required } from './checks.ts';
import { decodeStrict } from './decode-strict.ts';
import { PreKeySignalMessageSchema, SignalMessageSchema } from './gen/signal_pb.js';
import type { PreKeySignalMessage, SignalMessage } from './gen/signal_pb.js';
import { MAX_BODY } from './limits.ts';

/** 0x05 | Curve25519, and 0x08 | Kyber-1024 ciphertext. */
const CURVE_KEY = 33;
const KYBER_CIPHERTEXT = 1569;

/** The protobuf between the version byte and the MAC of a Signal message. @throws WireError */
export function decodeSignalMessage(bytes: Uint8Array): SignalMessage & {
  ratchetKey: Uint8Array;
  counter: number;
  ciphertext: Uint8Array;
} {
  const message = decodeStrict(SignalMessageSchema, bytes, MAX_BODY);
  const ratchetKey = required(message.ratchetKey, 'SignalMessage.ratchet_key');
  const counter = required(message.counter, 'SignalMessage.counter');
  const ciphertext = required(message.ciphertext, 'SignalMessage.ciphertext');
  checkLength(ratchetKey, CURVE_KEY, 'SignalMessage.ratchet_key');
  checkSize(ciphertext, MAX_BODY, 'SignalMessage.ciphertext');
  return Object.assign(message, { ratchetKey, counter, ciphertext });
}

/** The protobuf behind the version byte of a first message. @throws WireError */
export function decodePreKeySignalMessage(bytes: Uint8Array): PreKeySignalMessage & {
  registrationId: number;
  signedPreKeyId: number;
  kyberPreKeyId: number;
  kyberCiphertext: Uint8Array;
  baseKey: Uint8Array;
  identityKey: Uint8Array;
  message: Uint8Array;
} {
  const message = decodeStrict(PreKeySignalMessageSchema, bytes, MAX_BODY);
  const fields = {
    registrationId: required(message.registrationId, 'PreKeySignalMessage.registration_id'),
    signedPreKeyId: required(message.signedPreKeyId, 'PreKeySignalMessage.signed_pre_key_id'),
    kyberPreKeyId: required(message.kyberPreKeyId, 'PreKeySignalMessage.kyber_pre_key_id'),
    kyberCiphertext: required(message.kyberCiphertext, 'PreKeySignalMessage.kyber_ciphertext'),
    baseKey: required(message.baseKey, 'PreKeySignalMessage.base_key'),
    identityKey: required(message.identityKey, 'PreKeySignalMessage.identity_key'),
    message: required(message.message, 'PreKeySignalMessage.message'),
  };
  checkLength(fields.kyberCiphertext, KYBER_CIPHERTEXT, 'PreKeySignalMessage.kyber_ciphertext');
  checkLength(fields.baseKey, CURVE_KEY, 'PreKeySignalMessage.base_key');
  checkLength(fields.identityKey, CURVE_KEY, 'PreKeySignalMessage.identity_key');
  checkSize(fields.message, MAX_BODY, 'PreKeySignalMessage.message');
  return Object.assign(message, fields);
}

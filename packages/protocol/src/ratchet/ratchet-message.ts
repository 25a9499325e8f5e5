import type { Primitives } from '../crypto/index.ts';
import { isCurveKey } from '../handshake/index.ts';
import { decodeSignalMessage, WireError } from '../wire/index.ts';
import { RatchetError } from './ratchet-error.ts';
import { fieldsLength, writeFields } from './ratchet-message-fields.ts';

/** Version of the message and highest version spoken, four bits each. */
export const VERSION_BYTE = 0x44;
const MAC_LENGTH = 8;
const IDENTITY_LENGTH = 33;
/** sender identity | receiver identity, before the message in the MAC's input. */
const PREFIX_LENGTH = 2 * IDENTITY_LENGTH;
const EMPTY = new Uint8Array(0);

/** HEADER and ciphertext of Double Ratchet, section 3.4. */
export interface RatchetMessage {
  /** Sender's ratchet public key, `0x05 | 32 B`. */
  readonly ratchetKey: Uint8Array;
  readonly counter: number;
  readonly previousCounter: number;
  readonly ciphertext: Uint8Array;
  /** The post-quantum ratchet's part; empty: none. */
  readonly postQuantum: Uint8Array;
}

/** Whose message it is: 33 B each. */
export interface Direction {
  readonly sender: Uint8Array;
  readonly receiver: Uint8Array;
}

/**
 *     version | protobuf | first 8 bytes of HMAC(MAC key, sender | receiver | version | protobuf)
 */
export function sealMessage(
  primitives: Primitives,
  macKey: Uint8Array,
  direction: Direction,
  message: RatchetMessage,
): Uint8Array {
  const macEnd = PREFIX_LENGTH + 1 + fieldsLength(message);
  const buffer = new Uint8Array(macEnd + MAC_LENGTH);
  buffer.set(direction.sender);
  buffer.set(direction.receiver, IDENTITY_LENGTH);
  buffer[PREFIX_LENGTH] = VERSION_BYTE;
  writeFields(buffer, PREFIX_LENGTH + 1, message);
  const mac = primitives.hmacSha256(macKey, buffer.subarray(0, macEnd));
  buffer.set(mac.subarray(0, MAC_LENGTH), macEnd);
  return buffer.subarray(PREFIX_LENGTH);
}

/** Whether the message ends with the MAC of what comes before. `encoded` has been parsed. */
export function verifyMac(
  primitives: Primitives,
  macKey: Uint8Array,
  direction: Direction,
  encoded: Uint8Array,
): boolean {
  const macStart = encoded.length - MAC_LENGTH;
  const input = new Uint8Array(PREFIX_LENGTH + macStart);
  input.set(direction.sender);
  input.set(direction.receiver, IDENTITY_LENGTH);
  input.set(encoded.subarray(0, macStart), PREFIX_LENGTH);
  const mac = primitives.hmacSha256(macKey, input);
  return primitives.equal(mac.subarray(0, MAC_LENGTH), encoded.subarray(macStart));
}

/**
 * Reads a message without believing it. Byte fields are views of `encoded`.
 * @throws RatchetError 'unknown-version', 'malformed', 'bad-key'
 */
export function parseMessage(encoded: Uint8Array): RatchetMessage {
  checkVersion(encoded);
  if (encoded.length <= 1 + MAC_LENGTH) throw new RatchetError('malformed', 'message too short');
  const fields = decoding(() => decodeSignalMessage(encoded.subarray(1, encoded.length - MAC_LENGTH)));
  if (!isCurveKey(fields.ratchetKey)) throw new RatchetError('bad-key', 'bad ratchet key');
  return {
    ratchetKey: fields.ratchetKey,
    counter: fields.counter,
    previousCounter: fields.previousCounter ?? 0,
    ciphertext: fields.ciphertext,
    postQuantum: fields.pqRatchet ?? EMPTY,
  };
}

/** @throws RatchetError 'malformed' when empty, 'unknown-version' */
export function checkVersion(encoded: Uint8Array): void {
  if (encoded.length === 0) throw new RatchetError('malformed', 'empty message');
  if (encoded[0] !== VERSION_BYTE) throw new RatchetError('unknown-version', 'unknown version of message');
}

/** Runs a decoder of `wire`; its refusals become this layer's. */
export function decoding<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) throw new RatchetError('malformed', 'not a message', { cause: error });
    throw error;
  }
}

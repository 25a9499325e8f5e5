import { create, decodePreKeySignalMessage, encode, PreKeySignalMessageSchema } from '../wire/index.ts';
import { RatchetError } from './ratchet-error.ts';
import { checkVersion, decoding, VERSION_BYTE } from './ratchet-message.ts';

/** Registration ids are 14 bits. */
const MAX_REGISTRATION_ID = 0x3fff;

/** A first message: what PQXDH needs (section 3.3) around a message of the ratchet. */
export interface PrekeyMessage {
  readonly registrationId: number;
  readonly oneTimeId: number | null;
  readonly signedPrekeyId: number;
  readonly kyberId: number;
  /** `0x08 | 1,568 B`. */
  readonly kyberCiphertext: Uint8Array;
  /** EKA, `0x05 | 32 B`. */
  readonly baseKey: Uint8Array;
  /** IKA, `0x05 | 32 B`. */
  readonly identityKey: Uint8Array;
  /** As sealMessage() made it. */
  readonly message: Uint8Array;
}

/** `version | protobuf`. Authenticated only by what is derived from it. */
export function encodePrekeyMessage(message: PrekeyMessage): Uint8Array {
  const protobuf = encodeFields(message);
  const encoded = new Uint8Array(1 + protobuf.length);
  encoded[0] = VERSION_BYTE;
  encoded.set(protobuf, 1);
  return encoded;
}

/**
 * Reads a first message without believing it. Byte fields are views of `encoded`. Anything that a writer of these
 * fields would not write (unknown or repeated fields, long varints) is refused: nothing else would notice it. The
 * handshake checks the form of the keys.
 *
 * @throws RatchetError 'unknown-version', 'malformed'
 */
export function parsePrekeyMessage(encoded: Uint8Array): PrekeyMessage {
  checkVersion(encoded);
  const fields = decoding(() => decodePreKeySignalMessage(encoded.subarray(1)));
  if (fields.registrationId > MAX_REGISTRATION_ID) throw new RatchetError('malformed', 'bad registration id');
  const message = {
    registrationId: fields.registrationId,
    oneTimeId: fields.preKeyId ?? null,
    signedPrekeyId: fields.signedPreKeyId,
    kyberId: fields.kyberPreKeyId,
    kyberCiphertext: fields.kyberCiphertext,
    baseKey: fields.baseKey,
    identityKey: fields.identityKey,
    message: fields.message,
  };
  if (encodeFields(message).length !== encoded.length - 1) throw new RatchetError('malformed', 'not canonical');
  return message;
}

function encodeFields(message: PrekeyMessage): Uint8Array {
  const fields = create(PreKeySignalMessageSchema, {
    registrationId: message.registrationId,
    signedPreKeyId: message.signedPrekeyId,
    kyberPreKeyId: message.kyberId,
    kyberCiphertext: message.kyberCiphertext,
    baseKey: message.baseKey,
    identityKey: message.identityKey,
    message: message.message,
  });
  if (message.oneTimeId !== null) fields.preKeyId = message.oneTimeId;
  return encode(PreKeySignalMessageSchema, fields);
}

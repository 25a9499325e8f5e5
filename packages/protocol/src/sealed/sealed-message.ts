/**
 * Sealed envelopes: HPKE base mode to one device's X-Wing key. A node sees mailbox, device, size and expiry, and
 * nothing that names the sender.
 */
import {
  create,
  decodeSealedMessage,
  encode,
  ENVELOPE_SIZES,
  SealedMessageSchema,
  type DeviceCertificate,
  type SealedKind,
  type SealedMessage,
} from '../wire/index.ts';
import { be32, concat, utf8, type Primitives, type Random } from '../crypto/index.ts';
import { padTo, sizeClassFor, unpad } from '../mailbox/index.ts';
import type { VerifiedSealKey } from '../identity/index.ts';
import { KEM_X_WING, keySchedule } from './hpke.ts';
import { SealedError } from './sealed-error.ts';
import { X_WING_CIPHERTEXT_BYTES, X_WING_PUBLIC_KEY_BYTES, xWingDecapsulate, xWingEncapsulate } from './x-wing.ts';

/** First byte of a body. */
const FORMAT = 0x01;
const HEADER_BYTES = 1 + 4;
const TAG_BYTES = 16;
const CIPHERTEXT_AT = HEADER_BYTES + X_WING_CIPHERTEXT_BYTES;

/** What sealing adds to an encoded SealedMessage, with the shortest padding: 1,142 B. */
export const SEAL_OVERHEAD_BYTES = CIPHERTEXT_AT + TAG_BYTES + 1;

const infoLabel = utf8('sotto/seal/1');

/** HPKE info: "sotto/seal/1" | mailbox | be32 device. The body's header is the associated data (SEAL-2). */
function infoFor(mailbox: Uint8Array, device: number): Uint8Array {
  return concat(infoLabel, mailbox, be32(device));
}

/** To whom, with which key, and what. */
export interface SealRequest {
  /** Verified, and not past its `until`: the caller has the clock. */
  readonly sealKey: VerifiedSealKey;
  /** Recipient's account key, 32 B. */
  readonly mailbox: Uint8Array;
  readonly device: number;
  /** Smallest size it may have, one of the envelope sizes: what must not differ from a longer one. Absent: as small as fits. */
  readonly minimumBytes?: number;
  /** Counted as if the message had so many bytes more: what may be in it or not, and must not be seen by its size. */
  readonly headroom?: number;
  readonly message: {
    /** Sender's own. */
    readonly certificate: DeviceCertificate;
    readonly kind: SealedKind;
    /** 16 B. */
    readonly contentId: Uint8Array;
    /** Serialised message of the ratchet. */
    readonly message: Uint8Array;
  };
}

/**
 * Body = 0x01 | be32 seal key id | enc 1,120 B | ciphertext, exactly one of the envelope sizes (SEAL-1).
 * @throws SealedError('too-long' | 'bad-key')
 */
export function seal(primitives: Primitives, random: Random, request: SealRequest): Uint8Array {
  const { sealKey, mailbox, device, message, minimumBytes = 0, headroom = 0 } = request;
  const plaintext = encode(SealedMessageSchema, create(SealedMessageSchema, message));
  const needed = plaintext.length + SEAL_OVERHEAD_BYTES;
  // What fills the largest envelope fits it only without headroom.
  const size = sizeClassFor(Math.max(minimumBytes, needed + headroom)) ?? sizeClassFor(Math.max(minimumBytes, needed));
  if (size === null) throw new SealedError('too-long', 'The message does not fit the largest envelope.');
  const padded = padTo(plaintext, size - CIPHERTEXT_AT - TAG_BYTES);
  const { ciphertext: enc, sharedSecret } = encapsulate(primitives, random, sealKey.key);
  const { key, baseNonce } = keySchedule(primitives, KEM_X_WING, sharedSecret, infoFor(mailbox, device));
  const body = new Uint8Array(size);
  body[0] = FORMAT;
  body.set(be32(sealKey.id), 1);
  body.set(enc, HEADER_BYTES);
  const out = body.subarray(CIPHERTEXT_AT);
  const sealed = primitives.chaChaPoly.seal(key, baseNonce, body.subarray(0, HEADER_BYTES), padded, out);
  if (sealed !== out) out.set(sealed);
  for (const secret of [padded, plaintext, sharedSecret, key]) secret.fill(0);
  return body;
}

function encapsulate(
  primitives: Primitives,
  random: Random,
  publicKey: Uint8Array,
): ReturnType<typeof xWingEncapsulate> {
  if (publicKey.length !== X_WING_PUBLIC_KEY_BYTES) throw badKey();
  try {
    return xWingEncapsulate(primitives, random, publicKey);
  } catch {
    throw badKey();
  }
}

/**
 * Which sealing key a body was made for, before anything is checked; null when it is no sealed body.
 */
export function sealKeyIdOf(body: Uint8Array): number | null {
  if (!ENVELOPE_SIZES.includes(body.length) || body[0] !== FORMAT) return null;
  return new DataView(body.buffer, body.byteOffset).getUint32(1);
}

/** The recipient's side of a sealing key, and where the envelope was found. */
export interface OpenRequest {
  /** X-Wing seed, 32 B, secret. The same array each time is faster: what is derived from it is remembered with it. */
  readonly seed: Uint8Array;
  /** 1,216 B. */
  readonly publicKey: Uint8Array;
  /** Own account key, 32 B. */
  readonly mailbox: Uint8Array;
  readonly device: number;
}

/**
 * The inverse of seal. Says nothing about the sender: that is verifySender's part (SEAL-4).
 * @throws SealedError('cannot-open'), whatever the reason (SEAL-3)
 */
export function open(primitives: Primitives, request: OpenRequest, body: Uint8Array): OpenedMessage {
  if (sealKeyIdOf(body) === null) throw cannotOpen();
  try {
    const { seed, publicKey, mailbox, device } = request;
    const sharedSecret = xWingDecapsulate(primitives, { seed, publicKey }, body.subarray(HEADER_BYTES, CIPHERTEXT_AT));
    const context = keySchedule(primitives, KEM_X_WING, sharedSecret, infoFor(mailbox, device));
    const header = body.subarray(0, HEADER_BYTES);
    const padded = primitives.chaChaPoly.open(context.key, context.baseNonce, header, body.subarray(CIPHERTEXT_AT));
    for (const secret of [sharedSecret, context.key]) secret.fill(0);
    if (padded === null) throw cannotOpen();
    return decodeSealedMessage(unpad(padded));
  } catch {
    throw cannotOpen();
  }
}

/** Shape checked: a certificate is there, ids have their lengths. */
export type OpenedMessage = SealedMessage & { readonly certificate: DeviceCertificate };

const cannotOpen = (): SealedError => new SealedError('cannot-open', 'The sealed message cannot be opened.');
const badKey = (): SealedError => new SealedError('bad-key', "The recipient's sealing key cannot be used.");

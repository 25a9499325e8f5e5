import { ENVELOPE_SIZES, MAX_BODY } from '../wire/index.ts';
import { utf8, type Primitives } from '../crypto/index.ts';
import { MailboxError, requireBytes } from './mailbox-error.ts';

export const DEFAULT_EXPIRY_SECONDS = 14 * 86_400;
export const MAX_EXPIRY_SECONDS = 30 * 86_400;
/** Highest device number. */
const MAX_DEVICE = 127;

/** What a node keeps for a device: immutable, named by its content (MB-1). */
export interface Envelope {
  /** Account key, 32 B. */
  readonly mailbox: Uint8Array;
  /** 1..127 */
  readonly device: number;
  /** Seconds since 1970. */
  readonly expires: number;
  /** Sealed; one of ENVELOPE_SIZES. */
  readonly body: Uint8Array;
}

const label = utf8('sotto/envelope/1');
const HEADER_BYTES = label.length + 32 + 4 + 8;
const TWO_TO_32 = 2 ** 32;
// Reused: this runs for every envelope a node takes, and nothing keeps a reference to it.
const input = new Uint8Array(HEADER_BYTES + MAX_BODY);
const view = new DataView(input.buffer);
input.set(label);

/**
 * SHA-256("sotto/envelope/1" | mailbox | be32 device | be64 expires | body), 32 B (MB-1).
 * @throws MailboxError('bad-length') when a field is out of range: two envelopes never share an id
 */
export function envelopeId(primitives: Primitives, envelope: Envelope): Uint8Array {
  const { mailbox, device, expires, body } = envelope;
  requireBytes(mailbox, 32, 'A mailbox');
  if (body.length > MAX_BODY) throw new MailboxError('bad-length', `A body is at most ${MAX_BODY} bytes long.`);
  if (!Number.isInteger(device) || device < 0 || device >= TWO_TO_32) {
    throw new MailboxError('bad-length', 'A device number must fit 32 bits.');
  }
  if (!Number.isSafeInteger(expires) || expires < 0) {
    throw new MailboxError('bad-length', 'An expiry must be whole seconds since 1970.');
  }
  let offset = label.length;
  input.set(mailbox, offset);
  offset += 32;
  view.setUint32(offset, device);
  view.setUint32(offset + 4, Math.floor(expires / TWO_TO_32));
  view.setUint32(offset + 8, expires % TWO_TO_32);
  input.set(body, HEADER_BYTES);
  return primitives.sha256(input.subarray(0, HEADER_BYTES + body.length));
}

/** Smallest envelope size that holds `length` bytes, or null when none does. */
export function sizeClassFor(length: number): number | null {
  return ENVELOPE_SIZES.find((size) => size >= length) ?? null;
}

const sizes = new Set(ENVELOPE_SIZES);

/**
 * What a node asks of every envelope before anything else (MB-2): a device number, one of the sizes, and an expiry
 * ahead but at most 30 days.
 * @returns null when fine, else what is wrong
 */
export function envelopeProblem(
  envelope: { readonly device: number; readonly expires: number; readonly body: Uint8Array },
  nowSeconds: number,
): 'device' | 'size' | 'expired' | 'expiry-too-far' | null {
  if (!Number.isInteger(envelope.device) || envelope.device < 1 || envelope.device > MAX_DEVICE) return 'device';
  if (!sizes.has(envelope.body.length)) return 'size';
  if (!(envelope.expires > nowSeconds)) return 'expired';
  if (envelope.expires > nowSeconds + MAX_EXPIRY_SECONDS) return 'expiry-too-far';
  return null;
}

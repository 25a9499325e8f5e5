import { MailboxError } from './mailbox-error.ts';

/** Content is padded to multiples of this before the ratchet. */
export const PADDING_STEP = 256;

/**
 * Longest content before padding, in bytes: with padding, the larger of both ratchet messages, certificate and sealing
 * it fits the largest envelope (MB-7; tested in sealed).
 */
export const MAX_CONTENT_BYTES = 176 * PADDING_STEP - 1;

/**
 * Content, 0x80, zeros up to the next multiple of 256 B (ISO/IEC 7816-4, MB-7).
 * @throws MailboxError('too-long')
 */
export function padContent(content: Uint8Array): Uint8Array {
  if (content.length > MAX_CONTENT_BYTES) {
    throw new MailboxError('too-long', `The message is longer than ${MAX_CONTENT_BYTES} bytes.`);
  }
  return padTo(content, (Math.floor(content.length / PADDING_STEP) + 1) * PADDING_STEP);
}

/** @throws MailboxError('bad-padding') */
export function unpadContent(padded: Uint8Array): Uint8Array {
  if (padded.length === 0 || padded.length % PADDING_STEP !== 0) throw badPadding();
  const content = unpad(padded);
  if (padded.length - content.length > PADDING_STEP) throw badPadding();
  return content;
}

/** @param length larger than the content's */
export function padTo(content: Uint8Array, length: number): Uint8Array {
  if (length <= content.length) throw new MailboxError('bad-length', 'The padding needs at least one byte.');
  const padded = new Uint8Array(length);
  padded.set(content);
  padded[content.length] = 0x80;
  return padded;
}

/** A view of what stood before the padding. @throws MailboxError('bad-padding') */
export function unpad(padded: Uint8Array): Uint8Array {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (end < 0 || padded[end] !== 0x80) throw badPadding();
  return padded.subarray(0, end);
}

const badPadding = (): MailboxError => new MailboxError('bad-padding', 'The padding is not right.');

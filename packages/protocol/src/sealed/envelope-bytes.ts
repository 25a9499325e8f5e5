import { ENVELOPE_SIZES } from '../wire/index.ts';

/**
 * More than anything that is ever around a padded content: sealing, certificate, content id, the first message of a
 * session with its key agreement, the longest post-quantum part (SEAL-7; measured by its test).
 */
export const AROUND_CONTENT_BYTES = 13 * 256;

/**
 * The size of an envelope by the length of its padded content alone: the smallest in which that content fits whatever
 * is around it. First messages, later ones and those with a post-quantum chunk look alike.
 * @param paddedBytes a multiple of 256, see padContent()
 */
export function envelopeBytesFor(paddedBytes: number): number {
  return ENVELOPE_SIZES.find((size) => paddedBytes + AROUND_CONTENT_BYTES <= size) ?? ENVELOPE_SIZES.at(-1)!;
}

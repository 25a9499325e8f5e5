/** Below this the view of words costs more than it saves. */
const WORDS_FROM = 64;

/**
 * Takes the client's mask off, in place (RFC 6455, section 5.3), four bytes at a time.
 * @param mask the four bytes of the key, as they came
 */
export function unmask(payload: Uint8Array, mask: Uint8Array): void {
  const [m0, m1, m2, m3] = [mask[0]!, mask[1]!, mask[2]!, mask[3]!];
  if ((m0 | m1 | m2 | m3) === 0) return;
  const { length } = payload;
  if (length < WORDS_FROM) {
    unmaskBytes(payload, mask, 0, length);
    return;
  }
  const head = -payload.byteOffset & 3;
  const words = (length - head) >>> 2;
  unmaskBytes(payload, mask, 0, head);
  // The key as it stands under the first whole word, in the machine's byte order.
  const turned = new Uint8Array(4);
  for (let i = 0; i < 4; i++) turned[i] = mask[(head + i) & 3]!;
  const key = new Int32Array(turned.buffer)[0]!;
  const view = new Int32Array(payload.buffer, payload.byteOffset + head, words);
  for (let i = 0; i < words; i++) view[i]! ^= key;
  unmaskBytes(payload, mask, head + 4 * words, length);
}

function unmaskBytes(payload: Uint8Array, mask: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) payload[i]! ^= mask[i & 3]!;
}

/** Below this the view of words costs more than it saves. */
const WORDS_FROM = 64;
/** The key as it stands under the first whole word, in the machine's byte order. Shared: every call writes all of it. */
const turned = new Uint8Array(4);
const key = new Int32Array(turned.buffer);

/**
 * Takes the client's mask off, in place (RFC 6455, section 5.3), four bytes at a time.
 * @param data holds the four bytes of the key, as they came, from `at` on
 */
export function unmask(payload: Uint8Array, data: Uint8Array, at: number): void {
  if ((data[at]! | data[at + 1]! | data[at + 2]! | data[at + 3]!) === 0) return;
  const { length } = payload;
  if (length < WORDS_FROM) {
    unmaskBytes(payload, data, at, 0, length);
    return;
  }
  const head = -payload.byteOffset & 3;
  const words = (length - head) >>> 2;
  unmaskBytes(payload, data, at, 0, head);
  for (let i = 0; i < 4; i++) turned[i] = data[at + ((head + i) & 3)]!;
  const word = key[0]!;
  const view = new Int32Array(payload.buffer, payload.byteOffset + head, words);
  for (let i = 0; i < words; i++) view[i]! ^= word;
  unmaskBytes(payload, data, at, head + 4 * words, length);
}

function unmaskBytes(payload: Uint8Array, data: Uint8Array, at: number, from: number, to: number): void {
  for (let i = from; i < to; i++) payload[i]! ^= data[at + (i & 3)]!;
}

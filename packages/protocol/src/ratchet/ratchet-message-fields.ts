import type { RatchetMessage } from './ratchet-message.ts';

/*
 * The protobuf of SignalMessage, written straight into the buffer whose MAC is taken: each message sent passes here,
 * and the generated encoder costs more than all the rest of its assembly. Reading goes through the strict decoder.
 */

// Field number and wire type (0 varint, 2 length-delimited).
const RATCHET_KEY = (1 << 3) | 2;
const COUNTER = (2 << 3) | 0;
const PREVIOUS_COUNTER = (3 << 3) | 0;
const CIPHERTEXT = (4 << 3) | 2;
const POST_QUANTUM = (5 << 3) | 2;

/** How many bytes writeFields() will write. */
export function fieldsLength(message: RatchetMessage): number {
  const { ratchetKey, counter, previousCounter, ciphertext, postQuantum } = message;
  return (
    bytesLength(ratchetKey) +
    1 +
    varintLength(counter) +
    1 +
    varintLength(previousCounter) +
    bytesLength(ciphertext) +
    (postQuantum.length === 0 ? 0 : bytesLength(postQuantum))
  );
}

/** Fields in ascending order; an empty post-quantum part is left out. */
export function writeFields(target: Uint8Array, start: number, message: RatchetMessage): void {
  let at = writeBytes(target, start, RATCHET_KEY, message.ratchetKey);
  at = writeVarint(target, at, COUNTER, message.counter);
  at = writeVarint(target, at, PREVIOUS_COUNTER, message.previousCounter);
  at = writeBytes(target, at, CIPHERTEXT, message.ciphertext);
  if (message.postQuantum.length > 0) writeBytes(target, at, POST_QUANTUM, message.postQuantum);
}

const bytesLength = (bytes: Uint8Array): number => 1 + varintLength(bytes.length) + bytes.length;

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

function writeVarint(target: Uint8Array, start: number, tag: number, value: number): number {
  let at = start;
  target[at++] = tag;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest % 0x80) | 0x80;
  target[at++] = rest;
  return at;
}

function writeBytes(target: Uint8Array, start: number, tag: number, bytes: Uint8Array): number {
  const at = writeVarint(target, start, tag, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}

/** Bytes a varint of `value` (0 … 2^53-1) takes. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let size = 4;
  for (let rest = value / 0x1000_0000; rest >= 1; rest /= 128) size++;
  return size;
}

/** Writes the protobuf wire format into an array that is known to be long enough. */
export class ByteSink {
  bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  varint(value: number): void {
    const bytes = this.bytes;
    let position = this.position;
    let rest = value;
    // Above 2^31 bit operations would lose the high bits.
    while (rest > 0x7fff_ffff) {
      bytes[position++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[position++] = rest;
    this.position = position;
  }

  /** Length, then the bytes. */
  delimited(value: Uint8Array): void {
    this.varint(value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }
}

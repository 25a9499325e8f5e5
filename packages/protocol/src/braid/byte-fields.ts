import { BraidError } from './braid-error.ts';

/** Writes big-endian numbers and byte strings one after the other, without lengths. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  number(value: number, size: 1 | 2 | 4): void {
    const bytes = new Uint8Array(size);
    for (let at = size - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
    this.bytes(bytes);
  }

  /** Not copied before done(). */
  bytes(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  done(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Reads what ByteWriter wrote. @throws BraidError('bad-state') at the end of the bytes */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(size: 1 | 2 | 4): number {
    let value = 0;
    for (const byte of this.bytes(size)) value = value * 256 + byte;
    return value;
  }

  /** A view. */
  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new BraidError('bad-state', 'stored state too short');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** Nothing may be left. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new BraidError('bad-state', 'stored state too long');
  }
}

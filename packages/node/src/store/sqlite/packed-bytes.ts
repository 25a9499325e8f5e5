/** Numbers and bytes one after another in one growing buffer, to be handed to another thread whole. Little-endian. */
export class PackedWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written after `length`. */
  truncate(length: number): void {
    this.#length = length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** An integer up to 2^53. */
  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Without its length. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What was written; the writer must not be used afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.take());
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

export class PackedReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  u8(): number {
    return this.#view.getUint8(this.#offset++);
  }

  u32(): number {
    this.#offset += 4;
    return this.#view.getUint32(this.#offset - 4, true);
  }

  f64(): number {
    this.#offset += 8;
    return this.#view.getFloat64(this.#offset - 8, true);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }
}

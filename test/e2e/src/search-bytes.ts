import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PREFIX = 4;

/** Finds any of many byte strings in much data in one pass. */
export class ByteSearch<Name> {
  readonly #needles = new Map<number, { bytes: Buffer; name: Name }[]>();

  /** @param bytes at least 4 */
  add(name: Name, bytes: Uint8Array): void {
    const needle = Buffer.from(bytes);
    const key = needle.readUInt32LE(0);
    const same = this.#needles.get(key) ?? [];
    this.#needles.set(key, same);
    if (!same.some((known) => known.bytes.equals(needle))) same.push({ bytes: needle, name });
  }

  /** As bytes, and as people and programs write bytes down. */
  addWritten(name: Name, bytes: Uint8Array): void {
    const plain = Buffer.from(bytes);
    this.add(name, plain);
    const hex = plain.toString('hex');
    for (const text of [hex, hex.toUpperCase(), plain.toString('base64'), plain.toString('base64url')]) {
      this.addText(name, text.replace(/=+$/, ''));
    }
  }

  addText(name: Name, text: string): void {
    this.add(name, Buffer.from(text));
    this.add(name, Buffer.from(text, 'utf16le'));
  }

  /** @returns the names of what is in `data`, each once */
  in(data: Uint8Array): Name[] {
    const haystack = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const found = new Set<Name>();
    if (haystack.length < PREFIX) return [];
    let key = haystack.readUInt32LE(0);
    for (let at = 0; ; at++) {
      for (const { bytes, name } of this.#needles.get(key) ?? []) {
        if (!found.has(name) && haystack.subarray(at, at + bytes.length).equals(bytes)) found.add(name);
      }
      if (at + PREFIX >= haystack.length) break;
      key = (key >>> 8) | (haystack[at + PREFIX]! << 24);
      key >>>= 0;
    }
    return [...found];
  }
}

/** Every byte string and text in a value, one after the other, with something between them. */
export function bytesOf(value: unknown): Buffer {
  const parts: Uint8Array[] = [];
  const gather = (part: unknown): void => {
    if (part instanceof Uint8Array) parts.push(part, SEPARATOR);
    else if (typeof part === 'string') parts.push(Buffer.from(part), SEPARATOR);
    else if (typeof part === 'object' && part !== null) Object.values(part).forEach(gather);
  };
  gather(value);
  return Buffer.concat(parts);
}

const SEPARATOR = Buffer.from('\n');

/** All files of a folder, one after the other. @param except names left out */
export function filesIn(folder: string, except: readonly string[] = []): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !except.includes(entry.name),
  );
  return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
}

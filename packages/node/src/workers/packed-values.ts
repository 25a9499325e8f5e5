import { deserialize, serialize } from 'node:v8';
import type { PackedReader, PackedWriter } from '../store/sqlite/packed-bytes.ts';
import { detached } from '../store/sqlite/detached.ts';

/** Anything that is rare: numbers, texts, bytes, lists, objects, bigint. */
export function writeValue(writer: PackedWriter, value: unknown): void {
  const bytes = serialize(value);
  writer.u32(bytes.length);
  writer.bytes(bytes);
}

/** Owns its memory: whoever keeps it keeps nothing else of the batch. */
export const readValue = (reader: PackedReader): unknown => detached(deserialize(reader.bytes(reader.u32())));

/** The same, of which nothing is kept: bytes are views of the batch. Maps stay maps. */
export const readPassing = (reader: PackedReader): unknown => deserialize(reader.bytes(reader.u32()));

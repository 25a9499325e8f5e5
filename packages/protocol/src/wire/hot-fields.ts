import { varintSize, type ByteSink } from './byte-sink.ts';
import { DELIMITED, VARINT } from './cursor.ts';

// Single fields written by hand: default values are left out (WIRE-2). Field numbers are below 16: a tag is one byte.

export const numberSize = (value: number): number => (value === 0 ? 0 : 1 + varintSize(value));

export const bytesSize = (value: Uint8Array): number =>
  value.length === 0 ? 0 : 1 + varintSize(value.length) + value.length;

export function writeNumber(sink: ByteSink, field: number, value: number): void {
  if (value === 0) return;
  sink.bytes[sink.position++] = (field << 3) | VARINT;
  sink.varint(value);
}

export function writeBytes(sink: ByteSink, field: number, value: Uint8Array): void {
  if (value.length === 0) return;
  sink.bytes[sink.position++] = (field << 3) | DELIMITED;
  sink.delimited(value);
}

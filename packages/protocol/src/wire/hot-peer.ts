import { varintSize, type ByteSink } from './byte-sink.ts';
import { DELIMITED, VARINT, type Cursor } from './cursor.ts';
import type { Keep, KeepItem, Kept, KeptItem, Peer } from './gen/ring_pb.js';
import { bytesSize, numberSize, writeBytes, writeNumber } from './hot-fields.ts';
import { MAX_BODY, MAX_DEVICE, MAX_KEEP_ITEMS, MAX_PATH_HASHES } from './limits.ts';

// Keep and Kept, which nodes say for every envelope, by hand: byte for byte the generated code (WIRE-2). What is not
// exactly as this version writes it is left to the generated code, so that there is one place that refuses.

const EMPTY: Uint8Array = new Uint8Array(0);
const KEEP = (3 << 3) | DELIMITED;
const KEPT = (10 << 3) | DELIMITED;

// A field that is added to these messages must be written and read here, too.
type FieldsOf<T> = { readonly [Name in Exclude<keyof T, '$typeName' | '$unknown'>]: number };
const keepItem = {
  mailbox: 1,
  device: 2,
  expires: 3,
  body: 4,
  stranger: 5,
  tokenHash: 6,
  capability: 7,
} satisfies FieldsOf<KeepItem>;
const keep = { items: 1, as: 2 } satisfies FieldsOf<Keep>;
const kept = { at: 1, leaves: 2, signature: 3, items: 4, boot: 5 } satisfies FieldsOf<Kept>;
const keptItem = { refusal: 1, leaf: 2, path: 3, retryMs: 4 } satisfies FieldsOf<KeptItem>;

const elementSize = (size: number): number => 1 + varintSize(size) + size;
const fits = (value: bigint): boolean => value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER);

/** Encoded length of a Peer that is written by hand; -1: the generated code does. */
export function hotPeerSize({ body }: Peer): number {
  if (body.case === 'keep' && body.value.items.every(({ expires }) => fits(expires))) {
    return elementSize(keepSize(body.value));
  }
  return body.case === 'kept' && fits(body.value.at) ? elementSize(keptSize(body.value)) : -1;
}

/** Writes exactly hotPeerSize(peer) bytes. */
export function writeHotPeer(sink: ByteSink, { body }: Peer): void {
  if (body.case === 'keep') {
    sink.bytes[sink.position++] = KEEP;
    sink.varint(keepSize(body.value));
    writeKeep(sink, body.value);
  } else if (body.case === 'kept') {
    sink.bytes[sink.position++] = KEPT;
    sink.varint(keptSize(body.value));
    writeKept(sink, body.value);
  }
}

function keepSize({ items, as }: Keep): number {
  let size = numberSize(as);
  for (const item of items) size += elementSize(keepItemSize(item));
  return size;
}

const keepItemSize = ({ mailbox, device, expires, body, stranger, tokenHash, capability }: KeepItem): number =>
  bytesSize(mailbox) +
  numberSize(device) +
  numberSize(Number(expires)) +
  bytesSize(body) +
  (stranger ? 2 : 0) +
  bytesSize(tokenHash) +
  bytesSize(capability);

function writeKeep(sink: ByteSink, { items, as }: Keep): void {
  for (const item of items) {
    sink.bytes[sink.position++] = (keep.items << 3) | DELIMITED;
    sink.varint(keepItemSize(item));
    writeBytes(sink, keepItem.mailbox, item.mailbox);
    writeNumber(sink, keepItem.device, item.device);
    writeNumber(sink, keepItem.expires, Number(item.expires));
    writeBytes(sink, keepItem.body, item.body);
    if (item.stranger) writeNumber(sink, keepItem.stranger, 1);
    writeBytes(sink, keepItem.tokenHash, item.tokenHash);
    writeBytes(sink, keepItem.capability, item.capability);
  }
  writeNumber(sink, keep.as, as);
}

function keptSize({ at, leaves, signature, items, boot }: Kept): number {
  let size = numberSize(Number(at)) + numberSize(leaves) + bytesSize(signature) + bytesSize(boot);
  for (const item of items) size += elementSize(keptItemSize(item));
  return size;
}

const keptItemSize = ({ refusal, leaf, path, retryMs }: KeptItem): number =>
  numberSize(refusal) + numberSize(leaf) + bytesSize(path) + numberSize(retryMs);

function writeKept(sink: ByteSink, { at, leaves, signature, items, boot }: Kept): void {
  writeNumber(sink, kept.at, Number(at));
  writeNumber(sink, kept.leaves, leaves);
  writeBytes(sink, kept.signature, signature);
  for (const item of items) {
    sink.bytes[sink.position++] = (kept.items << 3) | DELIMITED;
    sink.varint(keptItemSize(item));
    writeNumber(sink, keptItem.refusal, item.refusal);
    writeNumber(sink, keptItem.leaf, item.leaf);
    writeBytes(sink, keptItem.path, item.path);
    writeNumber(sink, keptItem.retryMs, item.retryMs);
  }
  writeBytes(sink, kept.boot, boot);
}

/**
 * Reads a Peer from `cursor.position` to `end`. Byte fields are views of the packet.
 * @returns null: it is of another kind or not as it should be, which the generated code finds out; the cursor has moved
 * @throws WireError as the generated code would
 */
export function decodeHotPeer(cursor: Cursor, end: number): Peer | null {
  if (cursor.position >= end) return null;
  const tag = cursor.bytes[cursor.position]!;
  if (tag !== KEEP && tag !== KEPT) return null;
  cursor.position += 1;
  // Whatever stands behind the body is for the other decoder.
  if (cursor.delimitedEnd(end) !== end) return null;
  if (tag === KEEP) {
    const value = decodeKeep(cursor, end);
    return value === null ? null : { $typeName: 'sotto.v1.Peer', body: { case: 'keep', value } };
  }
  const value = decodeKept(cursor, end);
  return value === null ? null : { $typeName: 'sotto.v1.Peer', body: { case: 'kept', value } };
}

function decodeKeep(cursor: Cursor, end: number): Keep | null {
  const items: KeepItem[] = [];
  let as = 0;
  while (cursor.position < end) {
    switch (cursor.tag(end)) {
      case (keep.items << 3) | DELIMITED: {
        const item = decodeKeepItem(cursor, cursor.delimitedEnd(end));
        if (item === null || items.length === MAX_KEEP_ITEMS) return null;
        items.push(item);
        break;
      }
      case (keep.as << 3) | VARINT:
        as = cursor.varint(end);
        break;
      default:
        return null;
    }
  }
  return items.length === 0 || as < 1 || as > 3 ? null : { $typeName: 'sotto.v1.Keep', items, as };
}

function decodeKeepItem(cursor: Cursor, end: number): KeepItem | null {
  let mailbox = EMPTY;
  let device = 0;
  let expires = 0;
  let body = EMPTY;
  let stranger = false;
  let tokenHash = EMPTY;
  let capability = EMPTY;
  while (cursor.position < end) {
    switch (cursor.tag(end)) {
      case (keepItem.mailbox << 3) | DELIMITED:
        mailbox = view(cursor, end);
        break;
      case (keepItem.device << 3) | VARINT:
        device = cursor.uint32(end);
        break;
      case (keepItem.expires << 3) | VARINT:
        expires = cursor.varint(end);
        break;
      case (keepItem.body << 3) | DELIMITED:
        body = view(cursor, end);
        break;
      case (keepItem.stranger << 3) | VARINT:
        stranger = cursor.bool(end);
        break;
      case (keepItem.tokenHash << 3) | DELIMITED:
        tokenHash = view(cursor, end);
        break;
      case (keepItem.capability << 3) | DELIMITED:
        capability = view(cursor, end);
        break;
      default:
        return null;
    }
  }
  if (mailbox.length !== 32 || device < 1 || device > MAX_DEVICE) return null;
  if (body.length === 0 || body.length > MAX_BODY) return null;
  if (tokenHash.length !== 0 && tokenHash.length !== 32) return null;
  if (capability.length !== 0 && capability.length !== 16) return null;
  return {
    $typeName: 'sotto.v1.KeepItem',
    mailbox,
    device,
    expires: BigInt(expires),
    body,
    stranger,
    tokenHash,
    capability,
  };
}

function decodeKept(cursor: Cursor, end: number): Kept | null {
  let at = 0;
  let leaves = 0;
  let signature = EMPTY;
  const items: KeptItem[] = [];
  let boot = EMPTY;
  while (cursor.position < end) {
    switch (cursor.tag(end)) {
      case (kept.at << 3) | VARINT:
        at = cursor.varint(end);
        break;
      case (kept.leaves << 3) | VARINT:
        leaves = cursor.uint32(end);
        break;
      case (kept.signature << 3) | DELIMITED:
        signature = view(cursor, end);
        break;
      case (kept.items << 3) | DELIMITED: {
        const item = decodeKeptItem(cursor, cursor.delimitedEnd(end));
        if (item === null || items.length === MAX_KEEP_ITEMS) return null;
        items.push(item);
        break;
      }
      case (kept.boot << 3) | DELIMITED:
        boot = view(cursor, end);
        break;
      default:
        return null;
    }
  }
  if ((signature.length !== 0 && signature.length !== 64) || boot.length !== 8) return null;
  return { $typeName: 'sotto.v1.Kept', at: BigInt(at), leaves, signature, items, boot };
}

function decodeKeptItem(cursor: Cursor, end: number): KeptItem | null {
  let refusal = 0;
  let leaf = 0;
  let path = EMPTY;
  let retryMs = 0;
  while (cursor.position < end) {
    switch (cursor.tag(end)) {
      case (keptItem.refusal << 3) | VARINT:
        refusal = cursor.uint32(end);
        break;
      case (keptItem.leaf << 3) | VARINT:
        leaf = cursor.uint32(end);
        break;
      case (keptItem.path << 3) | DELIMITED:
        path = view(cursor, end);
        break;
      case (keptItem.retryMs << 3) | VARINT:
        retryMs = cursor.uint32(end);
        break;
      default:
        return null;
    }
  }
  if (path.length % 32 !== 0 || path.length > MAX_PATH_HASHES * 32) return null;
  return { $typeName: 'sotto.v1.KeptItem', refusal, leaf, path, retryMs };
}

function view(cursor: Cursor, end: number): Uint8Array {
  const valueEnd = cursor.delimitedEnd(end);
  const start = cursor.position;
  cursor.position = valueEnd;
  return cursor.bytes.subarray(start, valueEnd);
}

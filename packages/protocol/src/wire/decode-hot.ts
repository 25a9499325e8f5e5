import { DELIMITED, VARINT, wrongWireType, type Cursor } from './cursor.ts';
import type {
  AcknowledgeFrame,
  ClosingFrame,
  DeliverFrame,
  EmptyFrame,
  RefusalFrame,
  SendFrame,
  StoredFrame,
  StoredItemFrame,
} from './frame.ts';
import { MAX_ACKNOWLEDGED_IDS, MAX_BODY, MAX_PATH_HASHES, MAX_STORED_ITEMS } from './limits.ts';
import { WireError } from './wire-error.ts';

// The decoders of the hot frames. Each reads from `cursor.position` to `end`; fields may come in any order, the
// last of a singular field wins (protobuf encoding, "Last One Wins"). Byte fields are views of the packet.

const EMPTY: Uint8Array = new Uint8Array(0);
const NOTHING: EmptyFrame = Object.freeze({});

function badLength(field: string): never {
  throw new WireError('bad-length', `${field}: wrong length`);
}

function view(cursor: Cursor, end: number): Uint8Array {
  const valueEnd = cursor.delimitedEnd(end);
  const start = cursor.position;
  cursor.position = valueEnd;
  return cursor.bytes.subarray(start, valueEnd);
}

export function decodeSend(cursor: Cursor, end: number): SendFrame {
  let mailbox = EMPTY;
  let device = 0;
  let expires = 0;
  let body = EMPTY;
  let capability = EMPTY;
  let requestToken = EMPTY;
  let live = false;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    switch (tag) {
      case (1 << 3) | DELIMITED:
        mailbox = view(cursor, end);
        break;
      case (2 << 3) | VARINT:
        device = cursor.uint32(end);
        break;
      case (3 << 3) | VARINT:
        expires = cursor.varint(end);
        break;
      case (4 << 3) | DELIMITED:
        body = view(cursor, end);
        break;
      case (5 << 3) | DELIMITED:
        capability = view(cursor, end);
        break;
      case (6 << 3) | DELIMITED:
        requestToken = view(cursor, end);
        break;
      case (7 << 3) | VARINT:
        live = cursor.bool(end);
        break;
      default:
        if (tag >>> 3 <= 7) wrongWireType();
        unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  if (mailbox.length !== 32) badLength('Send.mailbox');
  if (body.length === 0 || body.length > MAX_BODY) badLength('Send.body');
  if (capability.length !== 0 && capability.length !== 16) badLength('Send.capability');
  if (requestToken.length !== 0 && requestToken.length !== 16) badLength('Send.request_token');
  return { mailbox, device, expires, body, capability, requestToken, live };
}

export function decodeStored(cursor: Cursor, end: number): StoredFrame {
  let at = 0;
  let leaves = 0;
  let signature = EMPTY;
  const items: StoredItemFrame[] = [];
  let node = EMPTY;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    switch (tag) {
      case (1 << 3) | VARINT:
        at = cursor.varint(end);
        break;
      case (2 << 3) | VARINT:
        leaves = cursor.uint32(end);
        break;
      case (3 << 3) | DELIMITED:
        signature = view(cursor, end);
        break;
      case (4 << 3) | DELIMITED:
        if (items.length === MAX_STORED_ITEMS) throw new WireError('too-many', 'Stored.items: too many');
        items.push(decodeStoredItem(cursor, cursor.delimitedEnd(end)));
        break;
      case (5 << 3) | DELIMITED:
        node = view(cursor, end);
        break;
      default:
        if (tag >>> 3 <= 5) wrongWireType();
        unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  if (signature.length !== 64) badLength('Stored.signature');
  if (node.length !== 0 && node.length !== 32) badLength('Stored.node');
  if (items.length === 0) throw new WireError('missing-field', 'Stored.items: none');
  return { at, leaves, signature, items, node };
}

function decodeStoredItem(cursor: Cursor, end: number): StoredItemFrame {
  let request = 0;
  let leaf = 0;
  let path = EMPTY;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    switch (tag) {
      case (1 << 3) | VARINT:
        request = cursor.uint32(end);
        break;
      case (2 << 3) | VARINT:
        leaf = cursor.uint32(end);
        break;
      case (3 << 3) | DELIMITED:
        path = view(cursor, end);
        break;
      default:
        if (tag >>> 3 <= 3) wrongWireType();
        unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  if (path.length % 32 !== 0 || path.length > MAX_PATH_HASHES * 32) badLength('StoredItem.path');
  return { request, leaf, path };
}

export function decodeRefusal(cursor: Cursor, end: number): RefusalFrame {
  let code = 0;
  let retryMs = 0;
  let at = 0;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    switch (tag) {
      case (1 << 3) | VARINT:
        code = cursor.uint32(end);
        break;
      case (2 << 3) | VARINT:
        retryMs = cursor.uint32(end);
        break;
      case (3 << 3) | VARINT:
        at = cursor.varint(end);
        break;
      default:
        if (tag >>> 3 <= 3) wrongWireType();
        unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  if (code === 0) throw new WireError('missing-field', 'Refusal.code: none');
  if (code > 0x7fff_ffff) throw new WireError('out-of-range', 'Refusal.code: not an enum value');
  return at === 0 ? { code, retryMs } : { code, retryMs, at };
}

export function decodeDeliver(cursor: Cursor, end: number): DeliverFrame {
  let expires = 0;
  let body = EMPTY;
  let live = false;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    switch (tag) {
      case (1 << 3) | VARINT:
        expires = cursor.varint(end);
        break;
      case (2 << 3) | DELIMITED:
        body = view(cursor, end);
        break;
      case (3 << 3) | VARINT:
        live = cursor.bool(end);
        break;
      default:
        if (tag >>> 3 <= 3) wrongWireType();
        unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  if (body.length === 0 || body.length > MAX_BODY) badLength('Deliver.body');
  return { expires, body, live };
}

export function decodeAcknowledge(cursor: Cursor, end: number): AcknowledgeFrame {
  let ids = EMPTY;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    if (tag === ((1 << 3) | DELIMITED)) {
      ids = view(cursor, end);
    } else {
      if (tag >>> 3 <= 1) wrongWireType();
      unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  if (ids.length === 0 || ids.length % 32 !== 0 || ids.length > MAX_ACKNOWLEDGED_IDS * 32) badLength('Acknowledge.ids');
  return { ids };
}

export function decodeClosing(cursor: Cursor, end: number): ClosingFrame {
  let retryMs = 0;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    if (tag === ((1 << 3) | VARINT)) {
      retryMs = cursor.uint32(end);
    } else {
      if (tag >>> 3 <= 1) wrongWireType();
      unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  return { retryMs };
}

/** Delivered, Done, Ping, Pong. */
export function decodeEmpty(cursor: Cursor, end: number): EmptyFrame {
  let unknown = 0;
  while (cursor.position < end) unknown = cursor.skipUnknown(cursor.tag(end), end, unknown);
  return NOTHING;
}

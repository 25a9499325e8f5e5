import { decodeColdBody, PEER_FIELD } from './cold-frame.ts';
import { Cursor, DELIMITED, VARINT, wrongWireType } from './cursor.ts';
import {
  decodeAcknowledge,
  decodeClosing,
  decodeDeliver,
  decodeEmpty,
  decodeRefusal,
  decodeSend,
  decodeStored,
} from './decode-hot.ts';
import type { Frame, FrameBody } from './frame.ts';
import { decodeHotPeer } from './hot-peer.ts';
import { MAX_FRAMES, MAX_PACKET } from './limits.ts';
import { WireError } from './wire-error.ts';

const FRAMES = (1 << 3) | DELIMITED;
const REQUEST = (1 << 3) | VARINT;

/**
 * Decodes the plaintext of one link message (rules WIRE-1 … WIRE-9). Byte fields are views of `packet`, not
 * copies: who keeps one keeps the whole packet in memory, and must not let the packet be overwritten.
 *
 * @throws WireError; nothing of a packet with one bad frame is used
 */
export function decodePacket(packet: Uint8Array): Frame[] {
  const end = packet.length;
  if (end > MAX_PACKET) throw new WireError('too-large', 'packet too large');
  const cursor = new Cursor(packet);
  const frames: Frame[] = [];
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    if (tag === FRAMES) {
      if (frames.length === MAX_FRAMES) throw new WireError('too-many', 'too many frames in a packet');
      frames.push(decodeFrame(cursor, cursor.delimitedEnd(end)));
    } else {
      if (tag >>> 3 === 1) wrongWireType();
      unknown = cursor.skipUnknown(tag, end, unknown);
    }
  }
  return frames;
}

function decodeFrame(cursor: Cursor, end: number): Frame {
  let request = 0;
  let body: FrameBody | null = null;
  let unknownField = 0;
  let unknown = 0;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    if (tag === REQUEST) {
      request = cursor.uint32(end);
      continue;
    }
    if (tag >>> 3 === 1) wrongWireType();
    // All bodies are messages. An unknown field of another type is no body of a later version.
    if ((tag & 7) === DELIMITED) {
      const start = cursor.position;
      const bodyEnd = cursor.delimitedEnd(end);
      const decoded = decodeBody(cursor, tag >>> 3, bodyEnd);
      if (decoded !== null) {
        if (body !== null) throw new WireError('malformed', 'frame with two bodies');
        body = decoded;
        continue;
      }
      cursor.position = start;
      if (unknownField === 0) unknownField = tag >>> 3;
    } else if (isBody(tag >>> 3)) {
      wrongWireType();
    }
    unknown = cursor.skipUnknown(tag, end, unknown);
  }
  if (body === null) {
    if (unknownField === 0) throw new WireError('missing-field', 'frame without a body');
    body = { case: 'unknown', value: { field: unknownField } };
  }
  return { request, body };
}

const LAST_KNOWN_BODY = 33;
const isBody = (field: number): boolean => field >= 2 && field <= LAST_KNOWN_BODY;

/** Field numbers of Frame.body in link.proto. @returns null for a kind this version does not know */
function decodeBody(cursor: Cursor, field: number, end: number): FrameBody | null {
  switch (field) {
    case 2:
      return { case: 'send', value: decodeSend(cursor, end) };
    case 3:
      return { case: 'stored', value: decodeStored(cursor, end) };
    case 4:
      return { case: 'refusal', value: decodeRefusal(cursor, end) };
    case 5:
      return { case: 'delivered', value: decodeEmpty(cursor, end) };
    case 6:
      return { case: 'deliver', value: decodeDeliver(cursor, end) };
    case 7:
      return { case: 'acknowledge', value: decodeAcknowledge(cursor, end) };
    case 15:
      return { case: 'done', value: decodeEmpty(cursor, end) };
    case 20:
      return { case: 'ping', value: decodeEmpty(cursor, end) };
    case 21:
      return { case: 'pong', value: decodeEmpty(cursor, end) };
    case 22:
      return { case: 'closing', value: decodeClosing(cursor, end) };
    default: {
      if (!isBody(field)) return null;
      const start = cursor.position;
      const peer = field === PEER_FIELD ? decodeHotPeer(cursor, end) : null;
      if (peer !== null) return { case: 'peer', value: peer };
      const bytes = cursor.bytes.subarray(start, end);
      cursor.position = end;
      return decodeColdBody(field, bytes);
    }
  }
}

import { varintSize, type ByteSink } from './byte-sink.ts';
import { DELIMITED } from './cursor.ts';
import type { DeliverFrame, FrameBody, SendFrame, StoredFrame, StoredItemFrame } from './frame.ts';
import { bytesSize, numberSize, writeBytes, writeNumber } from './hot-fields.ts';
import { writeHotPeer } from './hot-peer.ts';

// Sizes and encoders of the hot frames: fields in ascending order, default values left out, so that the bytes are
// those of the generated code (WIRE-2).

/** Field numbers of the hot kinds in Frame.body; cold ones are in cold-frame.ts. */
export const HOT_FIELDS: Readonly<Record<string, number>> = {
  send: 2,
  stored: 3,
  refusal: 4,
  delivered: 5,
  deliver: 6,
  acknowledge: 7,
  done: 15,
  ping: 20,
  pong: 21,
  closing: 22,
};

/** Encoded length of a hot frame's value. */
export function hotValueSize(body: FrameBody): number {
  switch (body.case) {
    case 'send':
      return sendSize(body.value);
    case 'stored':
      return storedSize(body.value);
    case 'deliver':
      return numberSize(body.value.expires) + bytesSize(body.value.body) + (body.value.live ? 2 : 0);
    case 'refusal':
      return numberSize(body.value.code) + numberSize(body.value.retryMs) + numberSize(body.value.at ?? 0);
    case 'acknowledge':
      return bytesSize(body.value.ids);
    case 'closing':
      return numberSize(body.value.retryMs);
    default:
      return 0;
  }
}

/** Writes exactly hotValueSize(body) bytes. */
export function writeHotValue(sink: ByteSink, body: FrameBody): void {
  switch (body.case) {
    case 'send':
      return writeSend(sink, body.value);
    case 'stored':
      return writeStored(sink, body.value);
    case 'deliver':
      return writeDeliver(sink, body.value);
    case 'refusal':
      writeNumber(sink, 1, body.value.code);
      writeNumber(sink, 2, body.value.retryMs);
      return writeNumber(sink, 3, body.value.at ?? 0);
    case 'acknowledge':
      return writeBytes(sink, 1, body.value.ids);
    case 'closing':
      return writeNumber(sink, 1, body.value.retryMs);
    case 'peer':
      return writeHotPeer(sink, body.value);
    default:
      return;
  }
}

function sendSize(value: SendFrame): number {
  return (
    bytesSize(value.mailbox) +
    numberSize(value.device) +
    numberSize(value.expires) +
    bytesSize(value.body) +
    bytesSize(value.capability) +
    bytesSize(value.requestToken) +
    (value.live ? 2 : 0)
  );
}

function writeSend(sink: ByteSink, value: SendFrame): void {
  writeBytes(sink, 1, value.mailbox);
  writeNumber(sink, 2, value.device);
  writeNumber(sink, 3, value.expires);
  writeBytes(sink, 4, value.body);
  writeBytes(sink, 5, value.capability);
  writeBytes(sink, 6, value.requestToken);
  if (value.live) writeNumber(sink, 7, 1);
}

function writeDeliver(sink: ByteSink, value: DeliverFrame): void {
  writeNumber(sink, 1, value.expires);
  writeBytes(sink, 2, value.body);
  if (value.live) writeNumber(sink, 3, 1);
}

const itemSize = (item: StoredItemFrame): number =>
  numberSize(item.request) + numberSize(item.leaf) + bytesSize(item.path);

function storedSize(value: StoredFrame): number {
  let size = numberSize(value.at) + numberSize(value.leaves) + bytesSize(value.signature) + bytesSize(value.node);
  for (const item of value.items) {
    const length = itemSize(item);
    size += 1 + varintSize(length) + length;
  }
  return size;
}

function writeStored(sink: ByteSink, value: StoredFrame): void {
  writeNumber(sink, 1, value.at);
  writeNumber(sink, 2, value.leaves);
  writeBytes(sink, 3, value.signature);
  for (const item of value.items) {
    sink.bytes[sink.position++] = (4 << 3) | DELIMITED;
    sink.varint(itemSize(item));
    writeNumber(sink, 1, item.request);
    writeNumber(sink, 2, item.leaf);
    writeBytes(sink, 3, item.path);
  }
  writeBytes(sink, 5, value.node);
}

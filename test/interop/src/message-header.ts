import { decodePreKeySignalMessage, decodeSignalMessage } from '@sotto/protocol/wire';
import type { Sent } from './device.ts';
import { readVarint } from './message-fields.ts';

/** What anybody sees of a message. */
export interface MessageHeader {
  /** Names the sender's chain. */
  readonly ratchetKey: string;
  readonly counter: number;
  /** Of the post-quantum part: what both sides agree on, from 1. Even ones are keyed by the responder. */
  readonly epoch: number;
  /**
   * The post-quantum part but for its secrets: `epoch/index/type/chunk`. Types: 0 none, 1 header, 2 key, 3 key and ct1
   * acknowledged, 4 ct1 acknowledged, 5 ct1, 6 ct2.
   */
  readonly part: string;
}

const MAC_LENGTH = 8;

/** The message of the ratchet, also when it is wrapped in a first message; a view. */
export function ratchetMessageIn({ kind, message }: Sent): Uint8Array {
  if (kind === 'ratchet') return message;
  const inner = decodePreKeySignalMessage(message.subarray(1)).message;
  const start = Buffer.from(message).indexOf(inner);
  return message.subarray(start, start + inner.length);
}

export function headerOf(sent: Sent): MessageHeader {
  const inner = ratchetMessageIn(sent);
  const { ratchetKey, counter, pqRatchet } = decodeSignalMessage(inner.subarray(1, -MAC_LENGTH));
  const part = pqRatchet ?? new Uint8Array(0);
  if (part[0] !== 1) throw new Error('no post-quantum part of version 1');
  const [epoch, afterEpoch] = readVarint(part, 1);
  const [index, afterIndex] = readVarint(part, afterEpoch);
  const type = part[afterIndex]!;
  const chunk = part.length > afterIndex + 1 ? readVarint(part, afterIndex + 1)[0] : 'none';
  return {
    ratchetKey: Buffer.from(ratchetKey).toString('hex'),
    counter,
    epoch,
    part: [epoch, index, type, chunk].join('/'),
  };
}

import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSink } from './byte-sink.ts';
import { decodeColdBody, PEER_FIELD } from './cold-frame.ts';
import { Cursor } from './cursor.ts';
import { KeepSchema, KeptSchema, PeerSchema, type Peer } from './gen/ring_pb.js';
import { decodeHotPeer, hotPeerSize, writeHotPeer } from './hot-peer.ts';
import { bytes, peer } from './test-frames.contract.ts';
import { WireError } from './wire-error.ts';

function written(value: Peer): Uint8Array {
  const sink = new ByteSink(new Uint8Array(hotPeerSize(value)), 0);
  writeHotPeer(sink, value);
  expect(sink.position).toBe(sink.bytes.length);
  return sink.bytes;
}

/** What becomes of bytes: the value, or the code of the error. */
function outcome(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return error.code;
  }
}

const byHand = (encoded: Uint8Array): Peer | null => decodeHotPeer(new Cursor(encoded), encoded.length);
const generated = (encoded: Uint8Array): unknown => decodeColdBody(PEER_FIELD, encoded).value;

const item = { mailbox: bytes(32), device: 1, expires: 5n, body: bytes(10), stranger: true, tokenHash: bytes(32) };
const keepOf = (items: object[], as = 1): Peer =>
  create(PeerSchema, { body: { case: 'keep', value: create(KeepSchema, { items, as }) } });

describe('Keep and Kept by hand', () => {
  it('WIRE-2: the bytes and the values are those of the generated code', () => {
    fc.assert(
      fc.property(peer, (value) => {
        const isHot = value.body.case !== 'hello';
        expect(hotPeerSize(value) >= 0).toBe(isHot);
        const encoded = toBinary(PeerSchema, value);
        expect(isHot ? written(value) : encoded).toEqual(encoded);
        expect(byHand(encoded)).toEqual(isHot ? value : null);
      }),
      { numRuns: 200 },
    );
  });

  it('WIRE-1, WIRE-3, WIRE-4: changed bytes are taken for what the generated code takes them for, or left to it', () => {
    fc.assert(
      fc.property(
        peer,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.nat(),
        (value, changes, cut) => {
          const encoded = toBinary(PeerSchema, value);
          const changed = encoded.slice(0, cut % 4 === 0 ? cut % encoded.length : encoded.length);
          for (const [at, byte] of changes) {
            // Near the beginning of the first item there is most to be misunderstood.
            if (changed.length > 0) changed[(at % 2 === 0 ? at % 60 : at) % changed.length] = byte;
          }
          const decoded = outcome(() => byHand(changed));
          expect(decoded).toEqual(decoded === null ? null : outcome(() => generated(changed)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each<[string, Peer]>([
    ['no items', keepOf([])],
    ['too many items', keepOf(Array.from({ length: 17 }, () => item))],
    ['kept as nothing', keepOf([item], 0)],
    ['kept as something later', keepOf([item], 4)],
    ['a mailbox too short', keepOf([{ ...item, mailbox: bytes(31) }])],
    ['device 0', keepOf([{ ...item, device: 0 }])],
    ['device 128', keepOf([{ ...item, device: 128 }])],
    ['no body', keepOf([{ ...item, body: bytes(0) }])],
    ['a body too long', keepOf([{ ...item, body: bytes(49_153) }])],
    ['a short token hash', keepOf([{ ...item, tokenHash: bytes(16) }])],
    ['a path of half a hash', keptOf({ items: [{ path: bytes(16) }] })],
    ['a path too long', keptOf({ items: [{ path: bytes(32 * 21) }] })],
    ['too many answers', keptOf({ items: Array.from({ length: 17 }, () => ({ leaf: 1 })) })],
    ['a short signature', keptOf({ signature: bytes(63) })],
    ['a short boot', keptOf({ boot: bytes(7) })],
  ])('WIRE-4: %s is refused by the generated code', (_, value) => {
    const encoded = toBinary(PeerSchema, value);
    expect(byHand(encoded)).toBeNull();
    expect(() => generated(encoded)).toThrow(WireError);
  });

  it('WIRE-8: with a field of a later version it is left to the generated code, which skips that', () => {
    const encoded = toBinary(PeerSchema, keepOf([item]));
    const later = Uint8Array.from([...encoded, (15 << 3) | 0, 1]);
    expect(byHand(later)).toBeNull();
    expect(generated(later)).toEqual(keepOf([item]));
  });

  it('WIRE-10: numbers that are not held exactly are left to the generated code', () => {
    expect(hotPeerSize(keepOf([{ ...item, expires: 2n ** 53n }]))).toBe(-1);
    expect(hotPeerSize(keptOf({ at: 2n ** 53n }))).toBe(-1);
  });
});

function keptOf(change: object): Peer {
  const value = create(KeptSchema, { at: 1n, leaves: 1, signature: bytes(64), items: [{}], boot: bytes(8), ...change });
  return create(PeerSchema, { body: { case: 'kept', value } });
}

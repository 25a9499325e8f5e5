import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../crypto/index.ts';
import { PacketSchema, type FrameSchema } from './gen/link_pb.js';
import { decodePacket, encodeFrame, MAX_PACKET, PacketWriter, WireError, type Frame } from './index.ts';
import { bytes, frame, generatedBody } from './test-frames.contract.ts';

/** The same frame as the generated code sees it. */
const generated = (one: Frame): MessageInitShape<typeof FrameSchema> => ({
  request: one.request,
  body: generatedBody(one.body),
});
const generatedPacket = (frames: readonly Frame[]): Uint8Array =>
  toBinary(PacketSchema, create(PacketSchema, { frames: frames.map(generated) }));

describe('hot codec against the generated one', () => {
  it('WIRE-2: every kind of frame has the bytes of the generated encoder', () => {
    fc.assert(
      fc.property(frame, (one) => {
        expect(encodeFrame(one)).toEqual(generatedPacket([one]));
      }),
      { numRuns: 1000 },
    );
  });

  it('WIRE-2: what the generated encoder wrote is decoded to the same frames', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const packet = generatedPacket(frames);
        fc.pre(packet.length <= MAX_PACKET);
        expect(decodePacket(packet)).toEqual(frames);
      }),
      { numRuns: 500 },
    );
  });

  it('WIRE-2: a packet is the concatenation of encoded frames', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const packet = concat(...frames.map(encodeFrame));
        fc.pre(packet.length <= MAX_PACKET);
        expect(fromBinary(PacketSchema, packet)).toEqual(fromBinary(PacketSchema, generatedPacket(frames)));
        const writer = new PacketWriter();
        for (const one of frames) expect(writer.append(one)).toBe(true);
        expect(writer.take()).toEqual(packet);
      }),
      { numRuns: 300 },
    );
  });

  it('WIRE-2: numbers at every varint boundary', () => {
    for (let bits = 0; bits <= 53; bits++) {
      for (const number of [2 ** bits - 1, Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)]) {
        const one: Frame = {
          request: Math.min(number, 2 ** 32 - 1),
          body: { case: 'deliver', value: { expires: number, body: new Uint8Array(1), live: false } },
        };
        expect(encodeFrame(one)).toEqual(generatedPacket([one]));
        expect(decodePacket(encodeFrame(one))).toEqual([one]);
      }
    }
  });

  it('WIRE-2: every length at which a length prefix grows', () => {
    for (const length of [1, 90, 100, 110, 120, 127, 128, 129, 16_300, 16_383, 16_384, 49_152]) {
      const one: Frame = {
        request: 7,
        body: { case: 'deliver', value: { expires: 1, body: new Uint8Array(length).fill(5), live: true } },
      };
      expect(encodeFrame(one)).toEqual(generatedPacket([one]));
    }
  });

  it('WIRE-5: byte fields are views of the packet', () => {
    const packet = encodeFrame({
      request: 0,
      body: { case: 'deliver', value: { expires: 1, body: bytes(600), live: false } },
    });
    const body = decodePacket(packet)[0]!.body;
    expect(body.case === 'deliver' && body.value.body.buffer === packet.buffer).toBe(true);
    const fromBuffer = decodePacket(Buffer.from(packet))[0]!.body;
    expect(fromBuffer.case === 'deliver' && fromBuffer.value.body.constructor).toBe(Uint8Array);
  });
});

function outcome(packet: Uint8Array): string {
  try {
    decodePacket(packet);
    return 'frames';
  } catch (error) {
    return error instanceof WireError ? 'refused' : String(error);
  }
}

describe('hostile packets', () => {
  it('WIRE-1: any bytes give frames or a WireError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
        expect(['frames', 'refused']).toContain(outcome(junk));
      }),
      { numRuns: 2000 },
    );
  });

  it('WIRE-1: a frame with one byte changed gives frames or a WireError, nothing else', () => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
        const packet = encodeFrame(one);
        packet[at % packet.length]! ^= change;
        expect(['frames', 'refused']).toContain(outcome(packet));
      }),
      { numRuns: 2000 },
    );
  });

  it('WIRE-1: a frame cut short anywhere is refused', () => {
    fc.assert(
      fc.property(frame, fc.nat(), (one, at) => {
        const packet = encodeFrame(one);
        expect(() => decodePacket(packet.subarray(0, 1 + (at % (packet.length - 1))))).toThrow(WireError);
      }),
      { numRuns: 500 },
    );
  });

  it('WIRE-7: what the strict decoder accepts, the generated one reads the same', () => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
        const packet = encodeFrame(one);
        packet[at % packet.length]! ^= change;
        let frames: Frame[];
        try {
          frames = decodePacket(packet);
        } catch {
          return;
        }
        if (frames.some((each) => each.body.case === 'unknown')) return;
        const again = fromBinary(PacketSchema, packet, { readUnknownFields: false });
        expect(generatedPacket(frames)).toEqual(toBinary(PacketSchema, again));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('limits of a packet', () => {
  const ping = encodeFrame({ request: 1, body: { case: 'ping', value: {} } });

  it('WIRE-6: 64 frames are taken, 65 are not', () => {
    expect(decodePacket(Buffer.concat(Array<Uint8Array>(64).fill(ping)))).toHaveLength(64);
    expect(codeOf(Buffer.concat(Array<Uint8Array>(65).fill(ping)))).toBe('too-many');
  });

  it('WIRE-6: a packet above 65,519 bytes is refused before it is read', () => {
    expect(codeOf(new Uint8Array(MAX_PACKET + 1))).toBe('too-large');
  });

  it('WIRE-6: a writer is full at 64 frames', () => {
    const writer = new PacketWriter();
    for (let i = 0; i < 64; i++) expect(writer.appendEncoded(ping)).toBe(true);
    expect(writer.full(0)).toBe(true);
    expect(writer.appendEncoded(ping)).toBe(false);
    expect(writer.take()).toHaveLength(64 * ping.length);
    expect([writer.frames, writer.length]).toEqual([0, 0]);
    expect(writer.append({ request: 1, body: { case: 'ping', value: {} } })).toBe(true);
    expect(writer.take()).toEqual(ping);
  });

  it('WIRE-6: a writer is full at 65,519 bytes, and refuses what fits no packet', () => {
    const big: Frame = { request: 0, body: { case: 'acknowledge', value: { ids: new Uint8Array(32_704) } } };
    const writer = new PacketWriter();
    expect(writer.append(big)).toBe(true);
    expect(writer.append(big)).toBe(true);
    expect(writer.append(big)).toBe(false);
    expect(writer.length).toBeLessThanOrEqual(MAX_PACKET);
    expect(writer.frames).toBe(2);
    const huge: Frame = { request: 0, body: { case: 'acknowledge', value: { ids: new Uint8Array(MAX_PACKET) } } };
    expect(() => writer.append(huge)).toThrow(WireError);
    expect(() => encodeFrame(huge)).toThrow(WireError);
  });

  it('WIRE-6: an unknown frame cannot be encoded', () => {
    expect(() => encodeFrame({ request: 1, body: { case: 'unknown', value: { field: 99 } } })).toThrow(TypeError);
  });

  function codeOf(packet: Uint8Array): string {
    try {
      decodePacket(packet);
    } catch (error) {
      if (error instanceof WireError) return error.code;
    }
    return 'accepted';
  }
});

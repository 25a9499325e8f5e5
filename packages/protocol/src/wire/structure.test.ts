import { create, toBinary, type DescMessage } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import * as wire from './index.ts';
import { WireError, type WireErrorCode } from './index.ts';

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const times = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);

function refusal(work: () => unknown): WireErrorCode | 'accepted' {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe('WIRE-3: structure, before the generated decoder sees the bytes', () => {
  const content = (...bytes: number[]): WireErrorCode | 'accepted' =>
    refusal(() => wire.decodeStrict(wire.ContentSchema, Uint8Array.from(bytes), 1000));

  it('WIRE-3: wrong wire types', () => {
    expect(content(0x0a, 0x01, 0x01)).toBe('malformed'); // version as bytes
    expect(content(0x0a, 0x01, 0x08, 0x01)).toBe('malformed'); // the same, in bytes a lenient decoder reads as 1
    expect(content(0x10, 0x01)).toBe('malformed'); // id as a number
    expect(content(0x48, 0x01)).toBe('malformed'); // route as a number
    expect(content(0x0d, 0, 0, 0, 0)).toBe('malformed'); // version as fixed32
  });

  it('WIRE-10: numbers too large for their field', () => {
    expect(content(0x08, 0x80, 0x80, 0x80, 0x80, 0x10)).toBe('out-of-range'); // version 2^32
    expect(content(0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10)).toBe('out-of-range'); // sent_at 2^53+
    expect(content(0xb2, 0x01, 0x02, 0x08, 0x02)).toBe('out-of-range'); // typing.active = 2
    expect(content(0xaa, 0x01, 0x06, 0x08, 0xff, 0xff, 0xff, 0xff, 0x0f)).toBe('out-of-range'); // receipt.kind
  });

  it('WIRE-3: two values of a oneof', () => {
    expect(content(0xa2, 0x01, 0x00)).toBe('accepted');
    expect(content(0xa2, 0x01, 0x00, 0xba, 0x01, 0x00)).toBe('malformed');
    expect(content(0xa2, 0x01, 0x00, 0xa2, 0x01, 0x00)).toBe('malformed');
  });

  it('WIRE-3: text that is not UTF-8', () => {
    expect(content(0xa2, 0x01, 0x03, 0x0a, 0x01, 0xff)).toBe('malformed');
  });

  it('WIRE-3: a nested message that overruns its parent', () => {
    expect(content(0x4a, 0x02, 0x0a, 0x05, 0, 0, 0, 0, 0)).toBe('malformed');
  });

  it('WIRE-3: repeated numbers, packed or not, at most 1,024', () => {
    const orders = (packed: boolean, count: number): WireErrorCode | 'accepted' => {
      const inner = packed
        ? [0x0a, (count & 127) | 128, count >> 7, ...Array<number>(count).fill(1)]
        : times(count, () => [0x08, 1]).flat();
      return refusal(() => wire.decodeStrict(wire.AskAgainSchema, Uint8Array.from(inner), 10_000));
    };
    for (const packed of [true, false]) {
      expect(orders(packed, 1024)).toBe('accepted');
      expect(orders(packed, 1025)).toBe('too-many');
    }
  });

  it('WIRE-8: unknown fields are dropped, at most 16', () => {
    const unknown = times(16, () => [0xf8, 0x07, 1]).flat();
    const text = wire.decodeStrict(wire.TextSchema, Uint8Array.from(unknown), 100);
    expect(text).toEqual(create(wire.TextSchema));
    expect(refusal(() => wire.decodeStrict(wire.TextSchema, Uint8Array.from([...unknown, 0xf8, 0x07, 1]), 100))).toBe(
      'too-many',
    );
  });

  it('WIRE-9: content of a kind this version does not know has no body', () => {
    const bytes = toBinary(
      wire.ContentSchema,
      create(wire.ContentSchema, {
        version: 1,
        id: zeros(16),
        conversation: zeros(32),
        from: zeros(32),
        to: zeros(32),
      }),
    );
    expect(wire.decodeContent(Uint8Array.of(...bytes, 0xc2, 0x03, 0x00)).body.case).toBeUndefined();
  });
});

describe('WIRE-4: lengths in the rarer frames', () => {
  const frame = (name: wire.ColdFrameBody['case'], schema: DescMessage, init: object): WireErrorCode | 'accepted' =>
    refusal(() =>
      wire.decodePacket(
        wire.encodeFrame({ request: 1, body: { case: name, value: create(schema, init as never) } as never }),
      ),
    );
  const person = { account: zeros(32), name: 'A' };

  it.each<[wire.ColdFrameBody['case'], DescMessage, object, WireErrorCode]>([
    ['attach', wire.AttachSchema, { name: 'x'.repeat(65) }, 'too-large'],
    ['publishKeys', wire.KeyUploadSchema, {}, 'out-of-range'],
    ['fetchBundles', wire.FetchBundlesSchema, {}, 'missing-field'],
    ['fetchBundles', wire.FetchBundlesSchema, { account: zeros(32), devices: [0] }, 'out-of-range'],
    ['fetchBundles', wire.FetchBundlesSchema, { account: zeros(32), devices: times(128, () => 1) }, 'too-many'],
    ['fetchBundles', wire.FetchBundlesSchema, { account: zeros(32), capability: zeros(3) }, 'bad-length'],
    ['fetchBundles', wire.FetchBundlesSchema, { account: zeros(32), requestToken: zeros(3) }, 'bad-length'],
    ['bundles', wire.BundlesSchema, {}, 'missing-field'],
    ['setAccess', wire.SetAccessSchema, { capabilityHash: zeros(31) }, 'bad-length'],
    ['setAccess', wire.SetAccessSchema, { previousHash: zeros(31) }, 'bad-length'],
    ['setAccess', wire.SetAccessSchema, { requestTokenHashes: [zeros(0)] }, 'missing-field'],
    ['setAccess', wire.SetAccessSchema, { requestTokenHashes: times(65, () => zeros(32)) }, 'too-many'],
    ['find', wire.FindSchema, { token: 'abc' }, 'out-of-range'],
    ['found', wire.FoundSchema, { present: [{ account: zeros(31) }] }, 'bad-length'],
    ['found', wire.FoundSchema, { present: times(501, () => person) }, 'too-many'],
    ['presence', wire.PresenceSchema, {}, 'missing-field'],
    ['announcement', wire.AnnouncementSchema, { signature: zeros(63) }, 'bad-length'],
    ['announcement', wire.AnnouncementSchema, { signature: zeros(64), text: 'x'.repeat(4001) }, 'too-large'],
  ])('WIRE-4: %s', (name, schema, init, code) => {
    expect(frame(name, schema, init)).toBe(code);
  });
});

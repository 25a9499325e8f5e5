import { describe, expect, it } from 'vitest';
import { decodePacket, WireError, type Frame, type WireErrorCode } from './index.ts';

// Packets written by hand, byte by byte: what the generated encoder would never write.

const varint = (value: bigint | number): number[] => {
  const groups: number[] = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return [...groups, Number(rest)];
    groups.push(Number(rest & 127n) | 128);
  }
};
const number = (field: number, value: bigint | number): number[] => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(value.length),
  ...value,
];
const zeros = (length: number): number[] => Array<number>(length).fill(0);
const packet = (...frames: number[][]): Uint8Array => Uint8Array.from(frames.flatMap((one) => bytes(1, one)));

const MAILBOX = bytes(1, zeros(32));
const BODY = bytes(4, [1]);
const send = (...fields: number[][]): Uint8Array => packet(bytes(2, [...MAILBOX, ...BODY, ...fields.flat()]));
const deliver = (...fields: number[][]): Uint8Array => packet(bytes(6, [...bytes(2, [1]), ...fields.flat()]));
const stored = (...fields: number[][]): Uint8Array =>
  packet(bytes(3, [...bytes(3, zeros(64)), ...bytes(4, []), ...fields.flat()]));

function refusal(data: Uint8Array): WireErrorCode | Frame[] {
  try {
    return decodePacket(data);
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe('WIRE-7: a frame holds exactly one body', () => {
  const ping = bytes(20, []);
  it.each<[string, Uint8Array, WireErrorCode]>([
    ['no field at all', packet([]), 'missing-field'],
    ['a request without a body', packet(number(1, 5)), 'missing-field'],
    ['the same body twice', packet([...ping, ...ping]), 'malformed'],
    ['two bodies', packet([...ping, ...bytes(21, [])]), 'malformed'],
    ['a body that is no message', packet(number(20, 1)), 'malformed'],
    ['a request that is no number', packet([...bytes(1, [1]), ...ping]), 'malformed'],
    ['a request above 32 bits', packet([...number(1, 2n ** 32n), ...ping]), 'out-of-range'],
    ['frames that are no message', Uint8Array.from(number(1, 1)), 'malformed'],
  ])('WIRE-7: refuses %s', (_, data, code) => {
    expect(refusal(data)).toBe(code);
  });

  it('WIRE-7: the last of a singular field wins', () => {
    expect(decodePacket(packet([...number(1, 5), ...number(1, 6), ...ping]))[0]!.request).toBe(6);
    expect(decodePacket(deliver(number(1, 5), number(1, 6)))[0]!.body.value).toMatchObject({ expires: 6 });
  });

  it('WIRE-7: fields may come in any order', () => {
    expect(decodePacket(packet([...ping, ...number(1, 5)]))).toEqual([
      { request: 5, body: { case: 'ping', value: {} } },
    ]);
  });
});

describe('WIRE-1: the wire format itself', () => {
  it.each<[string, Uint8Array, WireErrorCode]>([
    ['a truncated tag', Uint8Array.of(0x80), 'malformed'],
    ['field number 0', Uint8Array.of(0x02, 0x00), 'malformed'],
    ['a field number above 2^29-1', Uint8Array.from([...varint(2n ** 32n), 0]), 'malformed'],
    ['a length without bytes', Uint8Array.of(0x0a, 0x05, 0x01), 'malformed'],
    ['a length of 2^53-1', Uint8Array.from([0x0a, ...varint(2n ** 53n - 1n)]), 'malformed'],
    ['a frame longer than its packet', Uint8Array.of(0x0a, 0x03, 0xa2, 0x01, 0x01), 'malformed'],
    ['a body longer than its frame', Uint8Array.of(0x0a, 0x03, 0xa2, 0x01, 0x01, 0x00), 'malformed'],
    ['a group', packet([0x0b, 0x0c]), 'malformed'],
    ['an unknown group', packet([...bytes(20, []), (90 << 3) & 127, 0x03]), 'malformed'],
    ['wire type 6', packet([...bytes(20, []), ...varint((90 << 3) | 6)]), 'malformed'],
    ['wire type 7', packet([...bytes(20, []), ...varint((90 << 3) | 7)]), 'malformed'],
    ['a varint of 11 bytes', deliver([8, ...zeros(10).map(() => 0x80), 0]), 'malformed'],
    ['2^53', deliver(number(1, 2n ** 53n)), 'out-of-range'],
    ['2^64-1', deliver(number(1, 2n ** 64n - 1n)), 'out-of-range'],
    ['a bool of 2', deliver(number(3, 2)), 'out-of-range'],
    ['a truncated fixed64', packet([...bytes(20, []), ...varint((90 << 3) | 1), 0, 0]), 'malformed'],
    ['a truncated fixed32', packet([...bytes(20, []), ...varint((90 << 3) | 5), 0]), 'malformed'],
    ['a truncated unknown varint', packet([...bytes(20, []), ...varint(90 << 3), 0x80]), 'malformed'],
  ])('WIRE-1: refuses %s', (_, data, code) => {
    expect(refusal(data)).toBe(code);
  });

  it('WIRE-1: a varint padded to 10 bytes is a varint', () => {
    const padded = [8, 0x85, ...zeros(8).map(() => 0x80), 0];
    expect(decodePacket(deliver(padded))[0]!.body.value).toMatchObject({ expires: 5 });
    expect(decodePacket(deliver(number(1, 2n ** 53n - 1n)))[0]!.body.value).toMatchObject({ expires: 2 ** 53 - 1 });
  });
});

describe('WIRE-4: lengths in hot frames', () => {
  const path = (length: number): number[] => bytes(4, bytes(3, zeros(length)));
  it.each<[string, Uint8Array, WireErrorCode]>([
    ['Send without a mailbox', packet(bytes(2, BODY)), 'bad-length'],
    ['a mailbox of 31 bytes', send(bytes(1, zeros(31))), 'bad-length'],
    ['a mailbox of 33 bytes', send(bytes(1, zeros(33))), 'bad-length'],
    ['Send without a body', packet(bytes(2, MAILBOX)), 'bad-length'],
    ['a body of 49,153 bytes', send(bytes(4, zeros(49_153))), 'bad-length'],
    ['a capability of 15 bytes', send(bytes(5, zeros(15))), 'bad-length'],
    ['a request token of 17 bytes', send(bytes(6, zeros(17))), 'bad-length'],
    ['a device above 32 bits', send(number(2, 2n ** 32n)), 'out-of-range'],
    ['a mailbox that is a number', send(number(1, 1)), 'malformed'],
    ['Deliver without a body', packet(bytes(6, [])), 'bad-length'],
    ['Deliver with a body too long', deliver(bytes(2, zeros(49_153))), 'bad-length'],
    ['Deliver.live as bytes', deliver(bytes(3, [])), 'malformed'],
    ['Stored without items', packet(bytes(3, bytes(3, zeros(64)))), 'missing-field'],
    ['Stored with a signature of 63 bytes', stored(bytes(3, zeros(63))), 'bad-length'],
    ['Stored.items as a number', stored(number(4, 1)), 'malformed'],
    ['StoredItem.leaf as bytes', stored(bytes(4, bytes(2, []))), 'malformed'],
    ['a path of 33 bytes', stored(path(33)), 'bad-length'],
    ['a path of 21 hashes', stored(path(21 * 32)), 'bad-length'],
    ['257 items', stored(...Array<number[]>(256).fill(bytes(4, []))), 'too-many'],
    ['no ids', packet(bytes(7, [])), 'bad-length'],
    ['ids of 33 bytes', packet(bytes(7, bytes(1, zeros(33)))), 'bad-length'],
    ['1,025 ids', packet(bytes(7, bytes(1, zeros(1025 * 32)))), 'bad-length'],
    ['ids as a number', packet(bytes(7, number(1, 3))), 'malformed'],
    ['a refusal without a code', packet(bytes(4, number(2, 5))), 'missing-field'],
    ['a refusal with a negative code', packet(bytes(4, number(1, 2n ** 64n - 1n))), 'out-of-range'],
    ['a refusal code of 2^31', packet(bytes(4, number(1, 2n ** 31n))), 'out-of-range'],
    ['Refusal.code as bytes', packet(bytes(4, bytes(1, []))), 'malformed'],
    ['Closing.retry_ms as bytes', packet(bytes(22, bytes(1, []))), 'malformed'],
  ])('WIRE-4: refuses %s', (_, data, code) => {
    expect(refusal(data)).toBe(code);
  });

  it('WIRE-4: takes the longest of everything', () => {
    expect(decodePacket(send(bytes(4, zeros(49_152)), bytes(5, zeros(16)), bytes(6, zeros(16))))).toHaveLength(1);
    expect(decodePacket(stored(...Array<number[]>(255).fill(bytes(4, []))))).toHaveLength(1);
    expect(decodePacket(stored(path(20 * 32)))).toHaveLength(1);
    expect(decodePacket(packet(bytes(7, bytes(1, zeros(1024 * 32)))))).toHaveLength(1);
  });

  it('WIRE-4: errors name the field and never quote its bytes', () => {
    expect(() => decodePacket(send(bytes(5, [9, 9, 9])))).toThrow(/^Send\.capability: wrong length$/);
  });
});

describe('WIRE-8: unknown fields are skipped, up to 16 a message', () => {
  const unknown: number[][] = [
    number(90, 2n ** 64n - 1n),
    bytes(91, [1, 2, 3]),
    [...varint((92 << 3) | 1), ...zeros(8)],
    [...varint((93 << 3) | 5), ...zeros(4)],
    number(2 ** 28, 1),
  ];

  it('WIRE-8: in frames, in values, in packets, of every wire type', () => {
    const extra = unknown.flat();
    const one = packet([...bytes(6, [...bytes(2, [1]), ...extra]), ...extra]);
    const frames = decodePacket(Uint8Array.from([...one, ...extra]));
    expect(frames).toEqual(decodePacket(deliver()));
    for (const field of [2, 3, 4, 7, 20, 22]) {
      const known = field === 2 ? [...MAILBOX, ...BODY] : [];
      if (field === 3) known.push(...bytes(3, zeros(64)), ...bytes(4, extra));
      if (field === 4) known.push(...number(1, 1));
      if (field === 7) known.push(...bytes(1, zeros(32)));
      expect(decodePacket(packet(bytes(field, [...known, ...extra])))).toEqual(
        decodePacket(packet(bytes(field, known))),
      );
    }
  });

  it('WIRE-8: 16 are skipped, 17 are refused', () => {
    const many = (count: number): number[] => Array<number[]>(count).fill(number(90, 1)).flat();
    expect(decodePacket(deliver(many(16)))).toHaveLength(1);
    expect(refusal(deliver(many(17)))).toBe('too-many');
    expect(refusal(packet([...bytes(20, []), ...many(17)]))).toBe('too-many');
    expect(refusal(Uint8Array.from(many(17)))).toBe('too-many');
  });
});

describe('WIRE-9: a kind of frame this version does not know', () => {
  it('WIRE-9: is told apart from a frame without a body', () => {
    expect(decodePacket(packet([...number(1, 7), ...bytes(40, [1, 2])]))).toEqual([
      { request: 7, body: { case: 'unknown', value: { field: 40 } } },
    ]);
  });

  it('WIRE-9: does not hide a body that is known', () => {
    const both = decodePacket(packet([...bytes(40, [1]), ...bytes(20, []), ...bytes(41, [])]));
    expect(both[0]!.body.case).toBe('ping');
  });

  it('WIRE-9: an unknown number is no body', () => {
    expect(refusal(packet(number(40, 1)))).toBe('missing-field');
  });
});

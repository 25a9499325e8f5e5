import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Close } from '@sotto/protocol/link';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { unmask } from './unmask.ts';

const KEY = [0x11, 0xa2, 0x33, 0xf4];

/** A frame as a client sends it. */
function frame(first: number, payload: Uint8Array, options: { masked?: boolean; long?: boolean } = {}): Buffer {
  const { masked = true, long = payload.length > 125 } = options;
  const header = long ? [first, 126, payload.length >>> 8, payload.length & 0xff] : [first, payload.length];
  if (!masked) return Buffer.from([...header, ...payload]);
  header[1]! |= 0x80;
  return Buffer.from([...header, ...KEY, ...payload.map((byte, at) => byte ^ KEY[at & 3]!)]);
}

class Sink implements FrameSink {
  paused = false;
  readonly events: string[] = [];
  message(payload: Uint8Array): void {
    this.events.push(`message ${Buffer.from(payload).toString('hex')}`);
  }
  ping(payload: Uint8Array): void {
    this.events.push(`ping ${Buffer.from(payload).toString('hex')}`);
  }
  pong(): void {
    this.events.push('pong');
  }
  closeFrame(code: number): void {
    this.events.push(`close ${code}`);
  }
  broken({ code }: Close): void {
    this.events.push(`broken ${code}`);
  }
}

function read(...chunks: Uint8Array[]): string[] {
  const sink = new Sink();
  const reader = new FrameReader(sink, 1000);
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return sink.events;
}

const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);

describe('masks', () => {
  test('taken off a word at a time as byte by byte, wherever the payload lies', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(7),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        (payload, offset, mask) => {
          const expected = payload.map((byte, at) => byte ^ mask[at & 3]!);
          const memory = new Uint8Array(offset + payload.length + 8);
          memory.set(payload, offset);
          const data = Uint8Array.of(9, ...mask);
          unmask(memory.subarray(offset, offset + payload.length), data, 1);
          expect(memory.subarray(offset, offset + payload.length)).toEqual(expected);
          expect(memory.subarray(offset + payload.length)).toEqual(new Uint8Array(8));
        },
      ),
    );
  });
});

describe('frames', () => {
  test('the same messages however they are cut into fragments and chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(400), { maxLength: 3 }), fc.boolean()), {
          maxLength: 5,
        }),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 10 }),
        (messages, cuts) => {
          const sent: Buffer[] = [];
          const expected: string[] = [];
          for (const [payload, borders, ping] of messages) {
            const ends = [...borders.filter((at) => at < payload.length).sort((a, b) => a - b), payload.length];
            let from = 0;
            for (const [index, end] of ends.entries()) {
              const fin = index === ends.length - 1 ? 0x80 : 0;
              sent.push(frame(fin | (index === 0 ? 2 : 0), payload.subarray(from, end)));
              from = end;
              // Control frames may come between fragments.
              if (ping && fin === 0) sent.push(frame(0x89, bytes(index)));
              if (ping && fin === 0) expected.push(`ping 0${index}`);
            }
            expected.push(`message ${Buffer.from(payload).toString('hex')}`);
          }
          const stream = Buffer.concat(sent);
          const sink = new Sink();
          const reader = new FrameReader(sink, 1000);
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const size = cuts[turn % cuts.length]!;
            reader.push(Buffer.from(stream.subarray(at, at + size)));
            at += size;
          }
          expect(sink.events).toEqual(expected);
        },
      ),
    );
  });

  test('ping, pong and close', () => {
    expect(read(frame(0x89, bytes(1, 2)), frame(0x8a, bytes()), frame(0x88, bytes(0x0f, 0xa1, 65)))).toEqual([
      'ping 0102',
      'pong',
      'close 4001',
    ]);
    expect(read(frame(0x88, bytes()), frame(0x82, bytes(1)))).toEqual(['close 1005']);
  });

  test('nothing is handed out while paused, everything after', () => {
    const sink = new Sink();
    const reader = new FrameReader(sink, 1000);
    sink.message = (payload) => {
      sink.paused = true;
      Sink.prototype.message.call(sink, payload);
    };
    reader.push(Buffer.concat([1, 2, 3].map((byte) => frame(0x82, bytes(byte)))));
    reader.push(frame(0x82, bytes(4)));
    const seen: number[] = [];
    for (let round = 0; round < 5; round++) {
      seen.push(sink.events.length);
      sink.paused = false;
      reader.proceed();
    }
    expect(seen).toEqual([1, 2, 3, 4, 4]);
    expect(sink.events).toEqual(['message 01', 'message 02', 'message 03', 'message 04']);
  });
});

describe('what breaks the protocol', () => {
  test.each<[string, Uint8Array[], number]>([
    ['a frame without a mask', [frame(0x82, bytes(1), { masked: false })], 4400],
    ['a reserved bit', [frame(0xc2, bytes(1))], 4400],
    ['text', [frame(0x81, bytes(65))], 4400],
    ['a reserved opcode', [frame(0x83, bytes())], 4400],
    ['a reserved control opcode', [frame(0x8b, bytes())], 4400],
    ['a control frame in pieces', [frame(0x09, bytes())], 4400],
    ['a long control frame', [frame(0x89, new Uint8Array(126))], 4400],
    ['a close frame with half a code', [frame(0x88, bytes(3))], 4400],
    ['a continuation of nothing', [frame(0x80, bytes(1))], 4400],
    ['a new message inside another', [frame(0x02, bytes(1)), frame(0x82, bytes(1))], 4400],
    ['too many pieces', [frame(0x02, bytes()), ...Array.from({ length: 64 }, () => frame(0x00, bytes()))], 4400],
    ['a message above the limit', [frame(0x82, new Uint8Array(1001))], 4413],
    ['pieces that add up to more', [frame(0x02, new Uint8Array(600)), frame(0x80, new Uint8Array(401))], 4413],
    ['a 64-bit length', [bytes(0x82, 0xff)], 4413],
  ])('%s', (_, chunks, code) => {
    expect(read(...chunks, frame(0x82, bytes(1)))).toEqual([`broken ${code}`]);
  });

  test('a length above the limit is refused when the header is there, before the payload', () => {
    expect(read(frame(0x82, new Uint8Array(1001)).subarray(0, 4))).toEqual(['broken 4413']);
    expect(read(frame(0x82, new Uint8Array(1000)).subarray(0, 1007))).toEqual([]);
  });

  test('random bytes end in messages or in one break', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }), (chunks) => {
        const events = read(...chunks);
        expect(events.filter((event) => event.startsWith('broken')).length).toBeLessThanOrEqual(1);
        for (const event of events.slice(0, -1)) expect(event).toMatch(/^(message|ping|pong)/);
      }),
    );
  });
});

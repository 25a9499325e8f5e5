import { Duplex, duplexPair, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { BatchChannel } from './batch-channel.ts';

const NUMBERS = 1;
const BYTES = 2;

/** What arrives at the other end of a channel, when what was written is cut into pieces of this size. */
async function through(pieceBytes: number, post: (channel: BatchChannel) => void): Promise<unknown[]> {
  const written: Buffer[] = [];
  const sender = new BatchChannel(
    new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        written.push(Buffer.from(chunk));
        done();
      },
    }),
  );
  post(sender);
  sender.flush();
  const arrived: unknown[] = [];
  const stream = new PassThrough();
  const receiver = new BatchChannel(stream);
  receiver.on(NUMBERS, (reader) => arrived.push(reader.f64()));
  receiver.on(BYTES, (reader) => arrived.push(Array.from(reader.bytes(reader.u32()))));
  const all = Buffer.concat(written);
  for (let at = 0; at < all.length; at += pieceBytes) stream.write(all.subarray(at, at + pieceBytes));
  await new Promise(setImmediate);
  return arrived;
}

describe('batches', () => {
  test.each([1, 2, 3, 5, 7, 1000, 1e9])(
    'OPS-40: what is posted arrives in order, in pieces of %d bytes',
    async (piece) => {
      const large = Array.from({ length: 3000 }, (_, at) => at & 0xff);
      const arrived = await through(piece, (channel) => {
        channel.post(NUMBERS).f64(1);
        const writer = channel.post(BYTES);
        writer.u32(large.length);
        writer.bytes(Uint8Array.from(large));
        channel.flush();
        channel.post(NUMBERS).f64(2);
        channel.flush();
        channel.flush();
        channel.post(BYTES).u32(0);
      });
      expect(arrived).toEqual([1, large, 2, []]);
    },
  );

  test('OPS-40: all of one turn leaves at once', async () => {
    let writes = 0;
    const stream = new Duplex({
      read: () => {},
      write: (_chunk, _encoding, done) => {
        writes += 1;
        done();
      },
    });
    const channel = new BatchChannel(stream);
    for (let count = 0; count < 100; count++) channel.post(NUMBERS).f64(count);
    expect(writes).toBe(0);
    await new Promise(setImmediate);
    expect(writes).toBe(1);
  });

  test('OPS-40: an entry that could not be written whole is taken back, the others leave', async () => {
    const arrived = await through(1e9, (channel) => {
      channel.post(NUMBERS).f64(1);
      const { gathered } = channel;
      channel.post(BYTES).u32(7);
      channel.takeBack(gathered);
      channel.post(NUMBERS).f64(2);
    });
    expect(arrived).toEqual([1, 2]);
    expect(
      await through(1e9, (channel) => {
        const { gathered } = channel;
        channel.post(BYTES).u32(7);
        channel.takeBack(gathered);
      }),
    ).toEqual([]);
  });
});

test('OPS-40: what is not understood ends the channel, and so does the other end', async () => {
  const [a, b] = duplexPair();
  const [left, right] = [new BatchChannel(a), new BatchChannel(b)];
  let closed = 0;
  left.onClosed(() => closed++);
  right.onClosed(() => closed++);
  left.post(99);
  await expect.poll(() => right.closed && left.closed).toBe(true);
  expect(closed).toBe(2);
  // Nobody is there: nothing happens.
  left.post(NUMBERS).f64(1);
  left.flush();
});

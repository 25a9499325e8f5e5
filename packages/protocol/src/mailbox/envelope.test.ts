import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { noblePrimitives } from '../crypto/index.ts';
import { codeOf, flipBit, seededRandom } from '../identity/identity.fixture.ts';
import { ENVELOPE_SIZES } from '../wire/index.ts';
import { envelopeId, envelopeProblem, MAX_EXPIRY_SECONDS, sizeClassFor, type Envelope } from './index.ts';

const random = seededRandom('envelope');
const envelope: Envelope = { mailbox: random(32), device: 1, expires: 1_790_000_000, body: random(2048) };
const idOf = (change: Partial<Envelope> = {}): Uint8Array => envelopeId(noblePrimitives, { ...envelope, ...change });

/** MB-1 written again with integers of its own. */
function reference({ mailbox, device, expires, body }: Envelope): string {
  const numbers = device.toString(16).padStart(8, '0') + expires.toString(16).padStart(16, '0');
  return createHash('sha256')
    .update('sotto/envelope/1')
    .update(mailbox)
    .update(numbers, 'hex')
    .update(body)
    .digest('hex');
}

describe('envelope id', () => {
  it('MB-1: is the hash of label, mailbox, device, expiry and body', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.nat(2 ** 32 - 1),
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.uint8Array({ maxLength: 200 }),
        (mailbox, device, expires, body) => {
          const id = envelopeId(noblePrimitives, { mailbox, device, expires, body });
          expect(Buffer.from(id).toString('hex')).toBe(reference({ mailbox, device, expires, body }));
        },
      ),
    );
    for (const size of ENVELOPE_SIZES) {
      const body = random(size);
      expect(Buffer.from(idOf({ body })).toString('hex')).toBe(reference({ ...envelope, body }));
    }
  });

  it('MB-1: a short body after a long one leaves nothing behind', () => {
    const before = idOf();
    idOf({ body: random(49_152) });
    expect(idOf()).toEqual(before);
  });

  it('MB-1: another mailbox, device, expiry or body is another envelope', () => {
    const all = [
      idOf(),
      idOf({ mailbox: flipBit(envelope.mailbox, 0) }),
      idOf({ device: 2 }),
      idOf({ expires: envelope.expires + 1 }),
      idOf({ expires: envelope.expires + 2 ** 32 }),
      idOf({ body: flipBit(envelope.body, 9000) }),
      idOf({ body: envelope.body.subarray(1) }),
    ];
    expect(new Set(all.map((id) => Buffer.from(id).toString('hex'))).size).toBe(all.length);
  });

  it('MB-1: fields out of range have no id', () => {
    for (const change of [
      { mailbox: random(31) },
      { body: new Uint8Array(49_153) },
      { device: 2 ** 32 },
      { device: -1 },
      { device: 1.5 },
      { expires: -1 },
      { expires: 2 ** 53 },
      { expires: 0.5 },
    ]) {
      expect(
        codeOf(() => idOf(change)),
        Object.keys(change)[0],
      ).toBe('bad-length');
    }
  });
});

describe('envelope limits', () => {
  const now = envelope.expires - 100;
  const problem = (change: Partial<Envelope>): unknown => envelopeProblem({ ...envelope, ...change }, now);

  it('MB-2: device, size and expiry', () => {
    expect(problem({})).toBeNull();
    expect(problem({ device: 127 })).toBeNull();
    for (const device of [0, 128, 1.5, NaN]) expect(problem({ device })).toBe('device');
    for (const size of ENVELOPE_SIZES) expect(problem({ body: new Uint8Array(size) })).toBeNull();
    for (const size of [0, 2047, 2049, 49_153]) expect(problem({ body: new Uint8Array(size) })).toBe('size');
    expect(problem({ expires: now + 1 })).toBeNull();
    expect(problem({ expires: now + MAX_EXPIRY_SECONDS })).toBeNull();
    expect(problem({ expires: now })).toBe('expired');
    expect(problem({ expires: NaN })).toBe('expired');
    expect(problem({ expires: now + MAX_EXPIRY_SECONDS + 1 })).toBe('expiry-too-far');
  });

  it('MB-2: the smallest size that fits', () => {
    expect(sizeClassFor(0)).toBe(2048);
    for (const size of ENVELOPE_SIZES) {
      expect(sizeClassFor(size)).toBe(size);
      expect(sizeClassFor(size - 1)).toBe(size);
    }
    expect(sizeClassFor(2049)).toBe(4096);
    expect(sizeClassFor(49_153)).toBeNull();
  });
});

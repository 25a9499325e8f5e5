import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noblePrimitives } from '../crypto/index.ts';
import { codeOf, flipBit, NOW_MS, seededRandom } from '../identity/identity.fixture.ts';
import {
  announcementBytes,
  capabilityHash,
  conversationId,
  requestTokenHash,
  signAnnouncement,
  verifyAnnouncement,
  type AnnouncementFields,
} from './index.ts';

const random = seededRandom('signed values');
const sha256 = (...parts: (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

describe('access', () => {
  it('MB-9: hashes carry their label, so a token is no capability', () => {
    const secret = random(16);
    expect(capabilityHash(noblePrimitives, secret)).toEqual(sha256('sotto/capability/1', secret));
    expect(requestTokenHash(noblePrimitives, secret)).toEqual(sha256('sotto/request-token/1', secret));
    for (const length of [0, 15, 17]) {
      expect(codeOf(() => capabilityHash(noblePrimitives, random(length)))).toBe('bad-length');
      expect(codeOf(() => requestTokenHash(noblePrimitives, random(length)))).toBe('bad-length');
    }
  });
});

describe('conversation', () => {
  it('MB-10: both sides compute the same, other pairs another', () => {
    const [a, b, c] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(0xf0), random(32)];
    const id = conversationId(noblePrimitives, a, b);
    expect(id).toEqual(sha256('sotto/conversation/1', a, b));
    expect(conversationId(noblePrimitives, b, a)).toEqual(id);
    expect(conversationId(noblePrimitives, a, c)).not.toEqual(id);
    expect(conversationId(noblePrimitives, a, a)).toEqual(sha256('sotto/conversation/1', a, a));
    expect(codeOf(() => conversationId(noblePrimitives, a, b.subarray(1)))).toBe('bad-length');
  });
});

describe('announcements', () => {
  const seed = random(32);
  const nodeId = noblePrimitives.ed25519.publicKey(seed);
  const fields: AnnouncementFields = { network: random(32), sentAt: NOW_MS, account: null, text: 'Tea is ready ☕' };
  const signature = signAnnouncement(noblePrimitives, seed, fields);
  const verify = (change: Partial<AnnouncementFields>, by = nodeId, with_ = signature): boolean =>
    verifyAnnouncement(noblePrimitives, by, { ...fields, ...change }, with_);

  it('MB-11: one to all is signed over zeros in place of the account', () => {
    expect(verify({})).toBe(true);
    expect(Buffer.from(announcementBytes(fields)).toString('latin1')).toContain('\0'.repeat(32));
  });

  it('MB-11: another node, network, time, text or audience does not verify', () => {
    expect(verify({}, random(32))).toBe(false);
    expect(verify({ network: random(32) })).toBe(false);
    expect(verify({ sentAt: NOW_MS + 1 })).toBe(false);
    expect(verify({ text: 'Tea is ready' })).toBe(false);
    expect(verify({ account: random(32) })).toBe(false);
    expect(verify({}, nodeId, flipBit(signature, 77))).toBe(false);
    const personal = { ...fields, account: random(32) };
    const hers = signAnnouncement(noblePrimitives, seed, personal);
    expect(verifyAnnouncement(noblePrimitives, nodeId, personal, hers)).toBe(true);
    expect(verify({}, nodeId, hers)).toBe(false);
    expect(verify({ account: random(32) }, nodeId, hers)).toBe(false);
    expect(codeOf(() => announcementBytes({ ...fields, account: random(31) }))).toBe('bad-length');
  });
});

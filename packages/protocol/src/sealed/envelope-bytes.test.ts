import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noblePrimitives } from '../crypto/index.ts';
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey } from '../handshake/index.ts';
import { NOW_MS, person, seededRandom } from '../identity/identity.fixture.ts';
import { conversationId, LIVE_BODY_BYTES, MAX_CONTENT_BYTES, padContent, PADDING_STEP } from '../mailbox/index.ts';
import { acceptSession, decryptRatchet, encrypt, startSession, type SessionState } from '../ratchet/index.ts';
import {
  ContentSchema,
  create,
  decodeDeviceCertificate,
  encode,
  ENVELOPE_SIZES,
  SealedKind,
  SealedMessageSchema,
  type Content,
} from '../wire/index.ts';
import { AROUND_CONTENT_BYTES, createSealKey, envelopeBytesFor, seal, SEAL_OVERHEAD_BYTES } from './index.ts';

const random = seededRandom('sizes');
const anna = person('anna');
const ben = person('ben');
const certificate = decodeDeviceCertificate(anna.device.certificate);
const local = (who: typeof anna) => ({ ...who.device, registrationId: 16_380 });
const pair = createSealKey(noblePrimitives, random, {
  account: ben.account.publicKey,
  device: 1,
  signingSeed: ben.device.signingSeed,
  id: 0xffff_ffff,
  until: NOW_MS,
});

interface Step {
  readonly kind: 'prekey' | 'ratchet';
  readonly message: Uint8Array;
  readonly headroom: number;
}

/** A session whose keys have the largest numbers there are, with a one-time key. */
function begin(): { anna: SessionState; answer: (first: Uint8Array) => SessionState } {
  const [most] = [0xff_ffff];
  const signedPrekey = createSignedPrekey(noblePrimitives, random, ben.device.identitySecret, most);
  const kyberPrekey = createKyberPrekey(noblePrimitives, random, ben.device.identitySecret, most);
  const [oneTime] = createOneTimePrekeys(noblePrimitives, random, most, 1);
  const bundle = {
    identityKey: ben.device.identityKey,
    registrationId: 16_380,
    signedPrekey,
    kyberPrekey,
    oneTime: oneTime!,
  };
  const lookup = { signedPrekey: () => signedPrekey, oneTime: () => oneTime!, kyber: () => kyberPrekey };
  return {
    anna: startSession(noblePrimitives, random, { local: local(anna), bundle, nowMs: NOW_MS }),
    answer: (first) => acceptSession(noblePrimitives, random, local(ben), lookup, first).state,
  };
}

const neededFor = ({ kind, message }: Step): number =>
  SEAL_OVERHEAD_BYTES +
  encode(
    SealedMessageSchema,
    create(SealedMessageSchema, {
      certificate,
      kind: kind === 'prekey' ? SealedKind.PREKEY : SealedKind.RATCHET,
      contentId: new Uint8Array(16),
      message,
    }),
  ).length;

const { account } = anna;
const common = {
  version: 1,
  id: random(16),
  conversation: conversationId(noblePrimitives, account.publicKey, ben.account.publicKey),
  from: account.publicKey,
  to: ben.account.publicKey,
  sentAt: BigInt(NOW_MS),
  deviceListRevision: 7n,
};
const id = () => fc.uint8Array({ minLength: 16, maxLength: 16 });
const text = fc.string({ unit: 'grapheme', maxLength: 3000 });
const name = fc.string({ unit: 'grapheme', maxLength: 64 });
const body: fc.Arbitrary<Content['body']> = fc.oneof(
  text.map((words) => ({ case: 'text', value: { text: words } }) as Content['body']),
  fc.record({ target: id(), text }).map((value) => ({ case: 'edit', value }) as Content['body']),
  fc
    .record({ target: id(), emoji: fc.constantFrom('', '👍', '👨‍👩‍👧‍👦') })
    .map((value) => ({ case: 'reaction', value }) as Content['body']),
  id().map((target) => ({ case: 'delete', value: { target } }) as Content['body']),
  fc.array(id(), { maxLength: 500 }).map((ids) => ({ case: 'receipt', value: { kind: 1, ids } }) as Content['body']),
  fc.boolean().map((active) => ({ case: 'typing', value: { active } }) as Content['body']),
  fc
    .uint8Array({ maxLength: 5000 })
    .map((content) => ({ case: 'sync', value: { event: { case: 'sent', value: { content } } } }) as Content['body']),
  fc
    .record({ account: fc.constant(account.publicKey), petname: name, verified: fc.boolean() })
    .map((value) => ({ case: 'sync', value: { event: { case: 'contact', value } } }) as Content['body']),
);

describe('SEAL-7, MB-2, MB-7: the size of an envelope', () => {
  it('is one of six, by the length of the padded content alone, whatever is said and wherever in a session', () => {
    const session = begin();
    const ofFirst = session.anna;
    const first = encrypt(noblePrimitives, random, ofFirst, new Uint8Array(0));
    let bens = session.answer(first.message);
    let annas = first.state;
    const turn = (): void => {
      const back = encrypt(noblePrimitives, random, bens, new Uint8Array(0));
      annas = decryptRatchet(noblePrimitives, random, annas, back.message).state;
      bens = back.state;
    };
    turn();
    const seen = { prekey: 0, ratchet: 0, chunks: 0 };
    fc.assert(
      fc.property(body, fc.option(name), fc.boolean(), (said, profile, answered) => {
        const named = profile === null ? {} : { profile: { name: profile, color: 0xff_ffff } };
        const content = create(ContentSchema, { ...common, order: 3n, body: said, ...named });
        const padded = padContent(encode(ContentSchema, content));
        expect(padded.length % PADDING_STEP).toBe(0);
        const size = envelopeBytesFor(padded.length);
        expect(ENVELOPE_SIZES).toContain(size);
        const later = encrypt(noblePrimitives, random, annas, padded);
        bens = decryptRatchet(noblePrimitives, random, bens, later.message).state;
        annas = later.state;
        if (answered) turn();
        for (const step of [encrypt(noblePrimitives, random, ofFirst, padded), later]) {
          seen[step.kind]++;
          // What is missing to the longest part is less than a chunk: it carries one.
          if (step.headroom < 32) seen.chunks++;
          // Not more around it than is allowed for, so that it fits the size chosen for its content.
          expect(neededFor(step) + step.headroom - padded.length).toBeLessThanOrEqual(AROUND_CONTENT_BYTES);
          expect(neededFor(step)).toBeLessThanOrEqual(size);
        }
      }),
      { numRuns: 120 },
    );
    expect(Math.min(seen.prekey, seen.ratchet, seen.chunks)).toBeGreaterThan(30);
  }, 60_000);

  it('is 4 kB for short texts: of a first message, of a later one, with a post-quantum chunk and without, and live', () => {
    const session = begin();
    const first = encrypt(noblePrimitives, random, session.anna, padContent(new Uint8Array(700)));
    let bens = session.answer(first.message);
    const back = encrypt(noblePrimitives, random, bens, padContent(new Uint8Array(200)));
    bens = back.state;
    const sizes = [first, back].map((step) => {
      const message = { certificate, kind: SealedKind.PREKEY, contentId: new Uint8Array(16), message: step.message };
      return seal(noblePrimitives, random, {
        sealKey: { id: 1, key: pair.publicKey, until: NOW_MS },
        mailbox: ben.account.publicKey,
        device: 1,
        minimumBytes: envelopeBytesFor(256),
        headroom: step.headroom,
        message,
      }).length;
    });
    expect([...sizes, LIVE_BODY_BYTES, envelopeBytesFor(768)]).toEqual([4096, 4096, 4096, 4096]);
  });

  it('has a size for the longest content', () => {
    expect(envelopeBytesFor(MAX_CONTENT_BYTES + 1)).toBe(49_152);
    const { anna: state } = begin();
    const step = encrypt(noblePrimitives, random, state, padContent(new Uint8Array(MAX_CONTENT_BYTES)));
    expect(neededFor(step)).toBeLessThanOrEqual(49_152);
  });
});

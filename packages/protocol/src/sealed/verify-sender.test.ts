import { beforeAll, describe, expect, it } from 'vitest';
import { noblePrimitives } from '../crypto/index.ts';
import { createKyberPrekey, createSignedPrekey, type RemoteBundle, type SignedPrekey } from '../handshake/index.ts';
import { codeOf, NOW_MS, person, seededRandom, type Person } from '../identity/identity.fixture.ts';
import { createAccount, createDevice, signDeviceList, verifyCertificate } from '../identity/index.ts';
import { conversationId, MAX_CONTENT_BYTES, padContent, unpadContent } from '../mailbox/index.ts';
import { acceptSession, encrypt, startSession, type Accepted } from '../ratchet/index.ts';
import {
  create,
  ContentSchema,
  decodeContent,
  decodeDeviceCertificate,
  encode,
  SealedKind,
  type Content,
} from '../wire/index.ts';
import { createSealKey, open, seal, verifySender, type SenderClaim } from './index.ts';

const random = seededRandom('senders');
const anna = person('anna');
const ben = person('ben');
const mallory = person('mallory');

function contentBetween(from: Person, to: Person, text = 'hello'): Content {
  return create(ContentSchema, {
    version: 1,
    id: new Uint8Array(16),
    conversation: conversationId(noblePrimitives, from.account.publicKey, to.account.publicKey),
    from: from.account.publicKey,
    to: to.account.publicKey,
    body: { case: 'text', value: { text } },
  });
}

const claim: SenderClaim = {
  certificate: anna.device.certificate,
  deviceList: anna.list,
  sessionRemoteIdentity: anna.device.identityKey,
  content: contentBetween(anna, ben),
  recipient: ben.account.publicKey,
};
const check = (change: Partial<SenderClaim>): unknown =>
  codeOf(() => verifySender(noblePrimitives, { ...claim, ...change }));

describe('TM-15: sender', () => {
  it('SEAL-4: a message for which everything holds is from its sender', () => {
    expect(check({})).toEqual(anna.certificate);
    expect(check({ certificate: decodeDeviceCertificate(anna.device.certificate) })).toEqual(anna.certificate);
  });

  it('SEAL-4: the certificate of the list is not verified again, any other one is', () => {
    let checks = 0;
    const verify: typeof noblePrimitives.ed25519.verify = (...args) => {
      checks++;
      return noblePrimitives.ed25519.verify(...args);
    };
    const counting = { ...noblePrimitives, ed25519: { ...noblePrimitives.ed25519, verify } };
    verifySender(counting, claim);
    expect(checks).toBe(0);
    // The same keys certified again, a moment later: accepted, after its two signatures.
    const { account, device } = anna;
    const replayed = [device.identitySecret, device.signingSeed, device.linkSecret, new Uint8Array(64)];
    const again = createDevice(noblePrimitives, () => replayed.shift()!.slice(), account, 1, NOW_MS + 1);
    expect(verifySender(counting, { ...claim, certificate: again.certificate }).createdAt).toBe(NOW_MS + 1);
    expect(checks).toBe(2);
  });

  it('SEAL-4: a certificate with a wrong signature is refused', () => {
    const forged = decodeDeviceCertificate(anna.device.certificate);
    forged.accountSignature = decodeDeviceCertificate(mallory.device.certificate).accountSignature;
    expect(check({ certificate: forged })).toBe('bad-certificate');
    expect(check({ certificate: new Uint8Array(0) })).toBe('bad-certificate');
  });

  it("SEAL-4: a device that is not in its account's newest list is refused", () => {
    expect(check({ deviceList: mallory.list })).toBe('not-listed');
    // The very same device keys in a list of another account: that account did not send this.
    const other = createAccount(noblePrimitives, random);
    const keys = [anna.device.identitySecret, anna.device.signingSeed, anna.device.linkSecret, new Uint8Array(64)];
    const moved = createDevice(noblePrimitives, () => keys.shift()!.slice(), other, 1, NOW_MS);
    const next = { certificates: [moved.certificate], previous: null, nowMs: NOW_MS };
    expect(check({ deviceList: signDeviceList(noblePrimitives, other, next) })).toBe('not-listed');
    const second = createDevice(noblePrimitives, random, anna.account, 2, NOW_MS);
    const onlySecond = signDeviceList(noblePrimitives, anna.account, {
      certificates: [second.certificate],
      previous: anna.list,
      nowMs: NOW_MS,
    });
    // Anna revoked device 1; what it still sends is not hers any more.
    expect(check({ deviceList: onlySecond })).toBe('not-listed');
    const impostor = createDevice(noblePrimitives, random, anna.account, 1, NOW_MS);
    const replaced = { certificate: impostor.certificate, sessionRemoteIdentity: impostor.identityKey };
    expect(verifyCertificate(noblePrimitives, impostor.certificate).device).toBe(1);
    expect(check(replaced)).toBe('not-listed');
  });

  it("SEAL-4: one's own session in another's certificate is refused", () => {
    expect(check({ sessionRemoteIdentity: mallory.device.identityKey })).toBe('wrong-session');
    expect(check({ sessionRemoteIdentity: anna.device.identityKey.subarray(1) })).toBe('wrong-session');
    expect(check({ sessionRemoteIdentity: new Uint8Array(0) })).toBe('wrong-session');
  });

  it('SEAL-4: content from, to, or of another account or conversation is refused', () => {
    // Anna wrote it to Mallory, who passes it on to Ben.
    expect(check({ content: contentBetween(anna, mallory) })).toBe('wrong-accounts');
    // Anna says she is Mallory.
    expect(check({ content: contentBetween(mallory, ben) })).toBe('wrong-accounts');
    // Names both, turned round.
    expect(check({ content: contentBetween(ben, anna) })).toBe('wrong-accounts');
    const { conversation } = contentBetween(mallory, ben);
    expect(check({ content: { ...claim.content, conversation } })).toBe('wrong-accounts');
    expect(check({ recipient: mallory.account.publicKey })).toBe('wrong-accounts');
  });
});

describe('sender, with real sessions', () => {
  let signedPrekey: SignedPrekey;
  let kyberPrekey: SignedPrekey;
  const pair = createSealKey(noblePrimitives, random, {
    account: ben.account.publicKey,
    device: 1,
    signingSeed: ben.device.signingSeed,
    id: 1,
    until: NOW_MS,
  });

  beforeAll(() => {
    signedPrekey = createSignedPrekey(noblePrimitives, random, ben.device.identitySecret, 1);
    kyberPrekey = createKyberPrekey(noblePrimitives, random, ben.device.identitySecret, 2);
  });

  const local = (who: Person) => ({ ...who.device, registrationId: 1 });

  /** `writer` starts a session with Ben and seals one message in the certificate of `named`. */
  function send(writer: Person, named: Person, content: Content): Uint8Array {
    const bundle: RemoteBundle = {
      identityKey: ben.device.identityKey,
      registrationId: 1,
      signedPrekey,
      kyberPrekey,
      oneTime: null,
    };
    const state = startSession(noblePrimitives, random, { local: local(writer), bundle, nowMs: NOW_MS });
    const { message } = encrypt(noblePrimitives, random, state, padContent(encode(ContentSchema, content)));
    return seal(noblePrimitives, random, {
      sealKey: { id: 1, key: pair.publicKey, until: NOW_MS },
      mailbox: ben.account.publicKey,
      device: 1,
      message: {
        certificate: decodeDeviceCertificate(named.device.certificate),
        kind: SealedKind.PREKEY,
        contentId: content.id,
        message,
      },
    });
  }

  function receive(body: Uint8Array): SenderClaim {
    const at = { seed: pair.seed, publicKey: pair.publicKey, mailbox: ben.account.publicKey, device: 1 };
    const { certificate, message } = open(noblePrimitives, at, body);
    const lookup = { signedPrekey: () => signedPrekey, oneTime: () => null, kyber: () => kyberPrekey };
    const accepted: Accepted = acceptSession(noblePrimitives, random, local(ben), lookup, message);
    return {
      certificate,
      deviceList: anna.list,
      sessionRemoteIdentity: accepted.state.remoteIdentity,
      content: decodeContent(unpadContent(accepted.plaintext)),
      recipient: ben.account.publicKey,
    };
  }

  it('SEAL-4: Anna to Ben, all layers', () => {
    const received = receive(send(anna, anna, contentBetween(anna, ben)));
    expect(verifySender(noblePrimitives, received)).toEqual(anna.certificate);
    expect((received.content as Content).body).toMatchObject({ case: 'text', value: { text: 'hello' } });
  });

  it("SEAL-4: Mallory in Anna's certificate is found out", () => {
    const received = receive(send(mallory, anna, contentBetween(anna, ben)));
    expect(codeOf(() => verifySender(noblePrimitives, received))).toBe('wrong-session');
  });

  it('MB-7: the longest content fits the largest envelope in a first message', () => {
    const overhead = encode(ContentSchema, contentBetween(anna, ben, 'x'.repeat(40_000))).length - 40_000;
    const content = contentBetween(anna, ben, 'x'.repeat(MAX_CONTENT_BYTES - overhead));
    expect(encode(ContentSchema, content)).toHaveLength(MAX_CONTENT_BYTES);
    const body = send(anna, anna, content);
    expect(body).toHaveLength(49_152);
    expect(verifySender(noblePrimitives, receive(body))).toEqual(anna.certificate);
  });
});

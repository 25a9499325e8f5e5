import { describe, expect, it } from 'vitest';
import { decodeState } from '../braid/state-encoding.ts';
import { noblePrimitives } from '../crypto/index.ts';
import { createKyberPrekey, createSignedPrekey } from '../handshake/index.ts';
import { codeOf, NOW_MS, person, seededRandom } from '../identity/identity.fixture.ts';
import { acceptSession, decryptRatchet, encrypt, startSession, type SessionState } from './index.ts';
import { createKeys, Device, establish } from './two-devices.fixture.ts';

const random = seededRandom('healing');
const text = (word: string): Uint8Array => new TextEncoder().encode(word);
const read = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Anna and Ben after a message each. */
function conversation(): { anna: SessionState; ben: SessionState } {
  const [anna, ben] = [person('anna'), person('ben')];
  const local = ({ device }: typeof anna) => ({ ...device, registrationId: 1 });
  const signedPrekey = createSignedPrekey(noblePrimitives, random, ben.device.identitySecret, 1);
  const kyberPrekey = createKyberPrekey(noblePrimitives, random, ben.device.identitySecret, 2);
  const { identityKey } = ben.device;
  const bundle = { identityKey, registrationId: 1, signedPrekey, kyberPrekey, oneTime: null };
  const started = startSession(noblePrimitives, random, { local: local(anna), bundle, nowMs: NOW_MS });
  const first = encrypt(noblePrimitives, random, started, text('first'));
  const lookup = { signedPrekey: () => signedPrekey, oneTime: () => null, kyber: () => kyberPrekey };
  const accepted = acceptSession(noblePrimitives, random, local(ben), lookup, first.message);
  const answer = encrypt(noblePrimitives, random, accepted.state, text('answer'));
  const { state } = decryptRatchet(noblePrimitives, random, first.state, answer.message);
  return { anna: state, ben: answer.state };
}

const open = (state: SessionState, message: Uint8Array) => decryptRatchet(noblePrimitives, random, state, message);

describe('TM-50: keys of messages', () => {
  it('are gone after use: who steals the state later cannot read what came before', () => {
    const { anna, ben } = conversation();
    const sent = encrypt(noblePrimitives, random, anna, text('yesterday'));
    const opened = open(ben, sent.message);
    expect(read(opened.plaintext)).toBe('yesterday');
    // The recipient's state, and the sender's, as they are afterwards.
    expect(codeOf(() => open(opened.state, sent.message))).toBe('duplicate');
    expect(codeOf(() => open(sent.state, sent.message))).toMatch(/bad-mac|duplicate|malformed/);
  });

  it('a stolen state reads what comes next, and nothing any more after the next round trip', () => {
    let { anna, ben } = conversation();
    const thief = structuredClone(ben);
    const next = encrypt(noblePrimitives, random, anna, text('the thief reads this'));
    expect(read(open(thief, next.message).plaintext)).toBe('the thief reads this');
    ben = open(ben, next.message).state;
    const back = encrypt(noblePrimitives, random, ben, text('there'));
    ben = back.state;
    anna = open(next.state, back.message).state;
    const healed = encrypt(noblePrimitives, random, anna, text('and back'));
    expect(read(open(ben, healed.message).plaintext)).toBe('and back');
    for (const stolen of [thief, open(thief, next.message).state]) {
      expect(codeOf(() => open(stolen, healed.message))).toBe('bad-mac');
    }
  });
});

describe('TM-51: the post-quantum ratchet', () => {
  it('has a new secret after about 45 messages of each side', () => {
    const [a, b] = [new Device(createKeys('keys a', 1), 'pace a'), new Device(createKeys('keys b', 2), 'pace b')];
    establish(a, b);
    const epoch = (): number =>
      Math.min(...[a, b].map(({ record }) => decodeState(record.current!.postQuantum.state).braid.epoch));
    const before = epoch();
    let messages = 0;
    for (; epoch() < before + 3 && messages < 400; messages++) {
      b.receive(a.send('text'));
      a.receive(b.send('text'));
    }
    expect(messages / 3).toBeGreaterThan(30);
    expect(messages / 3).toBeLessThan(60);
  });
});

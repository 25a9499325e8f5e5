import type { Primitives, Random } from '@sotto/protocol/crypto';
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey } from '@sotto/protocol/handshake';
import { accountFromSeed, createDevice } from '@sotto/protocol/identity';
import { padContent, unpadContent } from '@sotto/protocol/mailbox';
import { acceptSession, decryptRatchet, encrypt, startSession, type SessionState } from '@sotto/protocol/ratchet';
import { createSealKey, open, seal, type SealKeyPair } from '@sotto/protocol/sealed';
import { decodeDeviceCertificate, SealedKind } from '@sotto/protocol/wire';
import { measureBraid, type BraidCost } from './braid-cost.ts';

/** Milliseconds of both ends together: what a message costs two clients. */
export interface ClientCost {
  /** Both sides' part of a first message, without fetching and checking the bundle. */
  readonly sessionStartMs: number;
  /** All layers, with a change of direction (a ratchet step) every tenth message. */
  readonly steadyMs: number;
  /** Both ratchets. */
  readonly ratchetMs: number;
  readonly sealingMs: number;
  /** One X25519 shared secret, the yardstick: what a loaded machine does to it, it does to the others. */
  readonly curveMs: number;
  /** The post-quantum ratchet's share of `ratchetMs`, measured alone. */
  readonly postQuantum: BraidCost;
}

/** Medians over so many batches, each of several epochs of the post-quantum ratchet: other work on the machine is in few. */
const BATCHES = 9;
const MESSAGES = 500;
const WARM_UP_MESSAGES = 1_000;
const SESSIONS = 7;
const CURVES = 500;
const TURN = 10;
const TEXT = new Uint8Array(200).fill(0x61);
const CONTENT_ID = new Uint8Array(16);

interface Side {
  readonly device: ReturnType<typeof createDevice>;
  readonly account: Uint8Array;
  readonly sealKey: SealKeyPair;
  state: SessionState;
}

/** What is measured: the same code runs in Node and in a browser. */
export interface Backend {
  readonly primitives: Primitives;
  readonly random: Random;
}

/** Measures in this process. */
export function measureClient({ primitives, random }: Backend): ClientCost {
  const [aliceAccount, bobAccount] = [accountFromSeed(primitives, random(32)), accountFromSeed(primitives, random(32))];
  const alice = createDevice(primitives, random, aliceAccount, 1, Date.now());
  const bob = createDevice(primitives, random, bobAccount, 1, Date.now());
  const signed = createSignedPrekey(primitives, random, bob.identitySecret, 1);
  const kyber = createKyberPrekey(primitives, random, bob.identitySecret, 2);
  const oneTime = createOneTimePrekeys(primitives, random, 3, 1)[0]!;
  const bundle = {
    identityKey: bob.identityKey,
    registrationId: 7,
    signedPrekey: signed,
    kyberPrekey: kyber,
    oneTime,
  };
  const lookup = { signedPrekey: () => signed, oneTime: () => oneTime, kyber: () => kyber };
  const localOf = (device: typeof alice) => ({
    identitySecret: device.identitySecret,
    identityKey: device.identityKey,
    registrationId: 7,
  });

  const begin = (): [SessionState, SessionState] => {
    const started = startSession(primitives, random, { local: localOf(alice), bundle, nowMs: Date.now() });
    const first = encrypt(primitives, random, started, padContent(TEXT));
    const accepted = acceptSession(primitives, random, localOf(bob), lookup, first.message);
    return [first.state, accepted.state];
  };
  begin();
  const sessionStartMs = timed(() => {
    for (let at = 0; at < SESSIONS; at++) begin();
  }, SESSIONS);

  const [aliceState, bobState] = begin();
  const until = Date.now() + 1e9;
  const sealKeyOf = (device: typeof alice, account: Uint8Array): SealKeyPair =>
    createSealKey(primitives, random, { account, device: 1, signingSeed: device.signingSeed, id: 1, until });
  const sides: [Side, Side] = [
    {
      device: alice,
      account: aliceAccount.publicKey,
      sealKey: sealKeyOf(alice, aliceAccount.publicKey),
      state: aliceState,
    },
    { device: bob, account: bobAccount.publicKey, sealKey: sealKeyOf(bob, bobAccount.publicKey), state: bobState },
  ];
  const ratchetMs = steady({ primitives, random }, sides, false);
  const steadyMs = steady({ primitives, random }, sides, true);
  const curveMs = timed(() => {
    for (let at = 0; at < CURVES; at++) primitives.x25519.sharedSecret(alice.linkSecret, bob.linkKey);
  }, CURVES);
  const postQuantum = measureBraid({ primitives, random }, TURN, sides[0].state);
  return { sessionStartMs, steadyMs, ratchetMs, sealingMs: steadyMs - ratchetMs, curveMs, postQuantum };
}

function steady({ primitives, random }: Backend, sides: [Side, Side], sealed: boolean): number {
  const certificates = sides.map(({ device }) => decodeDeviceCertificate(device.certificate));
  const exchange = (count: number): void => {
    for (let at = 0; at < count; at++) {
      // The one who was written to answers first: until then the other repeats its first message.
      const from = (Math.floor(at / TURN) + 1) % 2;
      const [sender, recipient] = from === 0 ? sides : [sides[1], sides[0]];
      const sent = encrypt(primitives, random, sender.state, padContent(TEXT));
      sender.state = sent.state;
      const message = sealed
        ? carry({ primitives, random }, sent.message, certificates[from]!, recipient)
        : sent.message;
      const received = decryptRatchet(primitives, random, recipient.state, message);
      recipient.state = received.state;
      if (unpadContent(received.plaintext).length !== TEXT.length) throw new Error('the message changed on its way');
    }
  };
  exchange(WARM_UP_MESSAGES);
  return timed(() => exchange(MESSAGES), MESSAGES);
}

function carry(
  { primitives, random }: Backend,
  message: Uint8Array,
  certificate: ReturnType<typeof decodeDeviceCertificate>,
  to: Side,
): Uint8Array {
  const address = { mailbox: to.account, device: 1 };
  const { id, publicKey, until, seed } = to.sealKey;
  const body = seal(primitives, random, {
    ...address,
    sealKey: { id, key: publicKey, until },
    message: { certificate, kind: SealedKind.RATCHET, contentId: CONTENT_ID, message },
  });
  return open(primitives, { ...address, seed, publicKey }, body).message;
}

function timed(work: () => void, count: number): number {
  const batches = Array.from({ length: BATCHES }, () => {
    const startedAt = performance.now();
    work();
    return (performance.now() - startedAt) / count;
  });
  return batches.sort((a, b) => a - b)[BATCHES >> 1]!;
}

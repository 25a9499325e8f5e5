import { concat, noblePrimitives } from '../crypto/index.ts';
import type { Random } from '../crypto/index.ts';
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey, encodeCurveKey } from '../handshake/index.ts';
import type { Prekey, RemoteBundle, SignedPrekey } from '../handshake/index.ts';
import { seededRandom } from '../identity/identity.fixture.ts';
import { RatchetError } from './ratchet-error.ts';
import { decodeRecord, encodeRecord } from './record-encoding.ts';
import { acceptWithRecord, decryptWithRecord, EMPTY_RECORD, encryptWithRecord, withSession } from './session-record.ts';
import type { SessionRecord } from './session-record.ts';
import { startSession } from './session-start.ts';
import type { LocalDevice, PrekeyLookup } from './session-start.ts';
import type { SessionState } from './session-state.ts';

export interface DeviceKeys {
  readonly local: LocalDevice;
  readonly signedPrekey: SignedPrekey;
  readonly kyberPrekey: SignedPrekey;
  readonly oneTime: readonly Prekey[];
}

/** Slow (a Kyber key, two signatures): made once for many tests. */
export const createKeys = (seed: string, registrationId: number): DeviceKeys =>
  drawKeys(seededRandom(seed), registrationId);

export function drawKeys(random: Random, registrationId: number): DeviceKeys {
  const identitySecret = random(32);
  const identityKey = encodeCurveKey(noblePrimitives.x25519.publicKey(identitySecret));
  return {
    local: { identitySecret, identityKey, registrationId },
    signedPrekey: createSignedPrekey(noblePrimitives, random, identitySecret, 7),
    kyberPrekey: createKyberPrekey(noblePrimitives, random, identitySecret, 9),
    oneTime: createOneTimePrekeys(noblePrimitives, random, 100, 3),
  };
}

export interface Sent {
  readonly kind: 'prekey' | 'ratchet';
  readonly message: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** One device talking to one other: keeps its record, deletes one-time prekeys that were used. */
export class Device {
  readonly keys: DeviceKeys;
  readonly random: Random;
  record: SessionRecord = EMPTY_RECORD;
  nowMs = 1_800_000_000_000;
  /** Random bytes used so far. */
  drawn = 0;
  /** What opened the last message. */
  lastSession: SessionState | null = null;
  #issuedOneTime = 0;
  #usedOneTime = new Set<number>();

  constructor(keys: DeviceKeys, source: string | Random) {
    this.keys = keys;
    const random = typeof source === 'string' ? seededRandom(source) : source;
    this.random = (length) => {
      this.drawn += length;
      return random(length);
    };
  }

  get prekeys(): PrekeyLookup {
    const { signedPrekey, kyberPrekey, oneTime } = this.keys;
    return {
      signedPrekey: (id) => (id === signedPrekey.id ? signedPrekey : null),
      kyber: (id) => (id === kyberPrekey.id ? kyberPrekey : null),
      oneTime: (id) => (this.#usedOneTime.has(id) ? null : (oneTime.find((prekey) => prekey.id === id) ?? null)),
    };
  }

  /** Gives each one-time prekey out once, while there are any, as a node does. */
  bundle(withOneTime: boolean): RemoteBundle {
    const { local, signedPrekey, kyberPrekey, oneTime } = this.keys;
    const { identityKey, registrationId } = local;
    const issued = withOneTime ? (oneTime[this.#issuedOneTime++] ?? null) : null;
    return { identityKey, registrationId, signedPrekey, kyberPrekey, oneTime: issued };
  }

  start(remote: Device, withOneTime = true): void {
    const { random, nowMs } = this;
    const options = { local: this.keys.local, bundle: remote.bundle(withOneTime), nowMs };
    this.record = withSession(this.record, startSession(noblePrimitives, random, options));
  }

  send(text: string | Uint8Array): Sent {
    const plaintext = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const sent = encryptWithRecord(noblePrimitives, this.random, this.record, plaintext, this.nowMs);
    this.record = sent.record;
    return { kind: sent.kind, message: sent.message, plaintext };
  }

  /** @throws RatchetError, and then the record is what it was */
  receive(sent: Pick<Sent, 'kind' | 'message'>): Uint8Array {
    if (sent.kind === 'ratchet') {
      const opened = decryptWithRecord(noblePrimitives, this.random, this.record, sent.message);
      this.record = opened.record;
      this.lastSession = opened.session;
      return opened.plaintext;
    }
    const { record, random, keys, prekeys } = this;
    const opened = acceptWithRecord(noblePrimitives, random, record, keys.local, prekeys, sent.message);
    this.record = opened.record;
    this.lastSession = opened.session;
    if (opened.used !== null && opened.used.oneTimeId !== null) this.#usedOneTime.add(opened.used.oneTimeId);
    return opened.plaintext;
  }

  /** Goes on from what was stored. */
  restart(): void {
    this.record = decodeRecord(encodeRecord(this.record));
  }

  /** Everything of the record as bytes, to compare. */
  snapshot(): Uint8Array {
    return encodeRecord(this.record);
  }
}

/** A session that both sides have sent on: `a` began it. */
export function establish(a: Device, b: Device, withOneTime = true): void {
  a.start(b, withOneTime);
  b.receive(a.send('first'));
  a.receive(b.send('answer'));
}

/** Copies with a byte changed, cut short and lengthened. */
export const flipped = (bytes: Uint8Array, at: number, mask = 1): Uint8Array => bytes.with(at, bytes[at]! ^ mask);
export const extended = (bytes: Uint8Array): Uint8Array => concat(bytes, Uint8Array.of(0));

/** The code of this layer with which it was refused, or 'done'. */
export function refusalOf(attempt: () => unknown): string {
  try {
    attempt();
    return 'done';
  } catch (error) {
    if (error instanceof RatchetError) return error.code;
    throw error;
  }
}

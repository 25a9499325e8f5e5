import { nodePrimitives } from '@sotto/primitives-node';
import { xeddsaVerify } from '@sotto/protocol/crypto';
import type { Random } from '@sotto/protocol/crypto';
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey, encodeCurveKey } from '@sotto/protocol/handshake';
import type { Prekey, SignedPrekey } from '@sotto/protocol/handshake';
import {
  acceptWithRecord,
  decodeRecord,
  decryptWithRecord,
  EMPTY_RECORD,
  encodeRecord,
  encryptWithRecord,
  RatchetError,
  startSession,
  withSession,
} from '@sotto/protocol/ratchet';
import type { LocalDevice, PrekeyLookup, SessionRecord } from '@sotto/protocol/ratchet';
import { FIRST_ONE_TIME_ID, KYBER_PREKEY_ID, RefusedError, REGISTRATION_ID, SIGNED_PREKEY_ID } from './device.ts';
import type { Bundle, Device, Sent, SignedKey } from './device.ts';

const NOW_MS = 1_800_000_000_000;

interface Keys {
  readonly local: LocalDevice;
  readonly signedPrekey: SignedPrekey;
  readonly kyberPrekey: SignedPrekey;
}

/** Our side, on native primitives, its randomness from a seed. */
export class SottoDevice implements Device {
  readonly name: string;
  /** All that the receiving chains can reach. */
  readonly keptEpochs = Infinity;
  readonly #random: Random;
  readonly #keys: Keys;
  readonly #oneTime = new Map<number, Prekey>();
  #record: SessionRecord = EMPTY_RECORD;
  #nextOneTimeId = FIRST_ONE_TIME_ID;

  constructor(name: string, random: Random, keys: Keys = createKeys(random)) {
    this.name = name;
    this.#random = random;
    this.#keys = keys;
  }

  get record(): SessionRecord {
    return this.#record;
  }

  snapshot(): string {
    return [Buffer.from(encodeRecord(this.#record)).toString('base64'), ...this.#oneTime.keys()].join();
  }

  bundle(withOneTime: boolean): Bundle {
    let oneTime: Prekey | null = null;
    if (withOneTime) {
      oneTime = createOneTimePrekeys(nodePrimitives, this.#random, this.#nextOneTimeId++, 1)[0]!;
      this.#oneTime.set(oneTime.id, oneTime);
    }
    const { local, signedPrekey, kyberPrekey } = this.#keys;
    return { registrationId: local.registrationId, identityKey: local.identityKey, signedPrekey, kyberPrekey, oneTime };
  }

  // oxlint-disable-next-line require-await -- The peer's interface is asynchronous: so are refusals.
  async start(bundle: Bundle): Promise<void> {
    const identity = bundle.identityKey.subarray(1);
    const signed = ({ key, signature }: SignedKey): boolean => xeddsaVerify(identity, key, signature, nodePrimitives);
    if (!signed(bundle.signedPrekey) || !signed(bundle.kyberPrekey)) {
      throw new RefusedError(false, { cause: 'wrong signature' });
    }
    const options = { local: this.#keys.local, bundle, nowMs: NOW_MS };
    const session = refusing(() => startSession(nodePrimitives, this.#random, options));
    this.#record = withSession(this.#record, session);
  }

  // oxlint-disable-next-line require-await -- As above.
  async send(plaintext: Uint8Array): Promise<Sent> {
    const { record, kind, message } = encryptWithRecord(nodePrimitives, this.#random, this.#record, plaintext, NOW_MS);
    this.#record = record;
    return { kind, message };
  }

  // oxlint-disable-next-line require-await -- As above.
  async receive({ kind, message }: Sent): Promise<Uint8Array> {
    if (kind === 'ratchet') {
      const opened = refusing(() => decryptWithRecord(nodePrimitives, this.#random, this.#record, message));
      this.#record = opened.record;
      return opened.plaintext;
    }
    const { local, signedPrekey, kyberPrekey } = this.#keys;
    const prekeys: PrekeyLookup = {
      signedPrekey: (id) => (id === signedPrekey.id ? signedPrekey : null),
      kyber: (id) => (id === kyberPrekey.id ? kyberPrekey : null),
      oneTime: (id) => this.#oneTime.get(id) ?? null,
    };
    const opened = refusing(() =>
      acceptWithRecord(nodePrimitives, this.#random, this.#record, local, prekeys, message),
    );
    this.#record = opened.record;
    if (opened.used !== null && opened.used.oneTimeId !== null) this.#oneTime.delete(opened.used.oneTimeId);
    return opened.plaintext;
  }

  restart(): void {
    this.#record = decodeRecord(encodeRecord(this.#record));
  }

  fork(): SottoDevice {
    const other = new SottoDevice(this.name, this.#random, this.#keys);
    other.#record = decodeRecord(encodeRecord(this.#record));
    for (const [id, prekey] of this.#oneTime) other.#oneTime.set(id, prekey);
    other.#nextOneTimeId = this.#nextOneTimeId;
    return other;
  }
}

function createKeys(random: Random): Keys {
  const identitySecret = random(32);
  const identityKey = encodeCurveKey(nodePrimitives.x25519.publicKey(identitySecret));
  return {
    local: { identitySecret, identityKey, registrationId: REGISTRATION_ID.sotto },
    signedPrekey: createSignedPrekey(nodePrimitives, random, identitySecret, SIGNED_PREKEY_ID),
    kyberPrekey: createKyberPrekey(nodePrimitives, random, identitySecret, KYBER_PREKEY_ID),
  };
}

function refusing<T>(attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof RatchetError) throw new RefusedError(error.code === 'duplicate', { cause: error });
    throw error;
  }
}

import {
  IdentityChange,
  IdentityKeyStore,
  KyberPreKeyRecord,
  KyberPreKeyStore,
  PreKeyRecord,
  PreKeyStore,
  PrivateKey,
  SessionRecord,
  SessionStore,
  SignedPreKeyRecord,
  SignedPreKeyStore,
} from '@signalapp/libsignal-client';
import type { ProtocolAddress, PublicKey } from '@signalapp/libsignal-client';

/** Bytes as the library's types want them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * What a device of Signal's library stores, as bytes alone: each call reads a record anew and writes it back, so
 * every message is handled by a device that has just been restarted.
 */
export class Stored {
  identitySecret: Bytes = new Uint8Array(0);
  registrationId = 0;
  readonly identities = new Map<string, Bytes>();
  readonly sessions = new Map<string, Bytes>();
  readonly oneTime = new Map<number, Bytes>();
  readonly signed = new Map<number, Bytes>();
  readonly kyber = new Map<number, Bytes>();
}

/* oxlint-disable require-await -- The library's interfaces are asynchronous, a map is not. */

export class Sessions extends SessionStore {
  readonly #stored: Stored;
  constructor(stored: Stored) {
    super();
    this.#stored = stored;
  }
  async saveSession(name: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.#stored.sessions.set(name.toString(), record.serialize());
  }
  async getSession(name: ProtocolAddress): Promise<SessionRecord | null> {
    const bytes = this.#stored.sessions.get(name.toString());
    return bytes === undefined ? null : SessionRecord.deserialize(bytes);
  }
  async getExistingSessions(): Promise<SessionRecord[]> {
    throw new Error('only sealed sender of groups asks for these');
  }
}

/** Trusts an identity key on first use, and then no other. */
export class Identities extends IdentityKeyStore {
  readonly #stored: Stored;
  constructor(stored: Stored) {
    super();
    this.#stored = stored;
  }
  async getIdentityKey(): Promise<PrivateKey> {
    return PrivateKey.deserialize(this.#stored.identitySecret);
  }
  async getLocalRegistrationId(): Promise<number> {
    return this.#stored.registrationId;
  }
  async saveIdentity(name: ProtocolAddress, key: PublicKey): Promise<IdentityChange> {
    this.#stored.identities.set(name.toString(), key.serialize());
    return IdentityChange.NewOrUnchanged;
  }
  async isTrustedIdentity(name: ProtocolAddress, key: PublicKey): Promise<boolean> {
    const known = this.#stored.identities.get(name.toString());
    return known === undefined || Buffer.compare(known, key.serialize()) === 0;
  }
  async getIdentity(): Promise<PublicKey | null> {
    return null;
  }
}

export class OneTimePrekeys extends PreKeyStore {
  readonly #stored: Stored;
  constructor(stored: Stored) {
    super();
    this.#stored = stored;
  }
  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.#stored.oneTime.set(id, record.serialize());
  }
  async getPreKey(id: number): Promise<PreKeyRecord> {
    return PreKeyRecord.deserialize(found(this.#stored.oneTime, id));
  }
  async removePreKey(id: number): Promise<void> {
    this.#stored.oneTime.delete(id);
  }
}

export class SignedPrekeys extends SignedPreKeyStore {
  readonly #stored: Stored;
  constructor(stored: Stored) {
    super();
    this.#stored = stored;
  }
  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.#stored.signed.set(id, record.serialize());
  }
  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return SignedPreKeyRecord.deserialize(found(this.#stored.signed, id));
  }
}

export class KyberPrekeys extends KyberPreKeyStore {
  readonly #stored: Stored;
  constructor(stored: Stored) {
    super();
    this.#stored = stored;
  }
  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.#stored.kyber.set(id, record.serialize());
  }
  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return KyberPreKeyRecord.deserialize(found(this.#stored.kyber, id));
  }
  async markKyberPreKeyUsed(): Promise<void> {
    // The Kyber prekey of these tests is a last-resort one: it stays.
  }
}

/** What a store of prekeys throws for an id that it does not have. */
export class NoPrekeyError extends Error {}

function found(records: ReadonlyMap<number, Bytes>, id: number): Bytes {
  const bytes = records.get(id);
  if (bytes === undefined) throw new NoPrekeyError('no such prekey');
  return bytes;
}

import {
  ErrorCode,
  KEMKeyPair,
  KEMPublicKey,
  KyberPreKeyRecord,
  LibSignalErrorBase,
  PreKeyBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PrivateKey,
  processPreKeyBundle,
  ProtocolAddress,
  PublicKey,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
  SignalMessage,
  SignedPreKeyRecord,
  CiphertextMessageType,
} from '@signalapp/libsignal-client';
import { FIRST_ONE_TIME_ID, KYBER_PREKEY_ID, RefusedError, REGISTRATION_ID, SIGNED_PREKEY_ID } from './device.ts';
import type { Bundle, Device, Sent } from './device.ts';
import {
  Identities,
  KyberPrekeys,
  NoPrekeyError,
  OneTimePrekeys,
  Sessions,
  SignedPrekeys,
  Stored,
} from './signal-stores.ts';
import type { Bytes } from './signal-stores.ts';

export { Fingerprint, PrivateKey, PublicKey } from '@signalapp/libsignal-client';

const DEVICE = 1;
const PREKEY_MESSAGE: number = CiphertextMessageType.PreKey;
const TIMESTAMP_MS = 0;
/** Signal's accounts have UUIDs. Then its first messages name both ends, which ours do not. */
const ADDRESSES = ['6f9619ff-8b86-4d01-b42d-00cf4fc964ff', '2f1acdd9-06d4-4f0c-9d34-1c1a2f0b8f0e'] as const;
/** Which of the two the device has itself: two of them that talk have different ones. */
type Place = 0 | 1;

/** Signal's library as the other side. Its randomness is its own. */
export class SignalDevice implements Device {
  readonly name: string;
  readonly keptEpochs = 2;
  #stored: Stored;
  #nextOneTimeId = FIRST_ONE_TIME_ID;

  readonly #place: Place;
  readonly #local: ProtocolAddress;
  readonly #remote: ProtocolAddress;

  constructor(name: string, place: Place = 0, stored: Stored = createStored()) {
    this.name = name;
    this.#place = place;
    this.#local = ProtocolAddress.new(ADDRESSES[place], DEVICE);
    this.#remote = ProtocolAddress.new(ADDRESSES[place === 0 ? 1 : 0], DEVICE);
    this.#stored = stored;
  }

  snapshot(): string {
    const { sessions, identities, oneTime } = this.#stored;
    const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('base64');
    const remote = this.#remote.toString();
    return [text(sessions.get(remote)), text(identities.get(remote)), ...oneTime.keys()].join();
  }

  bundle(withOneTime: boolean): Bundle {
    const { identitySecret, registrationId, signed, kyber, oneTime } = this.#stored;
    const signedPrekey = SignedPreKeyRecord.deserialize(signed.get(SIGNED_PREKEY_ID)!);
    const kyberPrekey = KyberPreKeyRecord.deserialize(kyber.get(KYBER_PREKEY_ID)!);
    let issued: Bundle['oneTime'] = null;
    if (withOneTime) {
      const id = this.#nextOneTimeId++;
      const secret = PrivateKey.generate();
      oneTime.set(id, PreKeyRecord.new(id, secret.getPublicKey(), secret).serialize());
      issued = { id, key: secret.getPublicKey().serialize() };
    }
    return {
      registrationId,
      identityKey: PrivateKey.deserialize(identitySecret).getPublicKey().serialize(),
      signedPrekey: {
        id: SIGNED_PREKEY_ID,
        key: signedPrekey.publicKey().serialize(),
        signature: signedPrekey.signature(),
      },
      kyberPrekey: {
        id: KYBER_PREKEY_ID,
        key: kyberPrekey.publicKey().serialize(),
        signature: kyberPrekey.signature(),
      },
      oneTime: issued,
    };
  }

  start(remote: Bundle): Promise<void> {
    const { sessions, identities } = this.#stores();
    return refusing(() => processPreKeyBundle(read(remote), this.#remote, this.#local, sessions, identities));
  }

  async send(plaintext: Uint8Array): Promise<Sent> {
    const { sessions, identities } = this.#stores();
    const message = await signalEncrypt(plaintext as Bytes, this.#remote, this.#local, sessions, identities);
    const kind = message.type() === PREKEY_MESSAGE ? 'prekey' : 'ratchet';
    return { kind, message: message.serialize() };
  }

  receive({ kind, message }: Sent): Promise<Uint8Array> {
    const { sessions, identities, oneTime, signed, kyber } = this.#stores();
    return refusing(() =>
      kind === 'ratchet'
        ? signalDecrypt(SignalMessage.deserialize(message as Bytes), this.#remote, this.#local, sessions, identities)
        : signalDecryptPreKey(
            PreKeySignalMessage.deserialize(message as Bytes),
            this.#remote,
            this.#local,
            sessions,
            identities,
            oneTime,
            signed,
            kyber,
          ),
    );
  }

  restart(): void {
    this.#stored = structuredClone(this.#stored);
  }

  fork(): SignalDevice {
    const other = new SignalDevice(this.name, this.#place, structuredClone(this.#stored));
    other.#nextOneTimeId = this.#nextOneTimeId;
    return other;
  }

  #stores(): {
    sessions: Sessions;
    identities: Identities;
    oneTime: OneTimePrekeys;
    signed: SignedPrekeys;
    kyber: KyberPrekeys;
  } {
    const stored = this.#stored;
    return {
      sessions: new Sessions(stored),
      identities: new Identities(stored),
      oneTime: new OneTimePrekeys(stored),
      signed: new SignedPrekeys(stored),
      kyber: new KyberPrekeys(stored),
    };
  }
}

/** A new device: identity, signed prekey and Kyber prekey. */
function createStored(): Stored {
  const stored = new Stored();
  const identity = PrivateKey.generate();
  const signed = PrivateKey.generate();
  const kyber = KEMKeyPair.generate();
  stored.identitySecret = identity.serialize();
  stored.registrationId = REGISTRATION_ID.signal;
  const signedSignature = identity.sign(signed.getPublicKey().serialize());
  const kyberSignature = identity.sign(kyber.getPublicKey().serialize());
  stored.signed.set(
    SIGNED_PREKEY_ID,
    SignedPreKeyRecord.new(SIGNED_PREKEY_ID, TIMESTAMP_MS, signed.getPublicKey(), signed, signedSignature).serialize(),
  );
  stored.kyber.set(
    KYBER_PREKEY_ID,
    KyberPreKeyRecord.new(KYBER_PREKEY_ID, TIMESTAMP_MS, kyber, kyberSignature).serialize(),
  );
  return stored;
}

function read({ registrationId, identityKey, signedPrekey, kyberPrekey, oneTime }: Bundle): PreKeyBundle {
  return PreKeyBundle.new(
    registrationId,
    DEVICE,
    oneTime === null ? null : oneTime.id,
    oneTime === null ? null : PublicKey.deserialize(oneTime.key as Bytes),
    signedPrekey.id,
    PublicKey.deserialize(signedPrekey.key as Bytes),
    signedPrekey.signature as Bytes,
    PublicKey.deserialize(identityKey as Bytes),
    kyberPrekey.id,
    KEMPublicKey.deserialize(kyberPrekey.key as Bytes),
    kyberPrekey.signature as Bytes,
  );
}

/** The library's own errors are refusals; anything else is a defect of the test. */
async function refusing<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof NoPrekeyError) throw new RefusedError(false, { cause: error });
    if (!(error instanceof LibSignalErrorBase)) throw error;
    throw new RefusedError(error.code === ErrorCode.DuplicatedMessage, { cause: error });
  }
}

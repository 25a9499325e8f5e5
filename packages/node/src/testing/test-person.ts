import { be32, concat, type Primitives, type Random, xeddsaSign } from '@sotto/protocol/crypto';
import {
  accountFromSeed,
  type AccountKeys,
  createDevice,
  type DeviceKeys,
  sealKeyBytes,
  signDeviceList,
  type VerifiedDeviceList,
} from '@sotto/protocol/identity';
import { capabilityHash, envelopeId } from '@sotto/protocol/mailbox';
import { signAccess } from '@sotto/protocol/ring';
import {
  create,
  decodeDeviceList,
  type KeyUpload,
  KeyUploadSchema,
  type SendFrame,
  type SetAccess,
  SetAccessSchema,
  type SignedKey,
  SignedKeySchema,
} from '@sotto/protocol/wire';

const NO_BYTES = new Uint8Array(0);
const FAR_MS = 4_000_000_000_000n;

/** An account with one device, and what it publishes and sends. */
export class TestPerson {
  readonly account: AccountKeys;
  readonly device: DeviceKeys;
  readonly list: VerifiedDeviceList;
  readonly capability: Uint8Array;
  readonly #primitives: Primitives;
  readonly #random: Random;
  #nextKey = 1;

  constructor(primitives: Primitives, random: Random, nowMs: number, seed = random(32), device = 1) {
    this.#primitives = primitives;
    this.#random = random;
    this.account = accountFromSeed(primitives, seed);
    this.device = createDevice(primitives, random, this.account, device, nowMs);
    this.list = signDeviceList(primitives, this.account, {
      certificates: [this.device.certificate],
      previous: null,
      nowMs,
    });
    this.capability = random(16);
  }

  get mailbox(): Uint8Array {
    return this.account.publicKey;
  }

  upload(oneTime: number, oneTimeKyber: number, list: VerifiedDeviceList = this.list): KeyUpload {
    const sealKey = { id: 1, key: this.#random(1216), until: FAR_MS };
    const signed = sealKeyBytes(
      { account: this.mailbox, device: this.device.device },
      { ...sealKey, until: Number(FAR_MS) },
    );
    return create(KeyUploadSchema, {
      registrationId: 7,
      signedPrekey: this.#signedKey(5, 32),
      lastResortKyber: this.#signedKey(8, 1568),
      sealKey: { ...sealKey, signature: this.#primitives.ed25519.sign(this.device.signingSeed, signed) },
      oneTime: Array.from({ length: oneTime }, () => ({
        id: this.#nextKey++,
        key: concat(Uint8Array.of(5), this.#random(32)),
      })),
      oneTimeKyber: Array.from({ length: oneTimeKyber }, () => this.#signedKey(8, 1568)),
      deviceList: decodeDeviceList(list.encoded),
    });
  }

  access(requestTokenHashes: Uint8Array[] = []): SetAccess {
    return create(SetAccessSchema, {
      capabilityHash: capabilityHash(this.#primitives, this.capability),
      requestTokenHashes,
    });
  }

  /** The same under the device's signature, for homes to come. */
  signedAccess(at: number, requestTokenHashes: Uint8Array[] = [], capability = this.capability): SetAccess {
    const signed = signAccess(this.#primitives, this.device.signingSeed, {
      account: this.mailbox,
      device: this.device.device,
      at,
      capabilityHash: capabilityHash(this.#primitives, capability),
      previousHash: null,
      previousUntil: 0,
    });
    return create(SetAccessSchema, { signed, requestTokenHashes });
  }

  /** An envelope for this person, `number` in its first bytes. */
  envelope(nowMs: number, number = 0, fields: Partial<SendFrame> = {}): SendFrame {
    const body = new Uint8Array(2048);
    body.set(be32(number));
    return {
      mailbox: this.mailbox,
      device: this.device.device,
      expires: Math.floor(nowMs / 1000) + 3600,
      body,
      capability: this.capability,
      requestToken: NO_BYTES,
      live: false,
      ...fields,
    };
  }

  idOf(delivered: { readonly expires: number; readonly body: Uint8Array }): Uint8Array {
    const { expires, body } = delivered;
    return envelopeId(this.#primitives, { mailbox: this.mailbox, device: this.device.device, expires, body });
  }

  #signedKey(type: number, length: number): SignedKey {
    const key = concat(Uint8Array.of(type), this.#random(length));
    const signature = xeddsaSign(this.#primitives, this.device.identitySecret, key, this.#random(64));
    return create(SignedKeySchema, { id: this.#nextKey++, key, signature });
  }
}

/** Who really sent what was decrypted (crypto.md, "Sealed sender"; ENG-9, ENG-11). */
import { findDevice } from '@sotto/protocol/identity';
import type { VerifiedCertificate, VerifiedDeviceList } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import type { Primitives } from '@sotto/protocol/crypto';
import { SealedError, verifySender } from '@sotto/protocol/sealed';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { RemoteDevices } from '../contacts/remote-devices.ts';
import type { Decrypted, Opening, Unsealed } from './opening.ts';
import type { Parking } from './parking.ts';

/** `unlisted`: everything holds but the device list, which is to be looked up first. */
export type Verdict = 'genuine' | 'unlisted' | 'refused';

export class Senders {
  readonly #primitives: Primitives;
  readonly #own: OwnIdentity;
  readonly #devices: RemoteDevices;
  readonly #opening: Opening;
  readonly #parking: Parking;

  constructor(parts: {
    primitives: Primitives;
    own: OwnIdentity;
    devices: RemoteDevices;
    opening: Opening;
    parking: Parking;
  }) {
    this.#primitives = parts.primitives;
    this.#own = parts.own;
    this.#devices = parts.devices;
    this.#opening = parts.opening;
    this.#parking = parts.parking;
  }

  /** Whether the certificate is genuine and its device in the newest list known. */
  isListed(unsealed: Unsealed): boolean {
    const certificate = this.#opening.verify(unsealed);
    const list = this.#devices.known(unsealed.account)?.list;
    return certificate !== null && list !== undefined && findDevice(list, certificate) !== null;
  }

  /**
   * Everything but the device list is checked first: what names the node to ask for the list is authentic then.
   * @param again the list was looked up for this message, for better or worse
   */
  judge(unsealed: Unsealed, decrypted: Decrypted, again: boolean): Verdict {
    const { content, sessionRemoteIdentity } = decrypted;
    const known = this.#devices.known(unsealed.account)?.list ?? null;
    if (content === null) return this.#isOwnSession(unsealed, sessionRemoteIdentity) ? 'genuine' : 'refused';
    const certificate = known === null ? this.#opening.verify(unsealed) : null;
    const deviceList = known ?? (certificate === null ? null : listOfOne(certificate));
    if (deviceList === null) return 'refused';
    try {
      const recipient = this.#own.account.publicKey;
      const claim = { certificate: unsealed.certificate, deviceList, sessionRemoteIdentity, content, recipient };
      verifySender(this.#primitives, claim);
    } catch (error) {
      if (!(error instanceof SealedError)) throw error;
      return error.code === 'not-listed' && !again ? 'unlisted' : 'refused';
    }
    return known === null && !again && this.#parking.mayLookUp(unsealed.account, content) ? 'unlisted' : 'genuine';
  }

  /** Of a content that this version cannot read: its session is kept when it is certainly the listed device's. */
  #isOwnSession(unsealed: Unsealed, sessionRemoteIdentity: Uint8Array): boolean {
    if (!this.isListed(unsealed)) return false;
    const certificate = this.#opening.verify(unsealed);
    return certificate !== null && sameBytes(certificate.identityKey, sessionRemoteIdentity);
  }
}

/**
 * For somebody whose list cannot be had, or is not ours to ask for (parking.ts): the certificate alone, until something
 * is sent there.
 */
function listOfOne(certificate: VerifiedCertificate): VerifiedDeviceList {
  const { account, device, createdAt } = certificate;
  const none = new Uint8Array(0);
  return {
    account,
    revision: 0,
    devices: [certificate],
    highestDevice: device,
    createdAt,
    hash: none,
    encoded: none,
    continuity: 'first-seen',
  };
}

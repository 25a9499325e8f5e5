import { DeviceCertificateSchema, encode, type Content, type DeviceCertificate } from '../wire/index.ts';
import { sameBytes, type Primitives } from '../crypto/index.ts';
import { findDevice, verifyCertificate, type VerifiedCertificate, type VerifiedDeviceList } from '../identity/index.ts';
import { conversationId } from '../mailbox/index.ts';
import { SealedError } from './sealed-error.ts';

/** Everything known about one opened and decrypted message. */
export interface SenderClaim {
  /** From the sealed message. */
  readonly certificate: Uint8Array | DeviceCertificate;
  /** Newest verified list of the account that the certificate names. */
  readonly deviceList: VerifiedDeviceList;
  /** Remote identity key of the ratchet session that decrypted it: 0x05 | 32 B. */
  readonly sessionRemoteIdentity: Uint8Array;
  /** What was inside the ratchet. */
  readonly content: Pick<Content, 'from' | 'to' | 'conversation'>;
  /** Own account key. */
  readonly recipient: Uint8Array;
}

/**
 * Who really sent a sealed message. HPKE base mode authenticates nobody, so all of this must hold (SEAL-4): the
 * certificate chains to the sender's account and is in its current device list; the session's remote identity is the
 * certificate's; the content names both accounts and their conversation. Otherwise one could wrap one's own session
 * in another's certificate.
 * @throws SealedError('bad-certificate' | 'not-listed' | 'wrong-session' | 'wrong-accounts')
 */
export function verifySender(primitives: Primitives, claim: SenderClaim): VerifiedCertificate {
  const certificate = verified(primitives, claim.certificate, claim.deviceList);
  const { deviceList, content, recipient } = claim;
  if (!sameBytes(deviceList.account, certificate.account) || findDevice(deviceList, certificate) === null) {
    throw new SealedError('not-listed', "The sender's device is not in its account's device list.");
  }
  if (!primitives.equal(claim.sessionRemoteIdentity, certificate.identityKey)) {
    throw new SealedError('wrong-session', 'The session belongs to another device than the certificate.');
  }
  if (!sameBytes(content.from, certificate.account) || !sameBytes(content.to, recipient)) {
    throw new SealedError('wrong-accounts', 'The content names other accounts than its sender and its recipient.');
  }
  if (!sameBytes(content.conversation, conversationId(primitives, content.from, content.to))) {
    throw new SealedError('wrong-accounts', 'The content belongs to another conversation.');
  }
  return certificate;
}

/** The list's own entry when it is the same certificate to the last bit: its signatures were verified with the list. */
function verified(
  primitives: Primitives,
  certificate: Uint8Array | DeviceCertificate,
  list: VerifiedDeviceList,
): VerifiedCertificate {
  const encoded = certificate instanceof Uint8Array ? certificate : encode(DeviceCertificateSchema, certificate);
  const listed = list.devices.find((entry) => sameBytes(entry.encoded, encoded));
  if (listed !== undefined) return listed;
  try {
    return verifyCertificate(primitives, encoded);
  } catch {
    throw new SealedError('bad-certificate', "The sender's certificate is not valid.");
  }
}

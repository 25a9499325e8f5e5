/** What an envelope holds, as far as can be told without changing anything. Hostile bytes end here (ENG-9). */
import { verifyCertificate } from '@sotto/protocol/identity';
import type { VerifiedCertificate } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import { envelopeId, MailboxError, unpadContent } from '@sotto/protocol/mailbox';
import { acceptWithRecord, decryptWithRecord, RatchetError } from '@sotto/protocol/ratchet';
import type { RatchetErrorCode, SessionRecord, UsedPrekeys } from '@sotto/protocol/ratchet';
import { open, sealKeyIdOf } from '@sotto/protocol/sealed';
import { decodeContent, decodeDeviceCertificateBody, SealedKind, WireError } from '@sotto/protocol/wire';
import type { Content, DeviceCertificate } from '@sotto/protocol/wire';
import { StoreError } from '../ports.ts';
import type { Primitives, Random } from '../ports.ts';
import type { AcknowledgeSink } from '../connection/index.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { OwnPrekeys } from '../account/own-prekeys.ts';
import type { Sessions } from '../contacts/sessions.ts';

/** An envelope as it came. */
export interface Incoming {
  /** Envelope id, 32 B. */
  readonly id: Uint8Array;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly body: Uint8Array;
  /** Neither stored nor acknowledged. */
  readonly live: boolean;
  /** The link that brought it; absent: it was parked here. */
  readonly from?: AcknowledgeSink;
}

/** Unsealed. Whom the certificate names is only a claim: verifySender decides, after decryption. */
export interface Unsealed {
  readonly account: Uint8Array;
  readonly device: number;
  readonly certificate: DeviceCertificate;
  readonly kind: SealedKind;
  readonly contentId: Uint8Array;
  readonly message: Uint8Array;
}

/** Decrypted, nothing written. */
export interface Decrypted {
  readonly record: SessionRecord;
  readonly used: UsedPrekeys | null;
  readonly sessionRemoteIdentity: Uint8Array;
  /** It came by the session that is now used for sending. */
  readonly served: boolean;
  /** The device began a new session although there were others. */
  readonly beganAnew: boolean;
  /** null: not a content of a version or form known here. */
  readonly content: Content | null;
  /** It is of a version that this program does not know. */
  readonly newer: boolean;
}

export type DecryptResult =
  | { readonly result: 'decrypted'; readonly decrypted: Decrypted }
  /** Its number in the session was decrypted before: this very message, or another one of a device that went back. */
  | { readonly result: 'duplicate' }
  /** Perhaps a real message that our sessions cannot open. `lostKey`: it names a prekey that is not here. */
  | { readonly result: 'undecryptable'; readonly lostKey: boolean }
  /** Nothing a correct program sends. */
  | { readonly result: 'garbage' };

const HOSTILE: ReadonlySet<RatchetErrorCode> = new Set(['malformed', 'bad-key', 'wrong-identity']);

export class Opening {
  readonly #primitives: Primitives;
  readonly #random: Random;
  readonly #own: OwnIdentity;
  readonly #prekeys: OwnPrekeys;
  readonly #sessions: Sessions;

  constructor(
    platform: { primitives: Primitives; random: Random },
    own: OwnIdentity,
    prekeys: OwnPrekeys,
    sessions: Sessions,
  ) {
    this.#primitives = platform.primitives;
    this.#random = platform.random;
    this.#own = own;
    this.#prekeys = prekeys;
    this.#sessions = sessions;
  }

  idOf(expires: number, body: Uint8Array): Uint8Array {
    const { account, device } = this.#own;
    return envelopeId(this.#primitives, { mailbox: account.publicKey, device: device.device, expires, body });
  }

  /** null: not for us, or not to be opened; nothing names a sender, so there is nothing to show. */
  unseal(body: Uint8Array): Unsealed | null {
    const { account, device } = this.#own;
    try {
      const keyId = sealKeyIdOf(body);
      const secret = keyId === null ? null : this.#prekeys.sealKey(keyId);
      if (secret === null) return null;
      const mailbox = account.publicKey;
      const message = open(this.#primitives, { ...secret, mailbox, device: device.device }, body);
      const { certificate } = message;
      const claim = decodeDeviceCertificateBody(certificate.body);
      // Another device of this account may write; whether it is one is checked as for everybody (SEAL-4, DEV-8).
      if (sameBytes(claim.account, mailbox) && claim.device === device.device) return null;
      return {
        account: claim.account,
        device: claim.device,
        certificate,
        kind: message.kind,
        contentId: message.contentId,
        message: message.message,
      };
    } catch (error) {
      if (error instanceof StoreError) throw error;
      return null;
    }
  }

  /** null: the certificate is not what it claims to be. */
  verify({ certificate }: Unsealed): VerifiedCertificate | null {
    try {
      return verifyCertificate(this.#primitives, certificate);
    } catch {
      return null;
    }
  }

  decrypt(unsealed: Unsealed): DecryptResult {
    const { account, device } = unsealed;
    const { record } = this.#sessions.read(account, device);
    try {
      const opened =
        unsealed.kind === SealedKind.PREKEY
          ? acceptWithRecord(this.#primitives, this.#random, record, this.#local(), this.#prekeys, unsealed.message)
          : { ...decryptWithRecord(this.#primitives, this.#random, record, unsealed.message), used: null };
      const decrypted = {
        record: opened.record,
        used: opened.used,
        sessionRemoteIdentity: opened.session.remoteIdentity,
        served: opened.record.current === opened.session,
        beganAnew: opened.used !== null && hasSessions(record),
        ...contentOf(opened.plaintext),
      };
      return { result: 'decrypted', decrypted };
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      if (error.code === 'duplicate') return { result: 'duplicate' };
      if (HOSTILE.has(error.code)) return { result: 'garbage' };
      return { result: 'undecryptable', lostKey: error.code === 'unknown-prekey' };
    }
  }

  #local(): { identitySecret: Uint8Array; identityKey: Uint8Array; registrationId: number } {
    const { identitySecret, identityKey } = this.#own.device;
    return { identitySecret, identityKey, registrationId: this.#own.registrationId };
  }
}

/** More than one that nobody answered: two who write to each other at once lost nothing. */
const hasSessions = ({ current, archived, retired }: SessionRecord): boolean =>
  current?.pending === null || archived.length + retired.length > 0;

function contentOf(plaintext: Uint8Array): Pick<Decrypted, 'content' | 'newer'> {
  try {
    return { content: decodeContent(unpadContent(plaintext)), newer: false };
  } catch (error) {
    if (error instanceof WireError) return { content: null, newer: error.code === 'unknown-version' };
    if (error instanceof MailboxError) return { content: null, newer: false };
    throw error;
  }
}

import { concat, CryptoError, utf8 } from '../crypto/index.ts';
import type { Primitives, Random } from '../crypto/index.ts';
import { HandshakeError } from './handshake-error.ts';
import { decodeCurveKey, decodeKyber, encodeCurveKey, encodeKyber } from './key-encoding.ts';
import { kyberDecapsulate, kyberEncapsulate } from './kyber.ts';

/** PQXDH, section 3.3: info = protocol _ curve _ hash _ KEM. */
const INFO = utf8('WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024');
/** PQXDH, section 2.2: salt of 32 zero bytes; F = 32 bytes 0xFF. */
const ZEROS = new Uint8Array(32);
const F = new Uint8Array(32).fill(0xff);

/** A public prekey of somebody else. Its signature has been checked. */
export interface RemotePrekey {
  readonly id: number;
  /** `0x05 | 32 B` or `0x08 | 1,568 B`. */
  readonly key: Uint8Array;
}

/** What a handshake is begun from. The caller has verified both signatures against `identityKey` (PQXDH, section 3.3). */
export interface RemoteBundle {
  /** `0x05 | 32 B`. */
  readonly identityKey: Uint8Array;
  readonly registrationId: number;
  readonly signedPrekey: RemotePrekey;
  readonly kyberPrekey: RemotePrekey;
  /** null: none was left. */
  readonly oneTime: RemotePrekey | null;
}

/** SK of PQXDH, cut in three: 32 B each. */
export interface HandshakeSecrets {
  readonly rootKey: Uint8Array;
  /** First sending chain of the responder, under its signed prekey. */
  readonly chainKey: Uint8Array;
  /** Where the post-quantum ratchet starts. */
  readonly postQuantumKey: Uint8Array;
}

export interface Initiation {
  readonly secrets: HandshakeSecrets;
  /** EKA, `0x05 | 32 B`. */
  readonly baseKey: Uint8Array;
  /** `0x08 | 1,568 B`. */
  readonly kyberCiphertext: Uint8Array;
}

/**
 * The initiator's side (PQXDH, section 3.3):
 *
 *     (CT, SS) = PQKEM-ENC(PQPKB)
 *     DH1 = DH(IKA, SPKB)   DH2 = DH(EKA, IKB)   DH3 = DH(EKA, SPKB)   [DH4 = DH(EKA, OPKB)]
 *     SK = KDF(DH1 | DH2 | DH3 | [DH4] | SS)
 *
 * @param localIdentitySecret 32 B
 * @throws HandshakeError 'bad-key'
 */
export function initiateHandshake(
  primitives: Primitives,
  random: Random,
  localIdentitySecret: Uint8Array,
  remote: RemoteBundle,
): Initiation {
  return refusingBadKeys(() => {
    const baseSecret = random(32);
    const remoteSigned = decodeCurveKey(remote.signedPrekey.key);
    const { ciphertext, sharedSecret } = kyberEncapsulate(primitives, random, decodeKyber(remote.kyberPrekey.key));
    const { x25519 } = primitives;
    const parts = [
      x25519.sharedSecret(localIdentitySecret, remoteSigned),
      x25519.sharedSecret(baseSecret, decodeCurveKey(remote.identityKey)),
      x25519.sharedSecret(baseSecret, remoteSigned),
    ];
    if (remote.oneTime !== null) parts.push(x25519.sharedSecret(baseSecret, decodeCurveKey(remote.oneTime.key)));
    parts.push(sharedSecret);
    const baseKey = encodeCurveKey(x25519.publicKey(baseSecret));
    baseSecret.fill(0);
    return { secrets: deriveSecrets(primitives, parts), baseKey, kyberCiphertext: encodeKyber(ciphertext) };
  });
}

/** The responder's secrets that the initiator's message names. */
export interface ResponderSecrets {
  readonly identitySecret: Uint8Array;
  readonly signedPrekeySecret: Uint8Array;
  /** null: the message names none. */
  readonly oneTimeSecret: Uint8Array | null;
  /** 64 B. */
  readonly kyberSecret: Uint8Array;
}

/** What the initiator's message says of it. */
export interface RemoteInitiation {
  readonly identityKey: Uint8Array;
  readonly baseKey: Uint8Array;
  readonly kyberCiphertext: Uint8Array;
}

/**
 * The responder's side (PQXDH, section 3.4): the same secrets from the other halves. Whether they are the same shows
 * only when the message they came with authenticates.
 *
 * @throws HandshakeError 'bad-key'
 */
export function respondHandshake(
  primitives: Primitives,
  local: ResponderSecrets,
  remote: RemoteInitiation,
): HandshakeSecrets {
  return refusingBadKeys(() => {
    const { x25519 } = primitives;
    const remoteBase = decodeCurveKey(remote.baseKey);
    const parts = [
      x25519.sharedSecret(local.signedPrekeySecret, decodeCurveKey(remote.identityKey)),
      x25519.sharedSecret(local.identitySecret, remoteBase),
      x25519.sharedSecret(local.signedPrekeySecret, remoteBase),
    ];
    if (local.oneTimeSecret !== null) parts.push(x25519.sharedSecret(local.oneTimeSecret, remoteBase));
    parts.push(kyberDecapsulate(primitives, local.kyberSecret, decodeKyber(remote.kyberCiphertext)));
    return deriveSecrets(primitives, parts);
  });
}

/** KDF(KM) = HKDF(zeros, F | KM, info, 96) (PQXDH, section 2.2). Wipes the parts. */
function deriveSecrets(primitives: Primitives, parts: readonly Uint8Array[]): HandshakeSecrets {
  const material = concat(F, ...parts);
  const derived = primitives.hkdf(ZEROS, material, INFO, 96);
  const secrets = {
    rootKey: derived.slice(0, 32),
    chainKey: derived.slice(32, 64),
    postQuantumKey: derived.slice(64, 96),
  };
  for (const used of [...parts, material, derived]) used.fill(0);
  return secrets;
}

function refusingBadKeys<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof CryptoError) throw new HandshakeError('bad-key', 'a key was refused', { cause: error });
    throw error;
  }
}

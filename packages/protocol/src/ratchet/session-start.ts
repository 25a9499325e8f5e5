import type { Primitives, Random } from '../crypto/index.ts';
import { HandshakeError, initiateHandshake, respondHandshake } from '../handshake/index.ts';
import type { HandshakeSecrets, RemoteBundle } from '../handshake/index.ts';
import { LATEST_POST_QUANTUM } from './post-quantum-ratchet.ts';
import type { PrekeyMessage } from './prekey-message.ts';
import { parsePrekeyMessage } from './prekey-message.ts';
import { RatchetError } from './ratchet-error.ts';
import { decryptRatchet } from './session-cipher.ts';
import { ratchetSending } from './session-ratchet.ts';
import type { ReceivingChain, SessionState } from './session-state.ts';
import { NO_SKIPPED_KEYS } from '../braid/index.ts';

/** This device, as its sessions need it. */
export interface LocalDevice {
  /** 32 B. */
  readonly identitySecret: Uint8Array;
  /** `0x05 | 32 B`. */
  readonly identityKey: Uint8Array;
  readonly registrationId: number;
}

/** A prekey of this device, as its store gives it. */
export interface LocalPrekey {
  /** Curve25519: 32 B; Kyber: 64 B. */
  readonly secret: Uint8Array;
  /** `0x05 | 32 B` or `0x08 | 1,568 B`. */
  readonly key: Uint8Array;
}

/** Finds this device's prekeys; null: there is none of this id. */
export interface PrekeyLookup {
  signedPrekey(id: number): LocalPrekey | null;
  oneTime(id: number): LocalPrekey | null;
  kyber(id: number): LocalPrekey | null;
}

/** The prekeys a first message used: one-time ones are to be deleted with the commit of the new state. */
export interface UsedPrekeys {
  readonly oneTimeId: number | null;
  readonly signedPrekeyId: number;
  readonly kyberId: number;
}

export interface Accepted {
  readonly state: SessionState;
  readonly plaintext: Uint8Array;
  readonly used: UsedPrekeys;
}

/**
 * Begins a session (PQXDH, section 3.3) and takes the first ratchet step at once, with a fresh key against the
 * responder's signed prekey (Double Ratchet, section 3.3, RatchetInitAlice).
 *
 * @param options.bundle signatures already verified
 * @param options.nowMs when: an unanswered session expires
 * @throws RatchetError 'bad-key'
 */
export function startSession(
  primitives: Primitives,
  random: Random,
  options: { readonly local: LocalDevice; readonly bundle: RemoteBundle; readonly nowMs: number },
): SessionState {
  const { local, bundle, nowMs } = options;
  const { secrets, baseKey, kyberCiphertext } = refusing(() =>
    initiateHandshake(primitives, random, local.identitySecret, bundle),
  );
  const remoteSigned = bundle.signedPrekey.key.slice();
  const chain: ReceivingChain = {
    ratchetKey: remoteSigned,
    chainKey: secrets.chainKey,
    index: 0,
    skipped: NO_SKIPPED_KEYS,
  };
  const unsent = {
    ratchetSecret: new Uint8Array(32),
    ratchetKey: remoteSigned,
    chainKey: new Uint8Array(32),
    index: 0,
  };
  const state: SessionState = {
    initiator: true,
    localIdentity: local.identityKey.slice(),
    remoteIdentity: bundle.identityKey.slice(),
    localRegistrationId: local.registrationId,
    remoteRegistrationId: bundle.registrationId,
    baseKey,
    rootKey: secrets.rootKey,
    sending: unsent,
    previousCounter: 0,
    receiving: [chain],
    postQuantum: startPostQuantum(primitives, 'initiator', secrets),
    pending: {
      oneTimeId: bundle.oneTime?.id ?? null,
      signedPrekeyId: bundle.signedPrekey.id,
      kyberId: bundle.kyberPrekey.id,
      kyberCiphertext,
      startedAtMs: Math.floor(nowMs),
      contested: false,
    },
  };
  return ratchetSending(primitives, random, state, remoteSigned);
}

/**
 * Answers a first message (PQXDH, section 3.4; Double Ratchet, section 3.3, RatchetInitBob) and opens what it carries.
 * The caller compares `state.remoteIdentity` with whom the message is said to be from.
 *
 * @throws RatchetError 'unknown-prekey', and as decryptRatchet()
 */
export function acceptSession(
  primitives: Primitives,
  random: Random,
  local: LocalDevice,
  prekeys: PrekeyLookup,
  message: Uint8Array,
): Accepted {
  return acceptParsed(primitives, random, local, prekeys, parsePrekeyMessage(message));
}

/** acceptSession() of a message that has been parsed. */
export function acceptParsed(
  primitives: Primitives,
  random: Random,
  local: LocalDevice,
  prekeys: PrekeyLookup,
  first: PrekeyMessage,
): Accepted {
  const signedPrekey = found(prekeys.signedPrekey(first.signedPrekeyId), 'signed');
  const kyber = found(prekeys.kyber(first.kyberId), 'Kyber');
  const oneTime = first.oneTimeId === null ? null : found(prekeys.oneTime(first.oneTimeId), 'one-time');
  const secrets = refusing(() =>
    respondHandshake(
      primitives,
      {
        identitySecret: local.identitySecret,
        signedPrekeySecret: signedPrekey.secret,
        oneTimeSecret: oneTime === null ? null : oneTime.secret,
        kyberSecret: kyber.secret,
      },
      first,
    ),
  );
  const fresh: SessionState = {
    initiator: false,
    localIdentity: local.identityKey.slice(),
    remoteIdentity: first.identityKey.slice(),
    localRegistrationId: local.registrationId,
    remoteRegistrationId: first.registrationId,
    baseKey: first.baseKey.slice(),
    rootKey: secrets.rootKey,
    sending: {
      ratchetSecret: signedPrekey.secret.slice(),
      ratchetKey: signedPrekey.key.slice(),
      chainKey: secrets.chainKey,
      index: 0,
    },
    previousCounter: 0,
    receiving: [],
    postQuantum: startPostQuantum(primitives, 'responder', secrets),
    pending: null,
  };
  const { state, plaintext } = decryptRatchet(primitives, random, fresh, first.message);
  const { oneTimeId, signedPrekeyId, kyberId } = first;
  return { state, plaintext, used: { oneTimeId, signedPrekeyId, kyberId } };
}

function startPostQuantum(
  primitives: Primitives,
  role: 'initiator' | 'responder',
  secrets: HandshakeSecrets,
): SessionState['postQuantum'] {
  const { version } = LATEST_POST_QUANTUM;
  const state = LATEST_POST_QUANTUM.start(primitives, role, secrets.postQuantumKey);
  secrets.postQuantumKey.fill(0);
  return { version, state };
}

function found(prekey: LocalPrekey | null, kind: string): LocalPrekey {
  if (prekey === null) throw new RatchetError('unknown-prekey', `the ${kind} prekey is not here`);
  return prekey;
}

function refusing<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof HandshakeError) throw new RatchetError('bad-key', 'a key was refused', { cause: error });
    throw error;
  }
}

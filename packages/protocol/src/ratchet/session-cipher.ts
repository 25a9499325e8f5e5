import type { Primitives, Random } from '../crypto/index.ts';
import { MAX_COUNTER } from './limits.ts';
import { messageKeys, messageSeed, nextChainKey } from './key-derivation.ts';
import { postQuantumHeadroom, postQuantumRatchet } from './post-quantum-ratchet.ts';
import type { PostQuantumReceive } from './post-quantum-ratchet.ts';
import { encodePrekeyMessage } from './prekey-message.ts';
import { RatchetError } from './ratchet-error.ts';
import { parseMessage, sealMessage, verifyMac } from './ratchet-message.ts';
import type { RatchetMessage } from './ratchet-message.ts';
import { findSeed, ratchetSending } from './session-ratchet.ts';
import type { SessionState } from './session-state.ts';

export type MessageKind = 'prekey' | 'ratchet';

export interface Encrypted {
  readonly state: SessionState;
  /** `prekey` until the first answer has come. */
  readonly kind: MessageKind;
  readonly message: Uint8Array;
  /** By how many bytes it could be longer had the post-quantum ratchet more to say: an envelope must not show that. */
  readonly headroom: number;
}

export interface Decrypted {
  readonly state: SessionState;
  readonly plaintext: Uint8Array;
}

/**
 * RatchetEncrypt (Double Ratchet, section 3.4). The state it returns must be stored before the message is sent.
 * @throws RatchetError 'exhausted'
 */
export function encrypt(primitives: Primitives, random: Random, state: SessionState, plaintext: Uint8Array): Encrypted {
  const { sending, postQuantum, pending } = state;
  if (sending.index >= MAX_COUNTER) throw new RatchetError('exhausted', 'no counter left');
  const second = postQuantumRatchet(postQuantum.version).send(primitives, random, postQuantum.state);
  const keys = messageKeys(primitives, messageSeed(primitives, sending.chainKey), second.key);
  const sealed = sealMessage(
    primitives,
    keys.macKey,
    { sender: state.localIdentity, receiver: state.remoteIdentity },
    {
      ratchetKey: sending.ratchetKey,
      counter: sending.index,
      previousCounter: state.previousCounter,
      ciphertext: primitives.aesCbc.encrypt(keys.cipherKey, keys.iv, plaintext),
      postQuantum: second.part,
    },
  );
  keys.buffer.fill(0);
  const next: SessionState = {
    ...state,
    sending: { ...sending, chainKey: nextChainKey(primitives, sending.chainKey), index: sending.index + 1 },
    postQuantum: { version: postQuantum.version, state: second.state },
  };
  const headroom = postQuantumHeadroom(second.part);
  if (pending === null) return { state: next, kind: 'ratchet', message: sealed, headroom };
  const message = encodePrekeyMessage({
    registrationId: state.localRegistrationId,
    oneTimeId: pending.oneTimeId,
    signedPrekeyId: pending.signedPrekeyId,
    kyberId: pending.kyberId,
    kyberCiphertext: pending.kyberCiphertext,
    baseKey: state.baseKey,
    identityKey: state.localIdentity,
    message: sealed,
  });
  return { state: next, kind: 'prekey', message, headroom };
}

/**
 * RatchetDecrypt (Double Ratchet, section 3.4): the next state is computed beside the old one, the message is
 * authenticated, and only then is the next state given out.
 *
 * @throws RatchetError 'malformed', 'unknown-version', 'bad-key', 'duplicate', 'too-far', 'bad-mac', 'bad-padding'
 */
export function decryptRatchet(
  primitives: Primitives,
  random: Random,
  state: SessionState,
  message: Uint8Array,
): Decrypted {
  return decryptParsed(primitives, random, state, message, parseMessage(message));
}

/** decryptRatchet() of a message that has been parsed. */
export function decryptParsed(
  primitives: Primitives,
  random: Random,
  state: SessionState,
  message: Uint8Array,
  parsed: RatchetMessage,
): Decrypted {
  const { postQuantum } = state;
  const found = findSeed(primitives, state, parsed.ratchetKey, parsed.counter);
  const second = receivePostQuantum(primitives, postQuantum, parsed.postQuantum, found.newChain);
  const keys = messageKeys(primitives, found.seed, second.key);
  const direction = { sender: state.remoteIdentity, receiver: state.localIdentity };
  const authentic = verifyMac(primitives, keys.macKey, direction, message);
  const plaintext = authentic ? primitives.aesCbc.decrypt(keys.cipherKey, keys.iv, parsed.ciphertext) : null;
  keys.buffer.fill(0);
  if (!authentic) throw new RatchetError('bad-mac', 'wrong MAC');
  if (plaintext === null) throw new RatchetError('bad-padding', 'wrong padding');
  const received: SessionState = {
    ...state,
    rootKey: found.rootKey,
    receiving: found.receiving,
    postQuantum: { version: postQuantum.version, state: second.state },
    pending: null,
  };
  const next = found.newChain ? ratchetSending(primitives, random, received, parsed.ratchetKey) : received;
  return { state: next, plaintext };
}

/**
 * A message on a chain that is new here has not been opened by this session: if its post-quantum key was used before,
 * the message is not this session's.
 */
function receivePostQuantum(
  primitives: Primitives,
  { version, state }: SessionState['postQuantum'],
  part: Uint8Array,
  newChain: boolean,
): PostQuantumReceive {
  try {
    return postQuantumRatchet(version).receive(primitives, state, part);
  } catch (error) {
    if (newChain && error instanceof RatchetError && error.code === 'duplicate') {
      throw new RatchetError('bad-mac', 'not of this session', { cause: error });
    }
    throw error;
  }
}

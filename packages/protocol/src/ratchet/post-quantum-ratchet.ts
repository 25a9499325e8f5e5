import { BraidError, checkSparse, MAX_PART_LENGTH, receiveSparse, sendSparse, startSparse } from '../braid/index.ts';
import type { Primitives, Random } from '../crypto/index.ts';
import { RatchetError } from './ratchet-error.ts';

/**
 * The ratchet that runs beside the Diffie-Hellman one and gives each message a second key (Double Ratchet, section 6:
 * Triple Ratchet). Its part of a message travels in field 5 of SignalMessage, its key is the salt of the message
 * keys. Its state is opaque bytes, stored with the version, so that sessions begun with one version go on with it.
 */
export interface PostQuantumRatchet {
  readonly version: number;
  /** @param key 32 B, the third part of PQXDH's output @returns state */
  start(primitives: Primitives, role: 'initiator' | 'responder', key: Uint8Array): Uint8Array;
  /**
   * Before a message is encrypted.
   * @throws RatchetError 'exhausted'
   */
  send(primitives: Primitives, random: Random, state: Uint8Array): PostQuantumSend;
  /**
   * Before a message is authenticated: the caller drops the result when the message's MAC is wrong.
   * @param part field 5; empty when the message has none
   * @throws RatchetError 'unknown-version', 'malformed', 'bad-mac', 'duplicate', 'too-far'
   */
  receive(primitives: Primitives, state: Uint8Array, part: Uint8Array): PostQuantumReceive;
  /** @throws RatchetError 'bad-state' when a stored state is none of this version */
  check(state: Uint8Array): void;
}

export interface PostQuantumSend {
  readonly state: Uint8Array;
  /** Field 5; empty: the field is left out. */
  readonly part: Uint8Array;
  /** 32 B; null: this version gives none. */
  readonly key: Uint8Array | null;
}

export type PostQuantumReceive = Pick<PostQuantumSend, 'state' | 'key'>;

/** Tag and length of field 5. */
const FIELD_OVERHEAD = 2;
const EMPTY = new Uint8Array(0);
const NOTHING: PostQuantumSend = { state: EMPTY, part: EMPTY, key: null };

/** Version 0: sends nothing, gives no key (salt of zeros), refuses a part. Sessions of programs before version 1. */
const none: PostQuantumRatchet = {
  version: 0,
  start: () => EMPTY,
  send: () => NOTHING,
  receive: (_primitives, _state, part) => {
    if (part.length > 0) throw new RatchetError('unknown-version', 'this session has no post-quantum ratchet');
    return NOTHING;
  },
  check: (state) => {
    if (state.length > 0) throw new RatchetError('bad-state', 'a post-quantum state of nothing');
  },
};

/** Version 1: the Sparse Post-Quantum Ratchet over the ML-KEM Braid. A message without a part is refused. */
const sparse: PostQuantumRatchet = {
  version: 1,
  start: startSparse,
  send: (primitives, random, state) => refusing(() => sendSparse(primitives, random, state)),
  receive: (primitives, state, part) => refusing(() => receiveSparse(primitives, state, part)),
  check: (state) => refusing(() => checkSparse(state)),
};

const ratchets: readonly PostQuantumRatchet[] = [none, sparse];

/** What new sessions start with, on both sides. */
export const LATEST_POST_QUANTUM: PostQuantumRatchet = sparse;

/** @throws RatchetError 'unknown-version' */
export function postQuantumRatchet(version: number): PostQuantumRatchet {
  const ratchet = ratchets.find((known) => known.version === version);
  if (ratchet === undefined) throw new RatchetError('unknown-version', 'unknown post-quantum ratchet');
  return ratchet;
}

/** By how many bytes a message with this field 5 is shorter than one with the longest. */
export const postQuantumHeadroom = (part: Uint8Array): number =>
  part.length === 0 ? FIELD_OVERHEAD + MAX_PART_LENGTH : MAX_PART_LENGTH - part.length;

/** The refusals of the braid by the same names. */
function refusing<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof BraidError) throw new RatchetError(error.code, error.message, { cause: error });
    throw error;
  }
}

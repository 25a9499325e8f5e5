import type { Primitives, Random } from '../crypto/index.ts';
import { RatchetError } from './ratchet-error.ts';

/**
 * The ratchet that runs beside the Diffie-Hellman one and gives each message a second key (Double Ratchet, section
 * 7: Triple Ratchet). Its part of a message travels in field 5 of SignalMessage, its key is the salt of the message
 * keys. Its state is opaque bytes, stored with the version, so that sessions begun with one version go on with it.
 */
export interface PostQuantumRatchet {
  readonly version: number;
  /** @param key 32 B, the third part of PQXDH's output @returns state */
  start(primitives: Primitives, role: 'initiator' | 'responder', key: Uint8Array): Uint8Array;
  /** Before a message is encrypted. */
  send(primitives: Primitives, random: Random, state: Uint8Array): PostQuantumSend;
  /**
   * Before a message is authenticated: the caller drops the result when the message's MAC is wrong.
   * @param part field 5; empty when the message has none
   * @throws RatchetError 'unknown-version', 'malformed'
   */
  receive(primitives: Primitives, random: Random, state: Uint8Array, part: Uint8Array): PostQuantumReceive;
}

export interface PostQuantumSend {
  readonly state: Uint8Array;
  /** Field 5; empty: the field is left out. */
  readonly part: Uint8Array;
  /** 32 B; null: this version gives none. */
  readonly key: Uint8Array | null;
}

export type PostQuantumReceive = Pick<PostQuantumSend, 'state' | 'key'>;

const EMPTY = new Uint8Array(0);
const NOTHING: PostQuantumSend = { state: EMPTY, part: EMPTY, key: null };

/** Version 0: sends nothing, gives no key (salt of zeros), refuses a part of somebody who has more. */
const none: PostQuantumRatchet = {
  version: 0,
  start: () => EMPTY,
  send: () => NOTHING,
  receive: (_primitives, _random, _state, part) => {
    if (part.length > 0) throw new RatchetError('unknown-version', 'a post-quantum ratchet is not spoken here');
    return NOTHING;
  },
};

const ratchets: readonly PostQuantumRatchet[] = [none];

/** What new sessions start with. */
export const LATEST_POST_QUANTUM: PostQuantumRatchet = none;

/** @throws RatchetError 'unknown-version' */
export function postQuantumRatchet(version: number): PostQuantumRatchet {
  const ratchet = ratchets.find((known) => known.version === version);
  if (ratchet === undefined) throw new RatchetError('unknown-version', 'unknown post-quantum ratchet');
  return ratchet;
}

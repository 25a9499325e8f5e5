import type { Primitives, Random } from '../crypto/index.ts';
import { startAuthenticator } from './authenticator.ts';
import { encodePart, parsePart } from './braid-part.ts';
import { receiveBraid } from './braid-receive.ts';
import { sendBraid } from './braid-send.ts';
import type { Braid } from './braid-state.ts';
import { NO_CHUNKS } from './chunk-code.ts';
import { addEpoch, receivingKey, sendingKey, startChains } from './epoch-chains.ts';
import { decodeState, encodeState } from './state-encoding.ts';

/*
 * The Sparse Post-Quantum Ratchet (The Double Ratchet Algorithm, section 5) over the ML-KEM Braid. State goes in and
 * out as the bytes in which it is stored.
 */

/**
 * @param role the initiator of the session has the first key pair
 * @param key 32 B that both share
 * @returns state
 */
export function startSparse(primitives: Primitives, role: 'initiator' | 'responder', key: Uint8Array): Uint8Array {
  const braid: Braid = {
    epoch: 1,
    authenticator: startAuthenticator(primitives, key),
    phase: role === 'initiator' ? { kind: 'KeysUnsampled' } : { kind: 'NoHeaderReceived', header: NO_CHUNKS },
  };
  return encodeState({ braid, chains: startChains(primitives, role === 'initiator', key) });
}

/**
 * What goes with the next message and the key for it, 32 B.
 * @throws BraidError 'exhausted', 'bad-state'
 */
export function sendSparse(
  primitives: Primitives,
  random: Random,
  bytes: Uint8Array,
): { state: Uint8Array; part: Uint8Array; key: Uint8Array } {
  const before = decodeState(bytes);
  const { braid, type, chunk, secret } = sendBraid(primitives, random, before.braid);
  const known = secret === null ? before.chains : addEpoch(primitives, before.chains, secret);
  const { chains, index, key } = sendingKey(primitives, known, braid.epoch - 1);
  const part = encodePart({ epoch: braid.epoch, index, type, chunk });
  return { state: encodeState({ braid, chains }), part, key };
}

/**
 * The key for a message that came with this part. The message is not authentic yet: with a wrong MAC the result is
 * dropped.
 *
 * @throws BraidError 'unknown-version', 'malformed', 'too-far', 'duplicate', 'bad-mac', 'bad-state'
 */
export function receiveSparse(
  primitives: Primitives,
  bytes: Uint8Array,
  part: Uint8Array,
): { state: Uint8Array; key: Uint8Array } {
  const parsed = parsePart(part);
  const before = decodeState(bytes);
  const { braid, secret } = receiveBraid(primitives, before.braid, parsed);
  const known = secret === null ? before.chains : addEpoch(primitives, before.chains, secret);
  const { chains, key } = receivingKey(primitives, known, parsed.epoch - 1, parsed.index);
  return { state: encodeState({ braid, chains }), key };
}

/** @throws BraidError 'bad-state' when these are not the bytes of a state */
export function checkSparse(bytes: Uint8Array): void {
  decodeState(bytes);
}

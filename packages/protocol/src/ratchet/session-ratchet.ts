import { CryptoError, sameBytes } from '../crypto/index.ts';
import type { Primitives, Random } from '../crypto/index.ts';
import { decodeCurveKey, encodeCurveKey } from '../handshake/index.ts';
import { messageSeed, nextChainKey, stepRoot } from './key-derivation.ts';
import { MAX_COUNTER, MAX_JUMP, MAX_RECEIVING_CHAINS, MAX_SKIPPED_KEYS } from './limits.ts';
import { RatchetError } from './ratchet-error.ts';
import type { ReceivingChain, SessionState } from './session-state.ts';
import { countSkipped, dropOldest, NO_SKIPPED_KEYS, SEED_LENGTH, takeSkipped } from '../braid/index.ts';

/** What a received header leads to, should the message prove authentic. */
export interface FoundSeed {
  /** 32 B. Not the caller's to wipe: the old state may hold it. */
  readonly seed: Uint8Array;
  readonly rootKey: Uint8Array;
  readonly receiving: readonly ReceivingChain[];
  /** The message began a chain, so the sending side takes its step too. */
  readonly newChain: boolean;
}

/**
 * TrySkippedMessageKeys, the receiving half of DHRatchet, and SkipMessageKeys (Double Ratchet, section 3.4).
 *
 * Unlike there, a chain that ends is not run up to the sender's PN: it stays, with its chain key, among the last
 * MAX_RECEIVING_CHAINS, and its late messages step it when they come.
 *
 * @throws RatchetError 'duplicate', 'too-far', 'bad-key', 'exhausted'
 */
export function findSeed(
  primitives: Primitives,
  state: SessionState,
  remoteRatchet: Uint8Array,
  counter: number,
): FoundSeed {
  const { receiving, rootKey } = state;
  const at = receiving.findLastIndex((chain) => sameBytes(chain.ratchetKey, remoteRatchet));
  const known = receiving[at];
  if (known === undefined) {
    const step = stepRoot(primitives, rootKey, agree(primitives, state.sending.ratchetSecret, remoteRatchet));
    const chain = { ratchetKey: remoteRatchet.slice(), chainKey: step.chainKey, index: 0, skipped: NO_SKIPPED_KEYS };
    const advanced = advanceTo(primitives, chain, counter);
    const chains = [...receiving.slice(1 - MAX_RECEIVING_CHAINS), advanced.chain];
    return { seed: advanced.seed, rootKey: step.rootKey, receiving: limitSkipped(chains), newChain: true };
  }
  if (counter < known.index) {
    const taken = takeSkipped(known.skipped, counter);
    if (taken === null) throw new RatchetError('duplicate', 'opened before, or its key is gone');
    const chains = receiving.with(at, { ...known, skipped: taken.rest });
    return { seed: taken.seed, rootKey, receiving: chains, newChain: false };
  }
  const advanced = advanceTo(primitives, known, counter);
  const chains = receiving.with(at, advanced.chain);
  return {
    seed: advanced.seed,
    rootKey,
    receiving: counter > known.index ? limitSkipped(chains) : chains,
    newChain: false,
  };
}

/**
 * The sending half of DHRatchet: a fresh key pair, RK and CKs = KDF_RK(RK, DH(DHs, DHr)).
 * Drawn only after the message was authenticated, so that a forged one costs neither randomness nor a state.
 */
export function ratchetSending(
  primitives: Primitives,
  random: Random,
  state: SessionState,
  remoteRatchet: Uint8Array,
): SessionState {
  const ratchetSecret = random(32);
  const step = stepRoot(primitives, state.rootKey, agree(primitives, ratchetSecret, remoteRatchet));
  return {
    ...state,
    rootKey: step.rootKey,
    sending: {
      ratchetSecret,
      ratchetKey: encodeCurveKey(primitives.x25519.publicKey(ratchetSecret)),
      chainKey: step.chainKey,
      index: 0,
    },
    previousCounter: Math.max(0, state.sending.index - 1),
  };
}

/** Runs a chain up to `counter`, keeping the seeds of the last MAX_SKIPPED_KEYS it passes. */
function advanceTo(
  primitives: Primitives,
  chain: ReceivingChain,
  counter: number,
): { chain: ReceivingChain; seed: Uint8Array } {
  const jump = counter - chain.index;
  if (jump > MAX_JUMP) throw new RatchetError('too-far', 'too many messages missing before this one');
  if (counter >= MAX_COUNTER) throw new RatchetError('exhausted', 'no counter left');
  const kept = Math.min(jump, MAX_SKIPPED_KEYS);
  const seeds = new Uint8Array(kept * SEED_LENGTH);
  let chainKey = chain.chainKey;
  for (let skipped = 0; skipped < jump; skipped++) {
    const slot = skipped - (jump - kept);
    if (slot >= 0) seeds.set(messageSeed(primitives, chainKey), slot * SEED_LENGTH);
    chainKey = nextChainKey(primitives, chainKey);
  }
  const seed = messageSeed(primitives, chainKey);
  return {
    seed,
    chain: {
      ratchetKey: chain.ratchetKey,
      chainKey: nextChainKey(primitives, chainKey),
      index: counter + 1,
      skipped: kept === 0 ? chain.skipped : [...chain.skipped, { first: counter - kept, seeds }],
    },
  };
}

/** Drops the oldest skipped keys, oldest chain first, until MAX_SKIPPED_KEYS are left. */
function limitSkipped(chains: readonly ReceivingChain[]): readonly ReceivingChain[] {
  let excess = -MAX_SKIPPED_KEYS;
  for (const chain of chains) excess += countSkipped(chain.skipped);
  if (excess <= 0) return chains;
  return chains.map((chain) => {
    if (excess <= 0) return chain;
    const count = countSkipped(chain.skipped);
    const skipped = dropOldest(chain.skipped, excess);
    excess -= count;
    return { ...chain, skipped };
  });
}

function agree(primitives: Primitives, localSecret: Uint8Array, remoteKey: Uint8Array): Uint8Array {
  try {
    return primitives.x25519.sharedSecret(localSecret, decodeCurveKey(remoteKey));
  } catch (error) {
    if (error instanceof CryptoError) throw new RatchetError('bad-key', 'bad ratchet key', { cause: error });
    throw error;
  }
}

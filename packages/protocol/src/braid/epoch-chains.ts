import { be32, concat, utf8 } from '../crypto/index.ts';
import type { Primitives } from '../crypto/index.ts';
import { BraidError } from './braid-error.ts';
import { MAX_NUMBER } from './braid-part.ts';
import type { EpochSecret } from './braid-state.ts';
import { KEPT_EPOCHS, MAX_PART_JUMP, MAX_SKIPPED_PART_KEYS } from './limits.ts';
import { countSkipped, dropOldest, NO_SKIPPED_KEYS, SEED_LENGTH, takeSkipped } from './skipped-keys.ts';
import type { SkippedKeys } from './skipped-keys.ts';

/*
 * The symmetric half of the Sparse Post-Quantum Ratchet (The Double Ratchet Algorithm, section 5): for each epoch and
 * direction a chain, from which each message takes one key. A message of braid epoch e uses the chains of epoch e - 1,
 * the newest that both sides are sure to have.
 */

const START_INFO = utf8('Signal PQ Ratchet V1 Chain  Start');
const ADD_INFO = utf8('Signal PQ Ratchet V1 Chain Add Epoch');
const NEXT_INFO = utf8('Signal PQ Ratchet V1 Chain Next');
const ZEROS = new Uint8Array(32);

/** A chain that sends. */
export interface PartChain {
  /** Secret, 32 B. */
  readonly key: Uint8Array;
  /** Of the last message; 0: none yet. */
  readonly index: number;
}

/** A chain that receives. */
export interface ReceivingPartChain extends PartChain {
  /** Keys of messages that were overtaken. */
  readonly skipped: SkippedKeys;
}

export interface EpochChain {
  /** null: a later epoch has been used for sending, so this one is not any more. */
  readonly sending: PartChain | null;
  readonly receiving: ReceivingPartChain;
}

/** Immutable. */
export interface EpochChains {
  /** This side began the session. */
  readonly initiator: boolean;
  /** Secret, 32 B. */
  readonly rootKey: Uint8Array;
  /** The last one of `epochs`. */
  readonly latest: number;
  /** The newest epochs, one after the other, oldest first, at most KEPT_EPOCHS. */
  readonly epochs: readonly EpochChain[];
}

/** KDF_SCKA_INIT: root | initiator's chain | responder's chain, of epoch 0. */
export function startChains(primitives: Primitives, initiator: boolean, key: Uint8Array): EpochChains {
  const derived = primitives.hkdf(ZEROS, key, START_INFO, 96);
  return { initiator, latest: 0, rootKey: derived.subarray(0, 32), epochs: [epochChain(derived, initiator)] };
}

/** KDF_SCKA_RK: the chains of the next epoch. Wipes the secret. */
export function addEpoch(primitives: Primitives, chains: EpochChains, { epoch, secret }: EpochSecret): EpochChains {
  const { initiator, rootKey, latest, epochs } = chains;
  if (epoch !== latest + 1) throw new BraidError('bad-state', 'epochs out of step');
  const derived = primitives.hkdf(rootKey, secret, ADD_INFO, 96);
  secret.fill(0);
  return {
    initiator,
    rootKey: derived.subarray(0, 32),
    latest: epoch,
    epochs: [...epochs.slice(1 - KEPT_EPOCHS), epochChain(derived, initiator)],
  };
}

function epochChain(derived: Uint8Array, initiator: boolean): EpochChain {
  const [ofInitiator, ofResponder] = [derived.subarray(32, 64), derived.subarray(64, 96)];
  return {
    sending: { key: initiator ? ofInitiator : ofResponder, index: 0 },
    receiving: { key: initiator ? ofResponder : ofInitiator, index: 0, skipped: NO_SKIPPED_KEYS },
  };
}

/**
 * The key of the next message sent. Epochs before this one do not send any more.
 * @throws BraidError 'exhausted'
 */
export function sendingKey(
  primitives: Primitives,
  chains: EpochChains,
  epoch: number,
): { chains: EpochChains; index: number; key: Uint8Array } {
  const at = position(chains, epoch);
  const sending = chains.epochs[at]?.sending ?? null;
  if (sending === null) throw new BraidError('bad-state', 'no chain to send with');
  if (sending.index >= MAX_NUMBER) throw new BraidError('exhausted', 'no counter left');
  const { next, key } = step(primitives, sending);
  const epochs = chains.epochs.map((each, i) => {
    if (i > at) return each;
    if (i === at) return { ...each, sending: next };
    return each.sending === null ? each : { ...each, sending: null };
  });
  return { chains: { ...chains, epochs }, index: next.index, key };
}

/**
 * The key of a message received.
 * @throws BraidError 'bad-mac' when the epoch is long past, 'too-far', 'duplicate'
 */
export function receivingKey(
  primitives: Primitives,
  chains: EpochChains,
  epoch: number,
  index: number,
): { chains: EpochChains; key: Uint8Array } {
  const at = position(chains, epoch);
  const known = chains.epochs[at]?.receiving;
  if (known === undefined) throw new BraidError('bad-mac', 'its epoch is not known any more');
  const changed = (receiving: ReceivingPartChain): EpochChains => ({
    ...chains,
    epochs: chains.epochs.with(at, { ...chains.epochs[at]!, receiving }),
  });
  if (index <= known.index) {
    const taken = takeSkipped(known.skipped, index);
    if (taken === null) throw new BraidError('duplicate', 'opened before, or its key is gone');
    return { chains: changed({ ...known, skipped: taken.rest }), key: taken.seed };
  }
  const { receiving, key } = advanceTo(primitives, known, index);
  const advanced = changed(receiving);
  return { chains: receiving.skipped === known.skipped ? advanced : limited(advanced), key };
}

/** Runs a chain up to `index`, keeping the keys of the last messages it passes. */
function advanceTo(
  primitives: Primitives,
  chain: ReceivingPartChain,
  index: number,
): { receiving: ReceivingPartChain; key: Uint8Array } {
  const jump = index - chain.index - 1;
  if (jump > MAX_PART_JUMP) throw new BraidError('too-far', 'too many messages missing before this one');
  const kept = Math.min(jump, MAX_SKIPPED_PART_KEYS);
  const seeds = new Uint8Array(kept * SEED_LENGTH);
  let at: PartChain = chain;
  for (let passed = 0; passed < jump; passed++) {
    const { next, key } = step(primitives, at);
    const slot = passed - (jump - kept);
    if (slot >= 0) seeds.set(key, slot * SEED_LENGTH);
    at = next;
  }
  const { next, key } = step(primitives, at);
  const skipped = kept === 0 ? chain.skipped : [...chain.skipped, { first: index - kept, seeds }];
  return { receiving: { ...next, skipped }, key };
}

/** KDF_SCKA_CK: next | key = HKDF(zeros, chain, be32(counter) | "… Next", 64), counter from 1. */
function step(primitives: Primitives, { key, index }: PartChain): { next: PartChain; key: Uint8Array } {
  const derived = primitives.hkdf(ZEROS, key, concat(be32(index + 1), NEXT_INFO), 64);
  return { next: { key: derived.subarray(0, 32), index: index + 1 }, key: derived.subarray(32, 64) };
}

/** Drops the oldest skipped keys, of the oldest epoch first, until MAX_SKIPPED_PART_KEYS are left. */
function limited(chains: EpochChains): EpochChains {
  let excess = -MAX_SKIPPED_PART_KEYS;
  for (const { receiving } of chains.epochs) excess += countSkipped(receiving.skipped);
  if (excess <= 0) return chains;
  const epochs = chains.epochs.map((each) => {
    if (excess <= 0) return each;
    const { receiving } = each;
    const skipped = dropOldest(receiving.skipped, excess);
    excess -= countSkipped(receiving.skipped);
    return { ...each, receiving: { ...receiving, skipped } };
  });
  return { ...chains, epochs };
}

const position = ({ latest, epochs }: EpochChains, epoch: number): number => epochs.length - 1 - (latest - epoch);

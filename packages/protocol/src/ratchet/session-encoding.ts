import { be32, concat } from '../crypto/index.ts';
import { isCurveKey, isKyber } from '../handshake/index.ts';
import { create, decodeStrict, encode, WireError } from '../wire/index.ts';
import { StoredSessionSchema } from '../wire/gen/session_pb.js';
import type { StoredPending, StoredReceivingChain, StoredSendingChain, StoredSession } from '../wire/gen/session_pb.js';
import { MAX_RECEIVING_CHAINS, MAX_SKIPPED_KEYS } from './limits.ts';
import { RatchetError } from './ratchet-error.ts';
import { postQuantumRatchet } from './post-quantum-ratchet.ts';
import type { PendingHandshake, ReceivingChain, SendingChain, SessionState } from './session-state.ts';
import { runLength, SEED_LENGTH } from '../braid/index.ts';
import type { SkippedKeys, SkippedRun } from '../braid/index.ts';

/** Version of StoredSession. */
const VERSION = 1;
/** A session with every limit reached: 80 kB of skipped keys, as much of post-quantum ones, the handshake, chains. */
export const MAX_SESSION_BYTES = 196_608;

/** The bytes in which a session is stored. They hold secrets: the store seals them. */
export function encodeSession(session: SessionState): Uint8Array {
  const { sending, postQuantum, pending } = session;
  const stored = create(StoredSessionSchema, {
    version: VERSION,
    initiator: session.initiator,
    localIdentity: session.localIdentity,
    remoteIdentity: session.remoteIdentity,
    localRegistrationId: session.localRegistrationId,
    remoteRegistrationId: session.remoteRegistrationId,
    baseKey: session.baseKey,
    rootKey: session.rootKey,
    sending,
    previousCounter: session.previousCounter,
    receiving: session.receiving.map(({ ratchetKey, chainKey, index, skipped }) => ({
      ratchetKey,
      chainKey,
      index,
      skippedRuns: concat(...skipped.flatMap((run) => [be32(run.first), be32(runLength(run))])),
      skippedSeeds: concat(...skipped.map((run) => run.seeds)),
    })),
    postQuantum,
    ...(pending === null ? {} : { pending: storedPending(pending) }),
  });
  return encode(StoredSessionSchema, stored);
}

/**
 * The session in these bytes, every length and limit checked. Nothing in it is a view of `bytes`.
 * @throws RatchetError 'bad-state'; 'unknown-version' when a later program wrote it
 */
export function decodeSession(bytes: Uint8Array): SessionState {
  const stored = readStored(() => decodeStrict(StoredSessionSchema, bytes.slice(), MAX_SESSION_BYTES));
  checkStoredVersion(stored.version, VERSION);
  const { sending, postQuantum } = stored;
  if (sending === undefined || postQuantum === undefined) throw badState('missing part');
  const { version, state } = postQuantum;
  postQuantumRatchet(version).check(state);
  const receiving = stored.receiving.map(receivingChain);
  if (receiving.length > MAX_RECEIVING_CHAINS) throw badState('too many chains');
  return {
    initiator: stored.initiator,
    localIdentity: curveKey(stored.localIdentity),
    remoteIdentity: curveKey(stored.remoteIdentity),
    localRegistrationId: stored.localRegistrationId,
    remoteRegistrationId: stored.remoteRegistrationId,
    baseKey: curveKey(stored.baseKey),
    rootKey: secret(stored.rootKey),
    sending: sendingChain(sending),
    previousCounter: stored.previousCounter,
    receiving: limited(receiving),
    postQuantum: { version, state },
    pending: stored.pending === undefined ? null : pendingHandshake(stored, stored.pending),
  };
}

/** Runs a decoder of `wire`; its refusals become 'bad-state'. */
export function readStored<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) throw new RatchetError('bad-state', 'not a stored session', { cause: error });
    throw error;
  }
}

export function checkStoredVersion(version: number, known: number): void {
  if (version !== known) throw new RatchetError('unknown-version', 'stored by another version');
}

const badState = (what: string): RatchetError => new RatchetError('bad-state', `stored session: ${what}`);

function sendingChain(stored: StoredSendingChain): SendingChain {
  return {
    ratchetSecret: secret(stored.ratchetSecret),
    ratchetKey: curveKey(stored.ratchetKey),
    chainKey: secret(stored.chainKey),
    index: stored.index,
  };
}

function receivingChain(stored: StoredReceivingChain): ReceivingChain {
  const { index, skippedRuns, skippedSeeds } = stored;
  return {
    ratchetKey: curveKey(stored.ratchetKey),
    chainKey: secret(stored.chainKey),
    index,
    skipped: skippedKeys(skippedRuns, skippedSeeds, index),
  };
}

/** Runs ascend, do not touch what is not yet reached, and use up the seeds exactly. */
function skippedKeys(runs: Uint8Array, seeds: Uint8Array, index: number): SkippedKeys {
  if (runs.length % 8 !== 0) throw badState('skipped runs');
  const view = new DataView(runs.buffer, runs.byteOffset, runs.length);
  const keys: SkippedRun[] = [];
  let next = 0;
  let offset = 0;
  for (let at = 0; at < runs.length; at += 8) {
    const first = view.getUint32(at);
    const length = view.getUint32(at + 4);
    const end = offset + length * SEED_LENGTH;
    if (length === 0 || first < next || first + length > index || end > seeds.length) throw badState('skipped runs');
    keys.push({ first, seeds: seeds.subarray(offset, end) });
    next = first + length;
    offset = end;
  }
  if (offset !== seeds.length) throw badState('skipped seeds');
  return keys;
}

function limited(chains: readonly ReceivingChain[]): readonly ReceivingChain[] {
  let count = 0;
  for (const { skipped } of chains) for (const run of skipped) count += runLength(run);
  if (count > MAX_SKIPPED_KEYS) throw badState('too many skipped keys');
  return chains;
}

function storedPending(pending: PendingHandshake): Partial<Omit<StoredPending, '$typeName' | '$unknown'>> {
  const { oneTimeId, signedPrekeyId, kyberId, kyberCiphertext, startedAtMs, contested } = pending;
  return {
    ...(oneTimeId === null ? {} : { oneTimeId }),
    signedPrekeyId,
    kyberId,
    kyberCiphertext,
    startedAt: BigInt(startedAtMs),
    contested,
  };
}

function pendingHandshake(session: StoredSession, stored: StoredPending): PendingHandshake {
  if (!session.initiator) throw badState('pending without having begun');
  if (!isKyber(stored.kyberCiphertext)) throw badState('Kyber ciphertext');
  return {
    oneTimeId: stored.oneTimeId ?? null,
    signedPrekeyId: stored.signedPrekeyId,
    kyberId: stored.kyberId,
    kyberCiphertext: stored.kyberCiphertext,
    startedAtMs: Number(stored.startedAt),
    contested: stored.contested,
  };
}

function curveKey(bytes: Uint8Array): Uint8Array {
  if (!isCurveKey(bytes)) throw badState('public key');
  return bytes;
}

function secret(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw badState('secret');
  return bytes;
}

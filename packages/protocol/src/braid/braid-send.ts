import { concat, encapsulateFirst, KEM_PARTS, KEM_SEED_LENGTH } from '../crypto/index.ts';
import type { Primitives, Random } from '../crypto/index.ts';
import { epochSecret, macOfHeader, updateAuthenticator } from './authenticator.ts';
import type { PartType } from './braid-part.ts';
import type { Braid, EpochSecret, Phase } from './braid-state.ts';
import { chunkOf, MAX_CHUNK_INDEX, NO_CHUNKS } from './chunk-code.ts';
import type { Chunk } from './chunk-code.ts';

export interface BraidSent {
  readonly braid: Braid;
  readonly type: PartType;
  readonly chunk: Chunk | null;
  /** Agreed on by this message's being made; null: nothing new. */
  readonly secret: EpochSecret | null;
}

type ChunkingPhase = Extract<Phase, { readonly next: number }>;

/** Send() of each state (The ML-KEM Braid Protocol, section 2.5). Never fails. */
export function sendBraid(primitives: Primitives, random: Random, braid: Braid): BraidSent {
  const { phase } = braid;
  switch (phase.kind) {
    case 'KeysUnsampled':
      return sendBraid(primitives, random, sampleKeys(primitives, random, braid));
    case 'KeysSampled':
      return chunked(braid, phase, 'Hdr', phase.header);
    case 'HeaderSent':
      return chunked(braid, phase, 'Ek', phase.keyVector);
    case 'Ct1Received':
      return chunked(braid, phase, 'EkCt1Ack', phase.keyVector);
    case 'EkSentCt1Received':
      return { braid, type: 'Ct1Ack', chunk: null, secret: null };
    case 'NoHeaderReceived':
    case 'Ct1Acknowledged':
      return { braid, type: 'None', chunk: null, secret: null };
    case 'HeaderReceived': {
      const { sampled, secret } = sampleCt1(primitives, random, braid, phase.header);
      return { ...sendBraid(primitives, random, sampled), secret };
    }
    case 'Ct1Sampled':
    case 'EkReceivedCt1Sampled':
      return chunked(braid, phase, 'Ct1', phase.ct1);
    case 'Ct2Sampled':
      return chunked(braid, phase, 'Ct2', phase.ct2);
  }
}

/** The next chunk. After the last number there is the first again. */
function chunked(braid: Braid, phase: ChunkingPhase, type: PartType, message: Uint8Array): BraidSent {
  const { next } = phase;
  const after: ChunkingPhase = { ...phase, next: next === MAX_CHUNK_INDEX ? 0 : next + 1 };
  return { braid: { ...braid, phase: after }, type, chunk: chunkOf(message, next), secret: null };
}

/** A fresh key pair: the header of rho and the key's hash is sent first. */
function sampleKeys(primitives: Primitives, random: Random, braid: Braid): Braid {
  const seed = random(KEM_SEED_LENGTH);
  const publicKey = primitives.mlKem768.publicKey(seed);
  const header = concat(publicKey.subarray(KEM_PARTS.keyVector), primitives.sha3_256(publicKey));
  const mac = macOfHeader(primitives, braid.authenticator, braid.epoch, header);
  return { ...braid, phase: { kind: 'KeysSampled', seed, header: concat(header, mac), next: 0 } };
}

/** Encaps1: the epoch's secret and ct1, of the header alone. */
function sampleCt1(
  primitives: Primitives,
  random: Random,
  braid: Braid,
  header: Uint8Array,
): { sampled: Braid; secret: EpochSecret } {
  const { epoch } = braid;
  const message = random(KEM_PARTS.message);
  const { keySeed } = KEM_PARTS;
  const { ct1, sharedSecret } = encapsulateFirst(header.subarray(0, keySeed), header.subarray(keySeed), message);
  const secret = epochSecret(primitives, epoch, sharedSecret);
  const sampled: Braid = {
    epoch,
    authenticator: updateAuthenticator(primitives, braid.authenticator, epoch, secret),
    phase: { kind: 'Ct1Sampled', header, message, ct1, keyVector: NO_CHUNKS, next: 0 },
  };
  return { sampled, secret: { epoch, secret } };
}

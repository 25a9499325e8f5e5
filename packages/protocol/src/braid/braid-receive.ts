import { concat, CryptoError, encapsulateWhole, KEM_PARTS } from '../crypto/index.ts';
import type { Primitives } from '../crypto/index.ts';
import { epochSecret, macOfCiphertext, macOfHeader, updateAuthenticator } from './authenticator.ts';
import { BraidError } from './braid-error.ts';
import type { BraidPart } from './braid-part.ts';
import { HEADER_LENGTH, SEALED_CT2_LENGTH, SEALED_HEADER_LENGTH } from './braid-state.ts';
import type { Braid, EpochSecret, Phase } from './braid-state.ts';
import { messageOf, NO_CHUNKS, withChunk } from './chunk-code.ts';
import type { Chunk, ChunkSet } from './chunk-code.ts';

export interface BraidReceived {
  readonly braid: Braid;
  /** Agreed on by this message; null: nothing new. */
  readonly secret: EpochSecret | null;
}

type PhaseOf<Kind extends Phase['kind']> = Extract<Phase, { readonly kind: Kind }>;

/**
 * Receive() of each state (The ML-KEM Braid Protocol, section 2.5). What belongs to an earlier epoch, or is of no use
 * in this state, is passed over: it is late.
 *
 * @throws BraidError 'too-far' for an epoch that the other side cannot have reached, 'bad-mac'
 */
export function receiveBraid(primitives: Primitives, braid: Braid, part: BraidPart): BraidReceived {
  const { epoch, phase } = braid;
  if (part.epoch > epoch) {
    if (part.epoch !== epoch + 1 || phase.kind !== 'Ct2Sampled') throw new BraidError('too-far', 'epoch not reached');
    return moved({ ...braid, epoch: epoch + 1 }, { kind: 'KeysUnsampled' });
  }
  if (part.epoch < epoch) return { braid, secret: null };
  const { type, chunk } = part;
  const acknowledged = type === 'EkCt1Ack' || type === 'Ct1Ack';
  switch (phase.kind) {
    case 'KeysUnsampled':
    case 'HeaderReceived':
    case 'Ct2Sampled':
      break;
    case 'KeysSampled':
      if (chunk !== null && type === 'Ct1') return moved(braid, headerSent(primitives, phase, chunk));
      break;
    case 'HeaderSent':
      if (chunk !== null && type === 'Ct1') return moved(braid, withCt1(phase, chunk));
      break;
    case 'Ct1Received':
    case 'EkSentCt1Received':
      if (chunk !== null && type === 'Ct2') return withCt2(primitives, braid, phase, chunk);
      break;
    case 'NoHeaderReceived':
      if (chunk !== null && type === 'Hdr') return moved(braid, withHeader(primitives, braid, phase, chunk));
      break;
    case 'Ct1Sampled':
    case 'Ct1Acknowledged': {
      const keyVector = chunk !== null && (type === 'Ek' || acknowledged) ? withChunk(phase.keyVector, chunk) : null;
      if (keyVector === null && !acknowledged) break;
      return moved(braid, withKey(primitives, braid, phase, keyVector ?? phase.keyVector, acknowledged));
    }
    case 'EkReceivedCt1Sampled':
      if (acknowledged) return moved(braid, { kind: 'Ct2Sampled', ct2: phase.ct2, next: 0 });
      break;
  }
  return { braid, secret: null };
}

const moved = (braid: Braid, phase: Phase): BraidReceived => ({ braid: { ...braid, phase }, secret: null });

/** The first chunk of ct1 says that the header has come: the key vector is next. */
function headerSent(primitives: Primitives, { seed }: PhaseOf<'KeysSampled'>, chunk: Chunk): Phase {
  const keyVector = primitives.mlKem768.publicKey(seed).slice(0, KEM_PARTS.keyVector);
  return { kind: 'HeaderSent', seed, keyVector, next: 0, ct1: withChunk(NO_CHUNKS, chunk) };
}

function withCt1(phase: PhaseOf<'HeaderSent'>, chunk: Chunk): Phase {
  const chunks = withChunk(phase.ct1, chunk);
  const ct1 = messageOf(chunks, KEM_PARTS.ct1);
  return ct1 === null ? { ...phase, ct1: chunks } : { ...phase, kind: 'Ct1Received', ct1 };
}

/** The first chunk of ct2 says that the key has come; the last one completes the epoch, and the sides change roles. */
function withCt2(
  primitives: Primitives,
  braid: Braid,
  phase: PhaseOf<'Ct1Received' | 'EkSentCt1Received'>,
  chunk: Chunk,
): BraidReceived {
  const { seed, ct1 } = phase;
  const chunks = withChunk(phase.kind === 'EkSentCt1Received' ? phase.ct2 : NO_CHUNKS, chunk);
  const sealed = messageOf(chunks, SEALED_CT2_LENGTH);
  if (sealed === null) return moved(braid, { kind: 'EkSentCt1Received', seed, ct1, ct2: chunks });
  const { epoch } = braid;
  const ciphertext = concat(ct1, sealed.subarray(0, KEM_PARTS.ct2));
  const secret = epochSecret(primitives, epoch, primitives.mlKem768.decapsulate(seed, ciphertext));
  const authenticator = updateAuthenticator(primitives, braid.authenticator, epoch, secret);
  const mac = macOfCiphertext(primitives, authenticator, epoch, ciphertext);
  expectMac(primitives, mac, sealed.subarray(KEM_PARTS.ct2));
  return {
    braid: { epoch: epoch + 1, authenticator, phase: { kind: 'NoHeaderReceived', header: NO_CHUNKS } },
    secret: { epoch, secret },
  };
}

function withHeader(
  primitives: Primitives,
  { authenticator, epoch }: Braid,
  phase: PhaseOf<'NoHeaderReceived'>,
  chunk: Chunk,
): Phase {
  const chunks = withChunk(phase.header, chunk);
  const sealed = messageOf(chunks, SEALED_HEADER_LENGTH);
  if (sealed === null) return { ...phase, header: chunks };
  const header = sealed.slice(0, HEADER_LENGTH);
  expectMac(primitives, macOfHeader(primitives, authenticator, epoch, header), sealed.subarray(HEADER_LENGTH));
  return { kind: 'HeaderReceived', header };
}

/** Once the key is here ct2 is made; it is sent once ct1 has arrived. */
function withKey(
  primitives: Primitives,
  braid: Braid,
  phase: PhaseOf<'Ct1Sampled' | 'Ct1Acknowledged'>,
  chunks: ChunkSet,
  acknowledged: boolean,
): Phase {
  const { header, message } = phase;
  const keyVector = messageOf(chunks, KEM_PARTS.keyVector);
  if (keyVector === null) {
    if (phase.kind === 'Ct1Sampled' && !acknowledged) return { ...phase, keyVector: chunks };
    return { kind: 'Ct1Acknowledged', header, message, keyVector: chunks };
  }
  const ct2 = sealedCt2(primitives, braid, header, message, keyVector);
  if (phase.kind === 'Ct1Sampled' && !acknowledged) {
    return { kind: 'EkReceivedCt1Sampled', ct1: phase.ct1, ct2, next: phase.next };
  }
  return { kind: 'Ct2Sampled', ct2, next: 0 };
}

/** Encaps2, and the MAC over the whole ciphertext. */
function sealedCt2(
  primitives: Primitives,
  { authenticator, epoch }: Braid,
  header: Uint8Array,
  message: Uint8Array,
  keyVector: Uint8Array,
): Uint8Array {
  const publicKey = concat(keyVector, header.subarray(0, KEM_PARTS.keySeed));
  expectMac(primitives, primitives.sha3_256(publicKey), header.subarray(KEM_PARTS.keySeed));
  const ciphertext = encapsulate(publicKey, message);
  return concat(ciphertext.subarray(KEM_PARTS.ct1), macOfCiphertext(primitives, authenticator, epoch, ciphertext));
}

function encapsulate(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  try {
    return encapsulateWhole(publicKey, message);
  } catch (error) {
    if (error instanceof CryptoError) throw new BraidError('bad-mac', 'a key that is none', { cause: error });
    throw error;
  }
}

function expectMac(primitives: Primitives, expected: Uint8Array, given: Uint8Array): void {
  if (!primitives.equal(expected, given)) throw new BraidError('bad-mac', 'not of this session');
}

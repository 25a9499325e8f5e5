import type { Authenticator } from './authenticator.ts';
import { KEM_PARTS } from '../crypto/index.ts';
import type { ChunkSet } from './chunk-code.ts';

const MAC_LENGTH = 32;
export const HEADER_LENGTH = KEM_PARTS.keySeed + KEM_PARTS.keyHash;
/** Header | MAC: 3 chunks. */
export const SEALED_HEADER_LENGTH = HEADER_LENGTH + MAC_LENGTH;
/** Ct2 | MAC: 5 chunks. */
export const SEALED_CT2_LENGTH = KEM_PARTS.ct2 + MAC_LENGTH;

/** Next chunk to send, a message that is being sent in chunks. */
interface Sending {
  readonly next: number;
}

/**
 * The states of section 2.5, under its names. The first five belong to the side whose key it is, the other six to the
 * side that encapsulates. What an agent needs no more is not in its next state:
 *
 * - of a key pair the seed is kept, and the vector while it is sent;
 * - ct2 is computed as soon as the key is here (the spec: when it is first sent), so that the message encapsulated,
 *   from which the epoch's secret follows, goes as early as it can.
 */
export type Phase =
  | { readonly kind: 'KeysUnsampled' }
  | ({
      readonly kind: 'KeysSampled';
      /** d | z, 64 B. */
      readonly seed: Uint8Array;
      /** Header | MAC. */
      readonly header: Uint8Array;
    } & Sending)
  | ({
      readonly kind: 'HeaderSent';
      readonly seed: Uint8Array;
      readonly keyVector: Uint8Array;
      readonly ct1: ChunkSet;
    } & Sending)
  | ({
      readonly kind: 'Ct1Received';
      readonly seed: Uint8Array;
      readonly keyVector: Uint8Array;
      readonly ct1: Uint8Array;
    } & Sending)
  | {
      readonly kind: 'EkSentCt1Received';
      readonly seed: Uint8Array;
      readonly ct1: Uint8Array;
      readonly ct2: ChunkSet;
    }
  | { readonly kind: 'NoHeaderReceived'; readonly header: ChunkSet }
  | {
      readonly kind: 'HeaderReceived';
      /** Rho | SHA3-256(t | rho), 64 B. */
      readonly header: Uint8Array;
    }
  | ({
      readonly kind: 'Ct1Sampled';
      readonly header: Uint8Array;
      /** M of FIPS 203, 32 B, secret. */
      readonly message: Uint8Array;
      readonly ct1: Uint8Array;
      readonly keyVector: ChunkSet;
    } & Sending)
  | ({
      readonly kind: 'EkReceivedCt1Sampled';
      readonly ct1: Uint8Array;
      /** Ct2 | MAC. */
      readonly ct2: Uint8Array;
    } & Sending)
  | {
      readonly kind: 'Ct1Acknowledged';
      readonly header: Uint8Array;
      readonly message: Uint8Array;
      readonly keyVector: ChunkSet;
    }
  | ({ readonly kind: 'Ct2Sampled'; readonly ct2: Uint8Array } & Sending);

/** One side of the key agreement. Immutable. */
export interface Braid {
  /** Being negotiated, from 1. */
  readonly epoch: number;
  readonly authenticator: Authenticator;
  readonly phase: Phase;
}

/** What both sides agree on in an epoch. */
export interface EpochSecret {
  readonly epoch: number;
  /** 32 B. */
  readonly secret: Uint8Array;
}

/** Whether this side has the secret of the epoch it negotiates: the encapsulating side is the first to. */
export const hasEpochSecret = ({ kind }: Phase): boolean =>
  kind === 'Ct1Sampled' || kind === 'EkReceivedCt1Sampled' || kind === 'Ct1Acknowledged' || kind === 'Ct2Sampled';

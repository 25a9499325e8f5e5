import { type Kem } from '@sotto/protocol/crypto';
/** Null where this Node has no ML-KEM with raw keys. */
export declare function nodeKems(): {
  readonly mlKem768: Kem;
  readonly mlKem1024: Kem;
} | null;

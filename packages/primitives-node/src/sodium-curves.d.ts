import { type KeyAgreement, type Signatures } from '@sotto/protocol/crypto';
import type { Sodium } from './sodium.ts';
export declare function sodiumX25519(sodium: Sodium): KeyAgreement;
/** libsodium's verification is the strict one that the port asks for. */
export declare function sodiumEd25519(sodium: Sodium): Signatures;

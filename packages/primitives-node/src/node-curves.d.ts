import { type KeyAgreement, type Signatures } from '@sotto/protocol/crypto';
export declare const nodeX25519: KeyAgreement;
export declare const nodeEd25519: Signatures;

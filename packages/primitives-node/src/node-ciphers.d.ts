import { type Aead, type BlockCipher } from '@sotto/protocol/crypto';
export declare const nodeAesGcm: Aead;
export declare const nodeChaChaPoly: Aead;
export declare const nodeAesCbc: BlockCipher;

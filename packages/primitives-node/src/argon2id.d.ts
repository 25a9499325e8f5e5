import { type Primitives } from '@sotto/protocol/crypto';
import type { Sodium } from './sodium.ts';
export declare const nodeArgon2id: Primitives['argon2id'];
/** libsodium is twice as fast as OpenSSL here, with one lane as the port has, but takes fewer shapes. */
export declare function sodiumArgon2id(sodium: Sodium): Primitives['argon2id'];

import { type Primitives } from '@sotto/protocol/crypto';
import type { Sodium } from './sodium.ts';
type Hashes = Pick<Primitives, 'sha256' | 'sha512' | 'hmacSha256' | 'hkdf' | 'sha3_256' | 'shake256'>;
export declare const nodeHashes: Hashes;
export declare function sodiumSha256(sodium: Sodium): Primitives['sha256'];
export {};

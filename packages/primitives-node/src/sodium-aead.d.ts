import { type Aead } from '@sotto/protocol/crypto';
import type { Sodium } from './sodium.ts';
/**
 * The relay's hot path: two of these per relayed message. No copy and no object beyond the result; the checks that
 * build an error text run only once something is known to be wrong.
 */
export declare function sodiumChaChaPoly(sodium: Sodium): Aead;
export declare function sodiumXChaChaPoly(sodium: Sodium): Aead;

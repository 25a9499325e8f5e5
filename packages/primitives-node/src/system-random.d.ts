import type { Random } from '@sotto/protocol/crypto';
/** The operating system's generator, through OpenSSL. */
export declare const systemRandom: Random;

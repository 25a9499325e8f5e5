import { randomFillSync } from 'node:crypto';
import type { Random } from '@sotto/protocol/crypto';

/** The operating system's generator, through OpenSSL. */
export const systemRandom: Random = (length) => randomFillSync(new Uint8Array(length));

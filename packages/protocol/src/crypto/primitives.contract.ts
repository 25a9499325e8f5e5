import { describe } from 'vitest';
import { describeAeads } from './aead.contract.ts';
import { describeBlockCipher } from './block-cipher.contract.ts';
import { describeEd25519, describeX25519 } from './curves.contract.ts';
import { describeHashes } from './hashes.contract.ts';
import { describeKems } from './kem.contract.ts';
import { describeMacs } from './mac.contract.ts';
import type { Primitives, Random } from './primitives.ts';
import { describeX25519Cases } from './x25519-cases.contract.ts';

/** Published vectors and must-fail cases that every backend passes: docs/protocol/crypto.md. */
export function describePrimitives(primitives: Primitives, random: Random): void {
  describe(`primitives of ${primitives.name}`, () => {
    describeAeads(primitives);
    describeBlockCipher(primitives);
    describeX25519(primitives);
    describeX25519Cases(primitives);
    describeEd25519(primitives);
    describeKems(primitives, random);
    describeHashes(primitives);
    describeMacs(primitives);
  });
}

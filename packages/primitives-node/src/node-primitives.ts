import { timingSafeEqual } from 'node:crypto';
import { noblePrimitives, type Primitives } from '@sotto/protocol/crypto';
import { nodeArgon2id, sodiumArgon2id } from './argon2id.ts';
import { nodeAesCbc, nodeAesGcm, nodeChaChaPoly } from './node-ciphers.ts';
import { nodeEd25519, nodeX25519 } from './node-curves.ts';
import { nodeHashes, sodiumSha256 } from './node-hashes.ts';
import { nodeKems } from './node-kem.ts';
import { sodiumChaChaPoly, sodiumXChaChaPoly } from './sodium-aead.ts';
import { sodiumEd25519, sodiumX25519 } from './sodium-curves.ts';
import { loadSodium, type Sodium } from './sodium.ts';

/** What node:crypto alone gives; noble fills in what this Node lacks. */
function withoutSodium(): Primitives {
  const kems = nodeKems();
  return {
    ...noblePrimitives,
    ...nodeHashes,
    name: kems === null ? 'node:crypto + noble ML-KEM' : 'node:crypto',
    x25519: nodeX25519,
    ed25519: nodeEd25519,
    aesGcm: nodeAesGcm,
    chaChaPoly: nodeChaChaPoly,
    aesCbc: nodeAesCbc,
    ...kems,
    argon2id: nodeArgon2id,
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

/**
 * Per primitive the fastest backend as measured by `test/bench/src/primitives.ts`.
 *
 * @param sodium null for a platform without the addon (and for the tests of that case).
 */
export function createNodePrimitives(sodium: Sodium | null): Primitives {
  const base = withoutSodium();
  if (sodium === null) return base;
  return {
    ...base,
    name: `sodium-native + ${base.name}`,
    x25519: sodiumX25519(sodium),
    ed25519: sodiumEd25519(sodium),
    chaChaPoly: sodiumChaChaPoly(sodium),
    xChaChaPoly: sodiumXChaChaPoly(sodium),
    sha256: sodiumSha256(sodium),
    argon2id: sodiumArgon2id(sodium),
  };
}

/** The native primitives of this machine. */
export const nodePrimitives: Primitives = createNodePrimitives(loadSodium());

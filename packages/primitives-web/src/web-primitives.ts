import sodium from 'libsodium-wrappers';
import { noblePrimitives, type Primitives } from '@sotto/protocol/crypto';
import { wasmChaChaPoly, wasmXChaChaPoly } from './wasm-aead.ts';
import { wasmEd25519, wasmX25519 } from './wasm-curves.ts';
import { wasmMlKem768 } from './wasm-kem.ts';

/**
 * The primitives for a browser: curves, ciphers, ML-KEM-768 and SHA3-256 of libsodium compiled to WebAssembly, several
 * times as fast as TypeScript, and noble for everything else (docs/benchmarks.md). Synchronous once loaded, as the port asks; a page
 * needs `wasm-unsafe-eval` in its content security policy.
 */
export async function loadWebPrimitives(): Promise<Primitives> {
  await sodium.ready;
  return {
    ...noblePrimitives,
    name: 'libsodium (WebAssembly) + noble',
    x25519: wasmX25519(sodium),
    ed25519: wasmEd25519(sodium),
    chaChaPoly: wasmChaChaPoly(sodium),
    xChaChaPoly: wasmXChaChaPoly(sodium),
    mlKem768: wasmMlKem768(sodium),
    sha3_256: (data) => sodium.crypto_hash_sha3256(data),
    equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
  };
}

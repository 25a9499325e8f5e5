import sodium from 'libsodium-wrappers';
import { noblePrimitives, type Primitives } from '@sotto/protocol/crypto';
import { wasmChaChaPoly, wasmXChaChaPoly } from './wasm-aead.ts';
import { wasmEd25519, wasmX25519 } from './wasm-curves.ts';

/**
 * The primitives for a browser: curves and ciphers of libsodium compiled to WebAssembly, several times as fast as
 * TypeScript, and noble for everything else (docs/benchmarks.md). Synchronous once loaded, as the port asks; a page
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
    equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
  };
}

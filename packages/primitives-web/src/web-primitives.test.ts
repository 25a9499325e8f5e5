import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { describePrimitives } from '../../protocol/src/crypto/primitives.contract.ts';
import { loadWebPrimitives } from './web-primitives.ts';

const primitives = await loadWebPrimitives();

describePrimitives(primitives, (length) => Uint8Array.from(randomBytes(length)));

it('CRYPTO-13: the name says which backends are in use', () => {
  expect(primitives.name).toBe('libsodium (WebAssembly) + noble');
});

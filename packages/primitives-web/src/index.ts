export { loadWebArgon2id } from './wasm-argon2id.ts';
export { loadWebPrimitives } from './web-primitives.ts';

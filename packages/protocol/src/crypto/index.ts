export * from './bytes.ts';
export * from './expect-length.ts';
export * from './primitives.ts';
export { checkOpen, checkSeal, CIPHER_KEY_LENGTH, TAG_LENGTH } from './aead.ts';
export { checkArgon2, checkHkdfLength, checkShakeLength } from './derivation.ts';
export { KEM_SEED_LENGTH, ML_KEM_1024, ML_KEM_768, type KemSizes } from './kem.ts';
export { noblePrimitives } from './noble-primitives.ts';
export { xeddsaSign, xeddsaVerify } from './xeddsa.ts';

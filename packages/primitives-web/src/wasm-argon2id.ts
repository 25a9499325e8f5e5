import { checkArgon2, noblePrimitives, type Primitives } from '@sotto/protocol/crypto';

const SALT_LENGTH = 16;
const LEAST_OUTPUT = 16;

/**
 * Argon2id of libsodium's larger build, several times as fast as TypeScript, loaded when a passphrase is first used.
 * It takes fewer shapes than the port has; noble takes the others.
 */
export async function loadWebArgon2id(): Promise<Primitives['argon2id']> {
  const { default: sodium } = await import('libsodium-wrappers-sumo');
  await sodium.ready;
  return (password, salt, cost, length) => {
    checkArgon2(salt, cost, length);
    if (salt.length !== SALT_LENGTH || length < LEAST_OUTPUT) {
      return noblePrimitives.argon2id(password, salt, cost, length);
    }
    const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
    return sodium.crypto_pwhash(length, password, salt, cost.passes, cost.memoryKiB * 1024, algorithm);
  };
}

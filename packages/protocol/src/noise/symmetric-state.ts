import { concat, utf8, type Aead, type Primitives } from '../crypto/index.ts';
import { aeadOf, CipherState, TAG } from './cipher-state.ts';
import { NoiseError } from './noise-error.ts';
import type { NoiseProtocol } from './suite.ts';

const EMPTY = new Uint8Array(0);

/** Chaining key and handshake hash (Noise specification, section 5.2). */
export class SymmetricState {
  readonly #primitives: Primitives;
  readonly #protocol: NoiseProtocol;
  readonly #aead: Aead;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | null = null;

  /** InitializeSymmetric */
  constructor(primitives: Primitives, protocol: NoiseProtocol) {
    this.#primitives = primitives;
    this.#protocol = protocol;
    this.#aead = aeadOf(primitives, protocol.cipher);
    const name = utf8(protocol.name);
    if (name.length <= 32) {
      this.#hash = new Uint8Array(32);
      this.#hash.set(name);
    } else {
      this.#hash = primitives.sha256(name);
    }
    this.#chainingKey = this.#hash.slice();
  }

  /** GetHandshakeHash (section 11.2: channel binding), 32 B. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** Whether payloads and static keys are encrypted by now. */
  get hasKey(): boolean {
    return this.#cipher !== null;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#primitives.sha256(concat(this.#hash, data));
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    // Section 4.3: HKDF with the chaining key as salt and no info.
    const output = this.#derive(inputKeyMaterial, 64);
    this.#setKey(output.slice(32, 64));
    output.fill(0);
  }

  /** Section 9.1: the psk token. */
  mixKeyAndHash(inputKeyMaterial: Uint8Array): void {
    const output = this.#derive(inputKeyMaterial, 96);
    this.mixHash(output.subarray(32, 64));
    this.#setKey(output.slice(64, 96));
    output.fill(0);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher === null ? plaintext : this.#cipher.encrypt(this.#hash, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** @throws NoiseError 'decrypt' */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    let plaintext: Uint8Array = ciphertext;
    if (this.#cipher !== null) {
      const opened = ciphertext.length < TAG ? null : this.#cipher.decrypt(this.#hash, ciphertext);
      if (opened === null) throw new NoiseError('decrypt', 'handshake message is not authentic');
      plaintext = opened;
    }
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** Split: the initiator's sending key first. */
  split(): [CipherState, CipherState] {
    const output = this.#primitives.hkdf(this.#chainingKey, EMPTY, EMPTY, 64);
    this.wipe();
    // Both keys stay where they are: a link keeps one buffer, not three.
    return [
      new CipherState(this.#aead, this.#protocol.cipher, output.subarray(0, 32)),
      new CipherState(this.#aead, this.#protocol.cipher, output.subarray(32, 64)),
    ];
  }

  wipe(): void {
    this.#chainingKey.fill(0);
    this.#cipher?.wipe();
    this.#cipher = null;
  }

  #derive(inputKeyMaterial: Uint8Array, length: 64 | 96): Uint8Array {
    const output = this.#primitives.hkdf(this.#chainingKey, inputKeyMaterial, EMPTY, length);
    this.#chainingKey.fill(0);
    this.#chainingKey = output.slice(0, 32);
    return output;
  }

  #setKey(key: Uint8Array): void {
    this.#cipher?.wipe();
    this.#cipher = new CipherState(this.#aead, this.#protocol.cipher, key);
  }
}

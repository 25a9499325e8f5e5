import { concat, CryptoError, type Primitives, type Random } from '../crypto/index.ts';
import { KEY, MAX_MESSAGE, TAG } from './cipher-state.ts';
import { NoiseError } from './noise-error.ts';
import { NoiseTransport, REKEY_INTERVAL } from './noise-transport.ts';
import type { NoiseToken } from './patterns.ts';
import { protocolOf, type NoiseProtocol, type Suite } from './suite.ts';
import { SymmetricState } from './symmetric-state.ts';

/** X25519. */
export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface NoiseHandshakeOptions {
  readonly primitives: Primitives;
  /** Source of the ephemeral secret key. */
  readonly random: Random;
  readonly suite: Suite | NoiseProtocol;
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  /** When the pattern sends it or knows it beforehand. */
  readonly localStatic?: KeyPair;
  /** When the pattern knows it beforehand. */
  readonly remoteStatic?: Uint8Array;
  /** 32 B, when the pattern has a psk token. */
  readonly psk?: Uint8Array;
  /** Tests only: how many messages a transport key serves. Both sides must agree. */
  readonly rekeyInterval?: number;
}

/**
 * One side of a Noise handshake (Noise specification, revision 34, section 5.3): a table of tokens and a loop.
 * Any failure kills it: every later call throws 'wrong-state', the caller closes the link.
 */
export class NoiseHandshake {
  readonly #options: NoiseHandshakeOptions;
  readonly #symmetric: SymmetricState;
  readonly #messages: readonly (readonly NoiseToken[])[];
  readonly #hasPsk: boolean;
  #localEphemeral: KeyPair | null = null;
  #remoteEphemeral: Uint8Array | null = null;
  #remoteStatic: Uint8Array | null;
  #step = 0;
  #state: 'running' | 'split' | 'dead' = 'running';

  /** Initialize. @throws NoiseError 'missing-key' | 'bad-point' */
  constructor(options: NoiseHandshakeOptions) {
    const { suite, initiator, localStatic, remoteStatic, psk } = options;
    const protocol = 'name' in suite ? suite : protocolOf(suite);
    const { pattern } = protocol;
    this.#options = options;
    this.#messages = pattern.messages;
    this.#hasPsk = pattern.messages.some((tokens) => tokens.includes('psk'));
    if (this.#hasPsk && psk?.length !== KEY)
      throw new NoiseError('missing-key', 'a pre-shared key of 32 bytes is needed');
    this.#remoteStatic = null;
    this.#symmetric = new SymmetricState(options.primitives, protocol);
    this.#symmetric.mixHash(options.prologue);
    for (const initiatorKey of [true, false]) {
      const known = initiatorKey ? pattern.initiatorStaticKnown : pattern.responderStaticKnown;
      if (!known) continue;
      const key = initiatorKey === initiator ? localStatic?.publicKey : remoteStatic;
      if (key?.length !== KEY) throw new NoiseError('missing-key', 'a static key of 32 bytes is needed');
      if (initiatorKey !== initiator) this.#remoteStatic = key;
      this.#symmetric.mixHash(key);
    }
    const writesStatic = pattern.messages.some((tokens, i) => (i % 2 === 0) === initiator && tokens.includes('s'));
    if (writesStatic && localStatic?.publicKey.length !== KEY) {
      throw new NoiseError('missing-key', 'a local static key is needed');
    }
  }

  /** All messages are written and read; split() is next. */
  get complete(): boolean {
    return this.#state === 'running' && this.#step === this.#messages.length;
  }

  /** Whether writeMessage() is the next call. */
  get writing(): boolean {
    return this.#state === 'running' && !this.complete && (this.#step % 2 === 0) === this.#options.initiator;
  }

  /** The other side's static key: known from the start, or from the message that carried it; null when dead. */
  get remoteStatic(): Uint8Array | null {
    return this.#state === 'dead' ? null : this.#remoteStatic;
  }

  /** 32 B, the same on both sides once complete (section 11.2: channel binding). */
  get handshakeHash(): Uint8Array {
    return this.#symmetric.hash;
  }

  /** @throws NoiseError 'wrong-state' | 'too-large' | 'bad-point' */
  writeMessage(payload: Uint8Array): Uint8Array {
    if (!this.writing) throw new NoiseError('wrong-state', 'not the time to write');
    return this.#guarded(() => {
      const parts: Uint8Array[] = [];
      for (const token of this.#messages[this.#step]!) {
        if (token === 'e') parts.push(this.#writeEphemeral());
        else if (token === 's') parts.push(this.#symmetric.encryptAndHash(this.#options.localStatic!.publicKey));
        else this.#mix(token);
      }
      parts.push(this.#symmetric.encryptAndHash(payload));
      const message = concat(...parts);
      if (message.length > MAX_MESSAGE) throw new NoiseError('too-large', 'handshake message above 65535 bytes');
      return message;
    });
  }

  /**
   * @returns the payload
   * @throws NoiseError 'wrong-state' | 'decrypt' | 'too-short' | 'too-large' | 'bad-point'
   */
  readMessage(message: Uint8Array): Uint8Array {
    if (this.#state !== 'running' || this.complete || this.writing) {
      throw new NoiseError('wrong-state', 'not the time to read');
    }
    return this.#guarded(() => {
      if (message.length > MAX_MESSAGE) throw new NoiseError('too-large', 'handshake message above 65535 bytes');
      let offset = 0;
      const take = (length: number): Uint8Array => {
        if (offset + length > message.length) throw new NoiseError('too-short', 'handshake message too short');
        // A copy: the caller may reuse the message's buffer, these keys stay. (Buffer.slice would not copy.)
        return new Uint8Array(message.subarray(offset, (offset += length)));
      };
      for (const token of this.#messages[this.#step]!) {
        if (token === 'e') this.#readEphemeral(take(KEY));
        else if (token === 's') {
          this.#remoteStatic = this.#symmetric.decryptAndHash(take(this.#symmetric.hasKey ? KEY + TAG : KEY));
        } else this.#mix(token);
      }
      return this.#symmetric.decryptAndHash(take(message.length - offset));
    });
  }

  /** Once, when complete. @throws NoiseError 'wrong-state' */
  split(): NoiseTransport {
    if (!this.complete) throw new NoiseError('wrong-state', 'the handshake is not complete');
    this.#state = 'split';
    const [first, second] = this.#symmetric.split();
    this.#localEphemeral?.secretKey.fill(0);
    const [sending, receiving] = this.#options.initiator ? [first, second] : [second, first];
    return new NoiseTransport(sending, receiving, this.#options.rekeyInterval ?? REKEY_INTERVAL);
  }

  #guarded(work: () => Uint8Array): Uint8Array {
    try {
      const result = work();
      this.#step++;
      return result;
    } catch (error) {
      this.#state = 'dead';
      this.#symmetric.wipe();
      this.#localEphemeral?.secretKey.fill(0);
      if (error instanceof CryptoError) throw new NoiseError('bad-point', 'a public key is not acceptable');
      throw error;
    }
  }

  #writeEphemeral(): Uint8Array {
    const secretKey = this.#options.random(KEY);
    const publicKey = this.#options.primitives.x25519.publicKey(secretKey);
    this.#localEphemeral = { secretKey, publicKey };
    this.#mixEphemeral(publicKey);
    return publicKey;
  }

  #readEphemeral(publicKey: Uint8Array): void {
    this.#remoteEphemeral = publicKey;
    this.#mixEphemeral(publicKey);
  }

  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey);
    // Section 9.2: with a psk, ephemerals also enter the key, so that no two handshakes share one.
    if (this.#hasPsk) this.#symmetric.mixKey(publicKey);
  }

  /** The first letter of a DH token is the initiator's key, the second the responder's (section 7.1). */
  #mix(token: 'ee' | 'es' | 'se' | 'ss' | 'psk'): void {
    if (token === 'psk') {
      this.#symmetric.mixKeyAndHash(this.#options.psk!);
      return;
    }
    const [mine, theirs] = this.#options.initiator ? [token[0], token[1]] : [token[1], token[0]];
    const local = mine === 'e' ? this.#localEphemeral : this.#options.localStatic;
    const remote = theirs === 'e' ? this.#remoteEphemeral : this.#remoteStatic;
    if (!local || !remote) throw new NoiseError('missing-key', 'the pattern uses a key it does not have');
    const shared = this.#options.primitives.x25519.sharedSecret(local.secretKey, remote);
    this.#symmetric.mixKey(shared);
    shared.fill(0);
  }
}

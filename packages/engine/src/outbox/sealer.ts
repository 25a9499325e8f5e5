/** The outermost step of sending. It touches no ratchet state, so it may take its time (a web worker, WebCrypto). */
import { seal } from '@sotto/protocol/sealed';
import type { SealRequest } from '@sotto/protocol/sealed';
import type { Primitives, Random } from '../ports.ts';

export interface Sealer {
  /** @returns the envelope's body, one of the fixed sizes. @throws SealedError */
  seal(request: SealRequest): Uint8Array | Promise<Uint8Array>;
}

export class LocalSealer implements Sealer {
  readonly #primitives: Primitives;
  readonly #random: Random;

  constructor(primitives: Primitives, random: Random) {
    this.#primitives = primitives;
    this.#random = random;
  }

  seal(request: SealRequest): Uint8Array {
    return seal(this.#primitives, this.#random, request);
  }
}

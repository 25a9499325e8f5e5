import type { NoiseTransport } from '../noise/index.ts';
import { decodePacket, type Frame } from '../wire/index.ts';
import { asLinkError, LinkError } from './link-error.ts';

/** A finished link: packets out, frames in. One failure ends it (LINK-10). */
export class LinkChannel {
  readonly #transport: NoiseTransport;
  #dead = false;
  /** 32 B, the same on both sides and on no other link. */
  readonly handshakeHash: Uint8Array;

  constructor(transport: NoiseTransport, handshakeHash: Uint8Array) {
    this.#transport = transport;
    this.handshakeHash = handshakeHash;
  }

  /**
   * @param packet concatenated encoded frames, at most MAX_PACKET bytes; may be PacketWriter.take(): it is only
   *   read, and done with on return
   * @returns the message for the socket, a new array
   * @throws LinkError
   */
  seal(packet: Uint8Array): Uint8Array {
    if (this.#dead) throw new LinkError('wrong-state', 'the link has failed');
    try {
      return this.#transport.seal(packet);
    } catch (error) {
      throw asLinkError(error, 'wrong-state');
    }
  }

  /**
   * @param message a message of the socket, in the order they came
   * @returns its frames: byte fields are views of one array that belongs to the caller
   * @throws LinkError 'not-authentic' | 'malformed' | 'too-large' | 'wrong-state'
   */
  open(message: Uint8Array): Frame[] {
    if (this.#dead) throw new LinkError('wrong-state', 'the link has failed');
    try {
      return decodePacket(this.#transport.open(message));
    } catch (error) {
      this.wipe();
      throw asLinkError(error, 'not-authentic');
    }
  }

  /** Forgets the keys: for a link that is closed. */
  wipe(): void {
    this.#dead = true;
    this.#transport.wipe();
  }
}

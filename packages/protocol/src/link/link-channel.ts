import type { NoiseTransport } from '../noise/index.ts';
import { decodePacket, type Frame } from '../wire/index.ts';
import { asLinkError, LinkError } from './link-error.ts';

/** What sealing adds to a packet: the tag of the cipher. */
export const MESSAGE_OVERHEAD = 16;

/** A finished link: packets out, frames in. One failure ends it (LINK-10). */
export class LinkChannel {
  readonly #transport: NoiseTransport;
  #dead = false;

  constructor(transport: NoiseTransport) {
    this.#transport = transport;
  }

  /**
   * @param packet concatenated encoded frames, at most MAX_PACKET bytes; may be PacketWriter.take(): it is only
   *   read, and done with on return
   * @param out where the message goes: exactly packet.length + MESSAGE_OVERHEAD bytes, not overlapping the packet.
   *   For hot paths: it may be a part of a larger buffer, behind room for the framing of the socket
   * @returns the message for the socket: `out`, or a new array
   * @throws LinkError
   */
  seal(packet: Uint8Array, out?: Uint8Array): Uint8Array {
    if (this.#dead) throw new LinkError('wrong-state', 'the link has failed');
    try {
      return this.#transport.seal(packet, out);
    } catch (error) {
      throw asLinkError(error, 'wrong-state');
    }
  }

  /**
   * @param message a message of the socket, in the order they came
   * @param out where the packet goes: exactly message.length - MESSAGE_OVERHEAD bytes; it may be the beginning of
   *   `message`, when nobody else looks at that any more
   * @returns its frames: byte fields are views of `out`, or of a new array
   * @throws LinkError 'not-authentic' | 'malformed' | 'too-large' | 'wrong-state'
   */
  open(message: Uint8Array, out?: Uint8Array): Frame[] {
    if (this.#dead) throw new LinkError('wrong-state', 'the link has failed');
    try {
      return decodePacket(this.#transport.open(message, out));
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

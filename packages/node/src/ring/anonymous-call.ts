import { type Clock, type LinkChannel, LinkError, type LinkInitiator, type Socket } from '@sotto/protocol/link';
import type { Suite } from '@sotto/protocol/noise';
import { encodeFrame, type FrameBody } from '@sotto/protocol/wire';
import { dialLink } from './dial-link.ts';
import { JoinError } from './join-error.ts';
import type { PeerDialer } from './peer-dialer.ts';

const TIMEOUT_MS = 10_000;

/** A short anonymous link of a node that is no member yet: one question after the other. */
export class AnonymousCall {
  readonly #socket: Socket;
  readonly #channel: LinkChannel;
  readonly #clock: Clock;
  #request = 0;
  #settle: ((answer: FrameBody | null) => void) | null = null;
  #ended = false;

  private constructor(socket: Socket, channel: LinkChannel, clock: Clock) {
    this.#socket = socket;
    this.#channel = channel;
    this.#clock = clock;
    socket.onMessage = (message) => this.#receive(message);
    socket.onClose = () => this.#end();
  }

  /** @throws JoinError 'unreachable' | 'pre-shared-key' */
  static open(
    parts: { readonly dialer: PeerDialer; readonly clock: Clock; readonly psk: Uint8Array | null },
    url: string,
    initiator: (suite: Suite) => LinkInitiator,
  ): Promise<AnonymousCall> {
    const { dialer, clock, psk } = parts;
    const suite: Suite = { pattern: psk === null ? 'NK' : 'NKpsk2', cipher: 'ChaChaPoly' };
    return new Promise((resolve, reject) => {
      dialLink(
        { dialer, clock, url, suite, initiator: () => initiator(suite), timeoutMs: TIMEOUT_MS },
        {
          onLink: (socket, channel) => resolve(new AnonymousCall(socket, channel, clock)),
          onFailure: (cause) =>
            reject(new JoinError(cause instanceof LinkError ? 'pre-shared-key' : 'unreachable', { cause })),
        },
      );
    });
  }

  /** @throws JoinError 'unreachable' when the link ends or no answer comes in time */
  ask(body: FrameBody): Promise<FrameBody> {
    if (this.#ended) return Promise.reject(new JoinError('unreachable'));
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(TIMEOUT_MS, () => this.#settle?.(null));
      this.#settle = (answer) => {
        this.#settle = null;
        cancel();
        if (answer === null) reject(new JoinError('unreachable'));
        else resolve(answer);
      };
      this.#socket.send(this.#channel.seal(encodeFrame({ request: ++this.#request, body })));
    });
  }

  close(): void {
    this.#socket.close(1000, '');
    this.#end();
  }

  #receive(message: Uint8Array): void {
    try {
      for (const { request, body } of this.#channel.open(message)) {
        if (request === this.#request) this.#settle?.(body);
      }
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.close();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#settle?.(null);
  }
}

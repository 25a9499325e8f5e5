import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { LinkInitiator, subprotocolOf, type LinkChannel } from '@sotto/protocol/link';
import { encodeFrame, type Frame, type FrameBody } from '@sotto/protocol/wire';
import type { TestPerson } from '@sotto/node/testing';
import { WebSocket } from 'ws';
import type { ServerReady } from './measure.ts';

/** The leanest client there can be: a link that hands every frame to one function. */
export class BenchLink {
  readonly #ws: WebSocket;
  readonly #channel: LinkChannel;
  #packet: Uint8Array[] = [];
  #request = 0;
  onFrame: (frame: Frame) => void = () => undefined;
  /** It ended, by whomever. */
  onClose: (code: number) => void = () => undefined;

  private constructor(ws: WebSocket, channel: LinkChannel) {
    this.#ws = ws;
    this.#channel = channel;
    ws.removeAllListeners('message');
    ws.on('close', (code) => this.onClose(code));
    ws.on('message', (data: Buffer) => {
      for (const frame of channel.open(data)) this.onFrame(frame);
    });
  }

  /**
   * @param person null: an anonymous link
   * @param handshakeTimeoutMs without an answer for so long it is given up
   * @param localAddress where it comes from
   */
  static open(
    server: ServerReady,
    person: TestPerson | null,
    handshakeTimeoutMs = 120_000,
    localAddress = '127.0.0.1',
  ): Promise<BenchLink> {
    const suite = { pattern: person === null ? 'NK' : 'XX', cipher: 'ChaChaPoly' } as const;
    const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
    const initiator = new LinkInitiator({
      primitives: nodePrimitives,
      random: systemRandom,
      suite,
      network: bytes(server.network),
      nodeId: person === null ? null : bytes(server.nodeId),
      nowMs: null,
      identity: person && { linkSecret: person.device.linkSecret, certificate: person.device.certificate },
      remoteLinkKey: person === null ? bytes(server.linkKey) : null,
    });
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}`, subprotocolOf(suite), {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      localAddress,
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => ws.terminate(), handshakeTimeoutMs);
      ws.on('error', reject);
      ws.on('close', (code) => {
        clearTimeout(timer);
        reject(new Error(`closed with ${code}`));
      });
      ws.on('open', () => ws.send(initiator.start()));
      ws.on('message', (data: Buffer) => {
        const { reply, done } = initiator.receive(data);
        if (reply !== null) ws.send(reply);
        if (!done) return;
        clearTimeout(timer);
        resolve(new BenchLink(ws, initiator.channel));
      });
    });
  }

  /** Leaves with what else is posted in this turn. @returns the request number */
  post(body: FrameBody, ask = true): number {
    const request = ask ? ++this.#request : 0;
    if (this.#packet.push(encodeFrame({ request, body })) === 1) setImmediate(this.#flush);
    return request;
  }

  /** Posts and waits; for the rare frames before the measurement. */
  ask(body: FrameBody): Promise<FrameBody> {
    return new Promise((resolve) => {
      const request = this.post(body);
      const before = this.onFrame;
      this.onFrame = (frame) => {
        if (frame.request !== request) return before(frame);
        this.onFrame = before;
        resolve(frame.body);
      };
    });
  }

  /** Of this end. */
  get port(): number {
    return (this.#ws as unknown as { readonly _socket: { readonly localPort: number } })._socket.localPort;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  close(): void {
    this.#ws.removeAllListeners('close');
    this.#ws.terminate();
  }

  readonly #flush = (): void => {
    const frames = this.#packet;
    this.#packet = [];
    for (let at = 0; at < frames.length && this.isOpen;) {
      let size = 0;
      const from = at;
      while (at < frames.length && at - from < 64 && size + frames[at]!.length < 65_000) size += frames[at++]!.length;
      this.#ws.send(this.#channel.seal(Buffer.concat(frames.slice(from, at))));
    }
  };
}

import type { Primitives, Random } from '@sotto/protocol/crypto';
import { LinkInitiator, type LinkChannel, subprotocolOf } from '@sotto/protocol/link';
import type { NoiseCipher, NoisePattern } from '@sotto/protocol/noise';
import { type BodyOf, encodeFrame, type Frame, type FrameBody, type FrameCase } from '@sotto/protocol/wire';
import type { NodeIdentity } from '../node-identity.ts';
import type { TestPerson } from './test-person.ts';
import type { VirtualSocket } from './virtual-socket.ts';

export interface TestLinkOptions {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly node: NodeIdentity;
  /** null: an anonymous link. */
  readonly person: TestPerson | null;
  readonly psk: Uint8Array | null;
  readonly cipher: NoiseCipher;
}

/** The client's end of a link in memory: collects what comes, answers nothing by itself. */
export class TestClient {
  readonly socket: VirtualSocket;
  readonly subprotocol: string;
  readonly received: Frame[] = [];
  closedWith: number | null = null;
  onFrame: (frame: Frame) => void = () => {};
  onOpen: () => void = () => {};
  #channel: LinkChannel | null = null;
  readonly #initiator: LinkInitiator;
  #request = 0;

  constructor(socket: VirtualSocket, options: TestLinkOptions) {
    const { primitives, random, node, person, psk, cipher } = options;
    const base = person === null ? 'NK' : 'XX';
    const pattern: NoisePattern = psk === null ? base : `${base}psk2`;
    this.socket = socket;
    this.subprotocol = subprotocolOf({ pattern, cipher });
    this.#initiator = new LinkInitiator({
      primitives,
      random,
      suite: { pattern, cipher },
      network: node.network,
      nodeId: person === null ? null : node.nodeId,
      nowMs: null,
      psk,
      identity:
        person === null ? null : { linkSecret: person.device.linkSecret, certificate: person.device.certificate },
      remoteLinkKey: person === null ? node.linkKey : null,
    });
    socket.onMessage = (message) => this.#receive(message);
    socket.onClose = (code) => {
      this.closedWith = code;
    };
  }

  get open(): boolean {
    return this.#channel !== null && this.closedWith === null;
  }

  start(): void {
    this.socket.send(this.#initiator.start());
  }

  /** One packet with these frames. @returns the request numbers, 0 where `ask` is false */
  post(body: FrameBody, ask = true): number {
    const request = ask ? ++this.#request : 0;
    this.sendPacket(encodeFrame({ request, body }));
    return request;
  }

  sendPacket(packet: Uint8Array): void {
    if (this.#channel === null) throw new Error('the link is not open');
    this.socket.send(this.#channel.seal(packet));
  }

  answer(request: number): FrameBody | undefined {
    for (const { request: answered, body } of this.received) {
      if (answered === request && request !== 0) return body;
      if (body.case === 'stored' && body.value.items.some((item) => item.request === request)) return body;
    }
    return undefined;
  }

  all<Case extends FrameCase>(kind: Case): BodyOf<Case>['value'][] {
    const values: BodyOf<Case>['value'][] = [];
    for (const { body } of this.received) if (body.case === kind) values.push(body.value as BodyOf<Case>['value']);
    return values;
  }

  #receive(message: Uint8Array): void {
    if (this.#channel !== null) {
      const frames = this.#channel.open(message);
      this.received.push(...frames);
      for (const frame of frames) this.onFrame(frame);
      return;
    }
    const { reply, done } = this.#initiator.receive(message);
    if (reply !== null) this.socket.send(reply);
    if (!done) return;
    this.#channel = this.#initiator.channel;
    this.onOpen();
  }
}

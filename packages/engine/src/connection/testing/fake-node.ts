import { noblePrimitives as primitives } from '@sotto/protocol/crypto';
import type { Random } from '@sotto/protocol/crypto';
import { signDescriptor } from '@sotto/protocol/identity';
import type { VerifiedCertificate } from '@sotto/protocol/identity';
import { CLOSE, LinkError, LinkResponder, parseSubprotocol } from '@sotto/protocol/link';
import type { LinkChannel } from '@sotto/protocol/link';
import { usesPsk } from '@sotto/protocol/noise';
import { AttachedSchema, create, encodeFrame } from '@sotto/protocol/wire';
import type { BodyOf, Frame, FrameBody, FrameCase } from '@sotto/protocol/wire';
import type { Clock } from '../../ports.ts';
import type { VirtualSocket } from './virtual-socket.ts';

export interface FakeNodeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly url: string;
  readonly psk?: Uint8Array | null;
  readonly network?: Uint8Array;
}

/** The node's end of one link, for a test to look at and to speak through. */
export class FakeLink {
  readonly socket: VirtualSocket;
  readonly subprotocol: string;
  readonly certificate: VerifiedCertificate | null;
  readonly received: Frame[] = [];
  /** How many frames each packet had. */
  readonly packets: number[] = [];
  closedWith: number | null = null;
  readonly #channel: LinkChannel;

  constructor(
    socket: VirtualSocket,
    subprotocol: string,
    certificate: VerifiedCertificate | null,
    channel: LinkChannel,
    answer: (link: FakeLink, frame: Frame) => void,
  ) {
    this.socket = socket;
    this.subprotocol = subprotocol;
    this.certificate = certificate;
    this.#channel = channel;
    socket.onClose = (code) => (this.closedWith = code);
    socket.onMessage = (message) => {
      const frames = channel.open(message);
      this.packets.push(frames.length);
      this.received.push(...frames);
      for (const frame of frames) answer(this, frame);
    };
  }

  send(...frames: Frame[]): void {
    const elements = frames.map(encodeFrame);
    const packet = new Uint8Array(elements.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const element of elements) {
      packet.set(element, offset);
      offset += element.length;
    }
    this.socket.send(this.#channel.seal(packet));
  }

  news(body: FrameBody): void {
    this.send({ request: 0, body });
  }

  all<Case extends FrameCase>(kind: Case): { request: number; value: BodyOf<Case>['value'] }[] {
    return this.received.flatMap(({ request, body }) =>
      body.case === kind ? [{ request, value: body.value as BodyOf<Case>['value'] }] : [],
    );
  }
}

/** A node as far as a link can tell. Answers attach and ping; the rest is up to the test. */
export class FakeNode {
  readonly url: string;
  readonly network: Uint8Array;
  readonly nodeId: Uint8Array;
  psk: Uint8Array | null;
  readonly links: FakeLink[] = [];
  /** Handshakes that failed here. */
  failures = 0;
  descriptorsAsked = 0;
  /** Null: answers as described; else what a test does with a frame instead. */
  answer: ((link: FakeLink, frame: Frame) => void) | null = null;
  /** Closes every new socket so. */
  refuseWith: number | null = null;
  #linkSecret: Uint8Array;
  readonly #seed: Uint8Array;
  readonly #options: FakeNodeOptions;

  constructor(options: FakeNodeOptions) {
    this.#options = options;
    this.url = options.url;
    this.psk = options.psk ?? null;
    this.network = options.network ?? options.random(32);
    this.#seed = options.random(32);
    this.nodeId = primitives.ed25519.publicKey(this.#seed);
    this.#linkSecret = options.random(32);
  }

  get link(): FakeLink {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error('no link');
    return link;
  }

  get linkKey(): Uint8Array {
    return primitives.x25519.publicKey(this.#linkSecret);
  }

  changeLinkKey(): void {
    this.#linkSecret = this.#options.random(32);
  }

  descriptor(): Uint8Array {
    const nowMs = this.#options.clock.now();
    return signDescriptor(primitives, this.#seed, {
      linkKey: primitives.x25519.publicKey(this.#linkSecret),
      network: this.network,
      urls: [this.url],
      weight: 1,
      capabilities: this.psk === null ? ['store'] : ['store', 'psk'],
      operator: this.nodeId,
      from: nowMs,
      until: nowMs + 86_400_000,
      sequence: nowMs,
    });
  }

  accept(socket: VirtualSocket, subprotocol: string): void {
    const spoken = parseSubprotocol(subprotocol);
    if (this.refuseWith !== null) {
      socket.close(this.refuseWith);
    } else if (spoken === 'descriptor') {
      this.descriptorsAsked++;
      socket.send(this.descriptor());
      socket.close(1000);
    } else if (spoken === null || usesPsk(spoken) !== (this.psk !== null)) {
      socket.close(CLOSE.unsupported.code);
    } else {
      const responder = new LinkResponder({
        primitives,
        random: this.#options.random,
        suite: spoken,
        network: this.network,
        psk: this.psk,
        linkSecret: this.#linkSecret,
        descriptor: this.descriptor(),
      });
      socket.onMessage = (message) => this.#shakeHands(socket, subprotocol, responder, message);
    }
  }

  #shakeHands(socket: VirtualSocket, subprotocol: string, responder: LinkResponder, message: Uint8Array): void {
    try {
      const { reply, done } = responder.receive(message);
      if (reply !== null) socket.send(reply);
      if (!done) return;
    } catch (error) {
      this.failures++;
      socket.close(error instanceof LinkError ? error.closeCode : 4500);
      return;
    }
    const link = new FakeLink(socket, subprotocol, responder.certificate, responder.channel, (from, frame) => {
      if (this.answer === null) answerAsUsual(from, frame);
      else this.answer(from, frame);
    });
    this.links.push(link);
  }
}

function answerAsUsual(link: FakeLink, { request, body }: Frame): void {
  if (body.case === 'attach') {
    link.send({ request, body: { case: 'attached', value: create(AttachedSchema, { waiting: 0 }) } });
  } else if (body.case === 'ping') {
    link.send({ request, body: { case: 'pong', value: {} } });
  } else if (request !== 0) {
    link.send({ request, body: { case: 'done', value: {} } });
  }
}

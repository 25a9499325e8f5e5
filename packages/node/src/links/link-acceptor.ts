import type { Primitives, Random } from '@sotto/protocol/crypto';
import { CLOSE, type Clock, type Close, type LinkChannel, LinkResponder, parseSubprotocol } from '@sotto/protocol/link';
import { type Suite, usesPsk } from '@sotto/protocol/noise';
import { MAX_MESSAGE } from '@sotto/protocol/wire';
import { CertificateMarks, type VerifiedDescriptor } from '@sotto/protocol/identity';
import type { Limits } from '../limits.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeIdentity } from '../node-identity.ts';
import { countIn, type NodeMetrics } from '../node-metrics.ts';
import { CLOSE_INTERNAL, closeForError } from './close-reasons.ts';
import { HalfOpen } from './half-open.ts';
import { HandshakePace } from './handshake-pace.ts';
import { LinkOwner } from './link-owner.ts';
import type { LinkSocket } from './link-socket.ts';
import type { Turn } from './turn.ts';

export interface AcceptorParts {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  /** Encoded NodeDescriptor of this node, for clients. */
  readonly descriptor: { at(nowMs: number): Uint8Array };
  /** Pre-shared key of a private room, 32 B; null: the node is open. */
  readonly psk: Uint8Array | null;
  /**
   * A handshake is done. Sets the socket's handlers.
   * @param at.serial rises with each accepted socket @param at.remote of its address @param peer another node called
   */
  readonly onLink: (
    socket: LinkSocket,
    channel: LinkChannel,
    owner: LinkOwner | null,
    at: { readonly serial: number; readonly remote: string },
    peer: VerifiedDescriptor | null,
  ) => void;
}

/** Devices whose certificates are not verified again when they come back: 1.6 MB at most. */
const REMEMBERED_CERTIFICATES = 16_384;
const DESCRIPTOR_SENT: Close = { code: 1000, text: '', retry: true };

/** From a new socket to a link: subprotocol, limits and time-out before anybody is known, handshake (NODE-1, NODE-2). */
export class LinkAcceptor {
  readonly #parts: AcceptorParts;
  readonly #halfOpen: HalfOpen;
  readonly #pace: HandshakePace;
  /** Ends each handshake that is under way. */
  readonly #endings = new Set<(reason: Close) => void>();
  readonly #marks: CertificateMarks;
  #lastSerial = 0;

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
    this.#marks = new CertificateMarks(parts.primitives, REMEMBERED_CERTIFICATES);
    this.#halfOpen = new HalfOpen(parts.limits);
    this.#pace = new HandshakePace(parts.turn.defer, parts.limits.handshakeStepsPerTurn);
  }

  accept(socket: LinkSocket, subprotocol: string, remote: string): void {
    const { psk, metrics, limits, clock, descriptor } = this.#parts;
    const spoken = parseSubprotocol(subprotocol);
    if (spoken === 'descriptor') {
      socket.onMessage = () => {};
      socket.onClose = () => {};
      socket.send(descriptor.at(clock.now()));
      this.#close(socket, DESCRIPTOR_SENT);
    } else if (spoken === null || usesPsk(spoken) !== (psk !== null)) {
      this.#close(socket, CLOSE.unsupported);
    } else if (metrics.linksOpen >= limits.links || !this.#handshake(socket, spoken, remote)) {
      this.#close(socket, CLOSE.tooMany);
    }
  }

  /** Higher than that of every socket accepted before. */
  nextSerial(): number {
    return ++this.#lastSerial;
  }

  /** Closes what is not a link yet. */
  closeHalfOpen(reason: Close): void {
    for (const end of this.#endings) end(reason);
  }

  /** @returns false when there are too many */
  #handshake(socket: LinkSocket, suite: Suite, remote: string): boolean {
    const { clock, limits, metrics } = this.#parts;
    const leave = this.#halfOpen.enter(remote, () => end(CLOSE.tooMany));
    if (leave === null) return false;
    const serial = this.nextSerial();
    socket.limitMessages?.(limits.handshakeMessageBytes);
    metrics.halfOpen += 1;
    // Made when something comes: who says nothing costs nothing.
    let responder: LinkResponder | null = null;
    let over = false;
    const end = (reason: Close | null): void => {
      if (over) return;
      over = true;
      cancelTimeOut();
      leave();
      this.#endings.delete(end);
      metrics.halfOpen -= 1;
      if (reason === null) return;
      metrics.handshakesFailed += 1;
      this.#close(socket, reason);
    };
    this.#endings.add(end);
    const cancelTimeOut = clock.after(limits.handshakeMs, () => end(CLOSE.timeOut));
    const step = (message: Uint8Array): void => {
      if (over) return;
      try {
        responder ??= this.#responder(suite);
        const { reply, done } = responder.receive(message);
        if (reply !== null) socket.send(reply);
        if (!done) return;
        end(null);
        socket.limitMessages?.(MAX_MESSAGE);
        const { channel, certificate, peer } = responder;
        const owner = certificate === null ? null : new LinkOwner(certificate);
        this.#parts.onLink(socket, channel, owner, { serial, remote }, peer);
      } catch (error) {
        const reason = closeForError(error);
        if (reason === CLOSE_INTERNAL) {
          metrics.internalErrors += 1;
          this.#parts.log.error('handshake-failed', describeError(error));
        }
        end(reason);
      }
    };
    socket.onClose = () => end(null);
    socket.onMessage = (message) => {
      if (over) return;
      if (message.length > limits.handshakeMessageBytes) return end(CLOSE.tooLarge);
      let waits = false;
      waits = !this.#pace.run(remote, () => {
        step(message);
        if (waits) socket.resume();
      });
      // What comes behind it waits for its turn, too.
      if (waits) socket.pause();
    };
    return true;
  }

  #responder(suite: Suite): LinkResponder {
    const { primitives, random, clock, identity, descriptor, psk } = this.#parts;
    return new LinkResponder({
      primitives,
      random,
      suite,
      network: identity.network,
      psk,
      linkSecret: identity.linkSecret,
      descriptor: descriptor.at(clock.now()),
      marks: this.#marks,
    });
  }

  #close(socket: LinkSocket, reason: Close): void {
    socket.onMessage = () => {};
    socket.onClose = () => {};
    if (reason.code !== 1000) countIn(this.#parts.metrics.closes, reason.code);
    socket.close(reason.code, reason.text);
  }
}

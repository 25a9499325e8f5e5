import { connect, type Socket } from 'node:net';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { TestPerson } from '@sotto/node/testing';
import type { ServerReady } from '../measure.ts';
import { clientFrame, initiator, subprotocolFor, upgradeRequest } from './raw-link.ts';

/** How far a connection goes before it stands still. */
const STAGES = ['nothing', 'half a request', 'a WebSocket', 'half a handshake'] as const;

export interface HalfOpenOrder {
  readonly count: number;
  /** Different loopback addresses. */
  readonly addresses: number;
  /** One that was closed comes again after this, up to twice that. */
  readonly againMs: number;
}

/** Connections that never become links, and come again when they are closed. */
export class HalfOpenFlood {
  opened = 0;
  closed = 0;
  readonly #server: ServerReady;
  readonly #order: HalfOpenOrder;
  readonly #person = new TestPerson(nodePrimitives, systemRandom, Date.now());
  readonly #open = new Set<Socket>();
  #running = true;

  constructor(server: ServerReady, order: HalfOpenOrder) {
    this.#server = server;
    this.#order = order;
    // Not all in one instant: what a flood's machines send is spread by the way.
    for (let at = 0; at < order.count; at++) this.#again(at);
  }

  get standing(): number {
    return this.#open.size;
  }

  stop(): void {
    this.#running = false;
    for (const socket of this.#open) socket.destroy();
  }

  #again(at: number): void {
    if (!this.#running) return;
    setTimeout(() => this.#begin(at), this.#order.againMs * (1 + Math.random())).unref();
  }

  #begin(at: number): void {
    if (!this.#running) return;
    const socket = connect({
      port: this.#server.port,
      host: '127.0.0.1',
      localAddress: floodAddress(1, at % this.#order.addresses),
    });
    this.#open.add(socket);
    socket.on('error', () => {});
    socket.resume();
    socket.once('connect', () => {
      this.opened += 1;
      this.#speak(socket, STAGES[at % STAGES.length]!);
    });
    socket.once('close', () => {
      this.#open.delete(socket);
      this.closed += 1;
      this.#again(at);
    });
  }

  #speak(socket: Socket, stage: (typeof STAGES)[number]): void {
    if (stage === 'nothing') return;
    const request = upgradeRequest(subprotocolFor(this.#person));
    if (stage === 'half a request') socket.write(request.slice(0, 60));
    else socket.write(request);
    if (stage === 'half a handshake') {
      socket.once('data', () => socket.write(clientFrame(initiator(this.#server, this.#person).start())));
    }
  }
}

/** 127.NET.x.y */
export const floodAddress = (net: number, at: number): string => `127.${net}.${(at >> 8) & 255}.${at & 255 || 1}`;

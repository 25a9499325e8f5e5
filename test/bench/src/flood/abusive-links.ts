import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { TestPerson } from '@sotto/node/testing';
import { AttachSchema, create, type FrameBody } from '@sotto/protocol/wire';
import { BenchLink } from '../bench-link.ts';
import type { ServerReady } from '../measure.ts';
import { floodAddress } from './half-open-flood.ts';
import { RawLink } from './raw-link.ts';

const KINDS = ['oversize', 'requests', 'envelopes', 'unread', 'replay', 'garbage'] as const;
export type AbuseKind = (typeof KINDS)[number];

export interface AbuseOrder {
  readonly count: number;
  readonly addresses: number;
  /** Who was closed comes again after this, up to twice that. */
  readonly againMs: number;
}

const PING: FrameBody = { case: 'ping', value: {} };
const PACKET = 32;
/** Accounts that abusers write to, and whose devices do not read. */
const ACCOMPLICES = 40;

/** Links that were opened as they should be and then break or wear out every rule. */
export class AbusiveLinks {
  /** By kind and close code. */
  readonly closes: Partial<Record<AbuseKind, Record<number, number>>> = {};
  opened = 0;
  readonly #server: ServerReady;
  readonly #order: AbuseOrder;
  readonly #open = new Set<RawLink>();
  #accomplices: TestPerson[] = [];
  #running = true;

  constructor(server: ServerReady, order: AbuseOrder) {
    this.#server = server;
    this.#order = order;
  }

  async start(): Promise<void> {
    for (let at = 0; at < ACCOMPLICES; at++) {
      const person = new TestPerson(nodePrimitives, systemRandom, Date.now());
      const link = await BenchLink.open(this.#server, person);
      await link.ask({ case: 'publishKeys', value: person.upload(0, 0) });
      await link.ask({ case: 'setAccess', value: person.access() });
      link.close();
      this.#accomplices.push(person);
    }
    for (let at = 0; at < this.#order.count; at++) this.#again(at);
  }

  stop(): void {
    this.#running = false;
    for (const { socket } of this.#open) socket.destroy();
  }

  #again(at: number): void {
    if (!this.#running) return;
    setTimeout(() => void this.#begin(at), this.#order.againMs * (1 + Math.random())).unref();
  }

  async #begin(at: number): Promise<void> {
    if (!this.#running) return;
    const kind = KINDS[at % KINDS.length]!;
    const accomplice = this.#accomplices[at % ACCOMPLICES]!;
    let link: RawLink | null = null;
    link = await RawLink.open(
      this.#server,
      kind === 'unread' ? accomplice : null,
      floodAddress(2, at % this.#order.addresses),
      (code) => {
        const counts = (this.closes[kind] ??= {});
        counts[code] = (counts[code] ?? 0) + 1;
        if (link !== null) this.#open.delete(link);
        this.#again(at);
      },
    );
    if (link === null || !this.#running) return;
    this.opened += 1;
    this.#open.add(link);
    this.#abuse(link, kind, accomplice);
  }

  #abuse(link: RawLink, kind: AbuseKind, accomplice: TestPerson): void {
    if (kind === 'oversize') {
      // A frame of 2^40 bytes, of which nothing follows.
      link.socket.write(Buffer.from([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    } else if (kind === 'garbage') {
      link.send(systemRandom(500));
    } else if (kind === 'replay') {
      const message = link.seal([PING]);
      link.send(message);
      link.send(message);
    } else if (kind === 'unread') {
      link.send(link.seal([{ case: 'attach', value: create(AttachSchema, {}) }]));
      link.socket.pause();
    } else {
      const packet =
        kind === 'requests'
          ? (): FrameBody[] => Array.from({ length: PACKET }, () => PING)
          : (): FrameBody[] =>
              Array.from({ length: PACKET - 2 }, () => ({ case: 'send', value: envelopeFor(accomplice) }));
      this.#pour(link, packet);
    }
  }

  /** As much as the network takes, until it is closed. */
  #pour(link: RawLink, packet: () => FrameBody[]): void {
    const next = (): void => {
      if (link.socket.destroyed || !this.#running) return;
      if (link.send(link.seal(packet()))) setTimeout(next, 50);
      else link.socket.once('drain', next);
    };
    next();
  }
}

function envelopeFor(person: TestPerson): ReturnType<TestPerson['envelope']> {
  const body = Buffer.alloc(2048);
  body.set(systemRandom(16));
  return person.envelope(Date.now(), 0, { body });
}

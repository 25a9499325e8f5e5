import { setTimeout as pause } from 'node:timers/promises';
import { nodePrimitives } from '@sotto/primitives-node';
import { verifyReceipts } from '@sotto/protocol/mailbox';
import { RefusalCode, type SendFrame, type StoredFrame } from '@sotto/protocol/wire';
import type { BenchLink } from '../../../bench/src/bench-link.ts';
import type { CrowdPlaces } from './crowd-places.ts';
import type { CrowdRecipient } from './crowd-recipient.ts';
import type { CrowdRecord } from './crowd-record.ts';

const PACE_MS = 25;
/** Without a receipt yet: more are not begun. */
const MOST = 40;
const AGAIN_MS = 100;
const FOR_NOW: readonly RefusalCode[] = [RefusalCode.BUSY, RefusalCode.DISK_FULL];

interface Sending {
  readonly id: Uint8Array;
  readonly frame: SendFrame;
}

/** Sends without end, each envelope until its receipt is there and verified. */
export class CrowdSender {
  readonly name: string;
  record: CrowdRecord;
  readonly #places: CrowdPlaces;
  readonly #to: CrowdRecipient;
  readonly #prefers: number;
  readonly #timer: NodeJS.Timeout;
  readonly #unstored = new Set<Sending>();
  /** Asked on this link. */
  readonly #asked = new Map<number, Sending>();
  #link: BenchLink | null = null;
  #next = 1;
  #sending = false;
  #closed = false;

  constructor(places: CrowdPlaces, record: CrowdRecord, to: CrowdRecipient, parts: { name: string; prefers: number }) {
    this.#places = places;
    this.record = record;
    this.#to = to;
    this.name = parts.name;
    this.#prefers = parts.prefers;
    this.#timer = setInterval(() => this.#begin(), PACE_MS);
  }

  open(): void {
    void this.#stayLinked();
  }

  go(sending: boolean): void {
    this.#sending = sending;
  }

  reconnect(): void {
    this.#link?.close();
    this.#link?.onClose(0);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.reconnect();
  }

  #begin(): void {
    if (!this.#sending || this.#unstored.size >= MOST) return;
    const { person, name } = this.#to;
    const number = this.#next++;
    const frame = person.envelope(Date.now(), number);
    const sending = { frame, id: person.idOf(frame) };
    this.#unstored.add(sending);
    this.record.try(this.name, name, Buffer.from(sending.id).toString('hex'), String(number));
    this.#ask(sending);
  }

  #ask(sending: Sending): void {
    if (this.#link?.isOpen !== true || !this.#unstored.has(sending)) return;
    this.#asked.set(this.#link.post({ case: 'send', value: sending.frame }), sending);
  }

  async #stayLinked(): Promise<void> {
    while (!this.#closed) {
      const link = await this.#places.open(null, this.#prefers);
      if (link === null) await pause(AGAIN_MS);
      else await this.#use(link);
    }
  }

  async #use(link: BenchLink): Promise<void> {
    this.#link = link;
    this.#asked.clear();
    const closed = new Promise<void>((resolve) => {
      link.onClose = () => resolve();
    });
    link.onFrame = ({ request, body }) => {
      if (body.case === 'stored') return this.#stored(body.value);
      const sending = this.#asked.get(request);
      if (body.case !== 'refusal' || sending === undefined) return;
      this.#asked.delete(request);
      const { code, retryMs } = body.value;
      this.record.refused(RefusalCode[code]);
      if (!FOR_NOW.includes(code)) this.record.fault(this.name, `refused with ${RefusalCode[code]}`);
      setTimeout(() => {
        if (this.#link === link) this.#ask(sending);
      }, retryMs || AGAIN_MS);
    };
    // What the last link left unanswered is unknown: the same again is safe.
    for (const sending of this.#unstored) this.#ask(sending);
    await closed;
    this.#link = null;
  }

  #stored({ at, leaves, signature, items }: StoredFrame): void {
    const { nodeId, network } = this.#places;
    const answered = items.map((item) => ({ item, sending: this.#asked.get(item.request) }));
    const proven = verifyReceipts(
      nodePrimitives,
      { nodeId, network, at, leaves, signature },
      answered.map(({ item: { leaf, path }, sending }) => ({ id: sending?.id ?? new Uint8Array(32), leaf, path })),
    );
    for (const [index, { item, sending }] of answered.entries()) {
      if (sending === undefined) continue;
      this.#asked.delete(item.request);
      this.#unstored.delete(sending);
      if (proven[index] === true) this.record.stored(this.name, Buffer.from(sending.id).toString('hex'));
      else this.record.fault(this.name, 'a receipt proves nothing');
    }
  }
}

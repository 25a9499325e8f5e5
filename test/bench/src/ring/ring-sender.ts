import { nodePrimitives } from '@sotto/primitives-node';
import { type NodeKey, nodeOf, type Homes, SendQuorum } from '@sotto/protocol/ring';
import type { FrameBody, SendFrame } from '@sotto/protocol/wire';
import type { RingPlaces } from './ring-places.ts';
import { SendingLines } from './sending-lines.ts';

/** As clients do (RING-73): silence for so long, and the next home is asked as well; the one after it later. */
const SILENT_MS = [400, 1_200];
/** When all were asked, or several refused: how long they have, and what they did not store is sent again. */
const ROUND_MS = 5_000;
const REFUSED_MS = 300;
/** A node that was silent is asked last for a while. */
const AVOIDED_MS = 3_000;
const TICK_MS = 25;

/** One envelope until its quorum is verified. */
interface Sending {
  readonly frame: SendFrame;
  readonly id: Uint8Array;
  readonly homes: Homes;
  readonly quorum: SendQuorum;
  readonly onStored: () => void;
  /** Not asked yet in this round, the next first. */
  toAsk: NodeKey[];
  lastAsked: NodeKey | null;
  dueMs: number;
  asked: number;
  ends: (() => void)[];
}

/** Sends envelopes to homes of their recipients and counts verified receipts. */
export class RingSender {
  readonly #places: RingPlaces;
  readonly #onAttempt: () => void;
  readonly #lines: ReadonlyMap<NodeKey, SendingLines>;
  readonly #underWay = new Set<Sending>();
  readonly #avoidedUntil = new Map<NodeKey, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(places: RingPlaces, onAttempt: () => void) {
    this.#places = places;
    this.#onAttempt = onAttempt;
    this.#lines = new Map(Array.from(places.servers, ([key, server]) => [key, new SendingLines(server)]));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  async open(): Promise<void> {
    await Promise.all(Array.from(this.#lines.values(), (lines) => lines.open()));
  }

  /** Messages whose quorum is not there yet. */
  get underWay(): number {
    return this.#underWay.size;
  }

  send(frame: SendFrame, id: Uint8Array, homes: Homes, onStored: () => void): void {
    const { view, network } = this.#places;
    const quorum = new SendQuorum({ primitives: nodePrimitives, homes, view, network });
    const sending: Sending = {
      frame,
      id,
      homes,
      quorum,
      onStored,
      toAsk: this.#order(homes),
      lastAsked: null,
      dueMs: 0,
      asked: 0,
      ends: [],
    };
    this.#underWay.add(sending);
    this.#askNext(sending);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const lines of this.#lines.values()) lines.close();
  }

  #order({ homes, standIns }: Homes): NodeKey[] {
    const nowMs = Date.now();
    const isAvoided = (key: NodeKey): boolean => (this.#avoidedUntil.get(key) ?? 0) > nowMs;
    return [...homes.filter((key) => !isAvoided(key)), ...homes.filter(isAvoided), ...standIns];
  }

  #askNext(sending: Sending): void {
    const nowMs = Date.now();
    for (;;) {
      const key = sending.toAsk.shift();
      if (key === undefined) {
        sending.dueMs = nowMs + (sending.ends.length === 0 ? REFUSED_MS : ROUND_MS);
        return;
      }
      const end = this.#lines.get(key)?.send(sending.frame, (body) => this.#answered(sending, key, body)) ?? null;
      if (end === null) continue;
      sending.ends.push(end);
      if (sending.lastAsked !== null) this.#onAttempt();
      sending.lastAsked = key;
      sending.dueMs = nowMs + (SILENT_MS[sending.asked++] ?? ROUND_MS);
      return;
    }
  }

  #answered(sending: Sending, from: NodeKey, body: FrameBody | null): void {
    if (!this.#underWay.has(sending)) return;
    if (body?.case !== 'stored') {
      if (sending.lastAsked === from) this.#askNext(sending);
      return;
    }
    const { node } = body.value;
    const { quorum, id } = sending;
    quorum.receipt(node.length === 0 ? nodeOf(from) : node, body.value, body.value.items[0]!, id);
    if (!quorum.enough) return;
    this.#underWay.delete(sending);
    for (const end of sending.ends) end();
    sending.onStored();
  }

  #tick(): void {
    const nowMs = Date.now();
    for (const sending of this.#underWay) {
      if (sending.dueMs > nowMs) continue;
      if (sending.toAsk.length === 0) {
        for (const end of sending.ends.splice(0)) end();
        sending.toAsk = this.#order(sending.homes);
        sending.asked = 0;
      } else if (sending.lastAsked !== null && sending.quorum.stored === 0) {
        this.#avoidedUntil.set(sending.lastAsked, nowMs + AVOIDED_MS);
      }
      this.#askNext(sending);
    }
  }
}

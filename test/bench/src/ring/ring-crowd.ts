import { nodePrimitives } from '@sotto/primitives-node';
import { envelopeId } from '@sotto/protocol/mailbox';
import { BenchLink } from '../bench-link.ts';
import type { ServerReady } from '../measure.ts';
import { RingLedger, type RingOutcome } from './ring-ledger.ts';
import type { RingPlaces } from './ring-places.ts';
import { RingRecipient } from './ring-recipient.ts';
import { RingSender } from './ring-sender.ts';

const BODY_BYTES = 2_048;
/**
 * On a machine that cannot keep up no more than this is under way: what is due then is left out. A node that stands still
 * for 2.5 s is asked first for a fifth of 1,000 a second, and each of those waits 400 ms for the next one.
 */
const UNDER_WAY = 1_200;
const AGAIN_MS = 100;
const ROUND_TRIP_EVERY_MS = 20;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const now = (): number => Number(process.hrtime.bigint() / 1000n);

export interface RingLoad {
  /** Envelopes a second of all senders together, sent when they are due whatever comes back. */
  readonly perSecond: number;
  readonly seconds: number;
  /** What became due in so long is sent together, as people's messages come in bunches; 1: each when it is due. */
  readonly everyMs: number;
}

export interface RingRun extends RingOutcome {
  /** From when it was due until W nodes proved that they have it, µs; those of the run that were stored. */
  readonly storedMicros: readonly number[];
  /** Due, and left out because too many were under way. */
  readonly leftOut: number;
  readonly seconds: number;
}

/** Senders and recipients of a ring, in this process. */
export class RingCrowd {
  readonly #server: ServerReady;
  readonly #recipients: readonly RingRecipient[];
  readonly #sender: RingSender;
  readonly #ledger = new RingLedger();

  constructor(places: RingPlaces, people: number) {
    this.#server = [...places.servers.values()][0]!;
    this.#sender = new RingSender(places, () => (this.#ledger.attempts += 1));
    const arrived = (id: Uint8Array, body: Uint8Array): void =>
      this.#ledger.arrived(id, new DataView(body.buffer, body.byteOffset).getUint32(0, true));
    this.#recipients = Array.from({ length: people }, () => new RingRecipient(places, arrived));
  }

  async open(): Promise<void> {
    await this.#sender.open();
    for (const recipient of this.#recipients) await recipient.open();
  }

  async run({ perSecond, seconds, everyMs }: RingLoad): Promise<RingRun> {
    const storedMicros: number[] = [];
    let leftOut = 0;
    const beginMicros = now();
    for (let turn = 0; turn < perSecond * seconds;) {
      const due = Math.min(perSecond * seconds, ((now() - beginMicros) / 1e6) * perSecond);
      for (; turn < due; turn++) {
        const dueMicros = beginMicros + (turn / perSecond) * 1e6;
        if (this.#sender.underWay >= UNDER_WAY) leftOut += 1;
        else this.#send(turn, () => storedMicros.push(now() - dueMicros));
      }
      await pause(everyMs);
    }
    return { ...this.#ledger.outcome(), storedMicros, leftOut, seconds: (now() - beginMicros) / 1e6 };
  }

  /** A question and its answer on a link of its own, now and then for so long, µs each. */
  async roundTrips(seconds: number): Promise<readonly number[]> {
    const link = await BenchLink.open(this.#server, null);
    const micros: number[] = [];
    for (const untilMs = Date.now() + seconds * 1_000; Date.now() < untilMs; await pause(ROUND_TRIP_EVERY_MS)) {
      const askedMicros = now();
      await link.ask({ case: 'ping', value: {} });
      micros.push(now() - askedMicros);
    }
    link.close();
    return micros;
  }

  /** Until every message was stored and arrived, or time is over. */
  async settle(timeoutMs: number): Promise<RingOutcome> {
    const untilMs = Date.now() + timeoutMs;
    while (Date.now() < untilMs && (this.#sender.underWay > 0 || this.#ledger.missing.length > 0))
      await pause(AGAIN_MS);
    return this.#ledger.outcome();
  }

  close(): void {
    this.#sender.close();
    for (const recipient of this.#recipients) recipient.close();
  }

  #send(turn: number, onStored: () => void): void {
    const { person, homes } = this.#recipients[turn % this.#recipients.length]!;
    const message = this.#ledger.next;
    const body = Buffer.alloc(BODY_BYTES);
    body.writeUInt32LE(message, 0);
    const frame = person.envelope(Date.now(), 0, { body });
    const id = envelopeId(nodePrimitives, frame);
    this.#ledger.sent(id);
    this.#sender.send(frame, id, homes, () => {
      this.#ledger.stored(message);
      onStored();
    });
  }
}

import type { Random } from '@sotto/protocol/crypto';
import type { SendFrame } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { Delivery } from '../delivery/delivery.ts';
import { countIn, type NodeMetrics } from '../node-metrics.ts';
import type { Destination } from '../relay/relay.ts';
import type { AcknowledgeItem, StoreItem } from '../store/relay-store.ts';
import { boundOf } from './coarse-times.ts';

/** Each is the time since the one before it, but for `receipt` and `push`, which both follow `store`. */
export const STAGES = ['check', 'gather', 'store', 'push', 'receipt', 'acknowledge', 'wake'] as const;
type Stage = (typeof STAGES)[number];

export interface StageTimesOptions {
  /** One message in so many is traced, on average; 0: none. */
  readonly every: number;
  readonly random: Random;
  /** Of a clock that never goes back; parts of milliseconds count. */
  readonly nowMs: () => number;
  readonly metrics: NodeMetrics;
}

/** Nothing happens at 0 but that it begins anew. */
const NEVER = 2 ** 30;
/** What was traced and did not come further for so long makes room. */
const STALE_MS = 30_000;

interface Trace {
  /** The very bytes: nothing is compared, and nothing told, but whether it is this one. */
  readonly body: Uint8Array;
  readonly beganMs: number;
  isChecked: boolean;
  isGathered: boolean;
  /** When the last stage ended, up to `store`. */
  atMs: number;
  pushedMs: number;
  /** On the disk. */
  item: StoreItem | null;
}

/**
 * How long single messages take from stage to stage (OPS-61), one at a time. Whoever is not traced pays one decrement
 * of `countdown`; batches look at `tracing`, which is false nearly always. What leaves are counts by stage and coarse
 * duration; the trace itself holds no account, link or address, and ends with the acknowledgement (TM-103).
 */
export class StageTimes {
  /** Sends until one is traced. The caller counts down, and calls begin() at 0. */
  countdown = NEVER;
  /** The same for what other edges tell. */
  wakeCountdown = NEVER;
  /** The delivery that was woken by another edge; null: none is traced. */
  woken: Delivery | null = null;
  readonly #options: StageTimesOptions;
  #trace: Trace | null = null;
  #wokenMs = 0;

  constructor(options: StageTimesOptions) {
    this.#options = options;
    this.countdown = this.#next();
    this.wakeCountdown = this.#next();
  }

  /** One is under way: batches are to be shown. */
  get tracing(): boolean {
    return this.#trace !== null;
  }

  /** It was received. Passed over while another one is under way. */
  begin({ body, live }: SendFrame): void {
    const { nowMs, every } = this.#options;
    this.countdown = this.#next();
    const now = nowMs();
    // One that was refused is never heard of again.
    const isBusy = this.#trace !== null && this.#trace.isChecked && now - this.#trace.beganMs < STALE_MS;
    if (isBusy || live || every === 0) return;
    this.#trace = { body, beganMs: now, isChecked: false, isGathered: false, atMs: now, pushedMs: now, item: null };
  }

  /** What comes through is checked. */
  watch(destination: Destination): Destination {
    return {
      get full() {
        return destination.full;
      },
      get crowded() {
        return destination.crowded;
      },
      accept: (link, request, frame, passage, deviceKey) => {
        const trace = this.#trace;
        if (trace?.body === frame.body) {
          trace.isChecked = true;
          this.#ends('check', trace);
        }
        destination.accept(link, request, frame, passage, deviceKey);
      },
    };
  }

  /** These go to the store now. */
  gathered(sends: readonly { readonly item: StoreItem }[]): void {
    const trace = this.#trace;
    if (trace === null || !trace.isChecked || trace.isGathered || !sends.some(({ item }) => item.body === trace.body))
      return;
    trace.isGathered = true;
    this.#ends('gather', trace);
  }

  /** The store answered: these are on the disk. */
  stored(sends: readonly { readonly item: StoreItem }[]): void {
    const trace = this.#trace;
    if (trace?.isGathered !== true || trace.item !== null) return;
    const send = sends.find(({ item }) => item.body === trace.body);
    if (send === undefined) return;
    trace.item = send.item;
    this.#ends('store', trace);
  }

  /** Receipts were handed to their links. @param deliveryOf of the device that it is for, if that is attached here */
  answered(
    sends: readonly { readonly item: StoreItem }[],
    deliveryOf: (item: StoreItem) => Delivery | undefined,
  ): void {
    const trace = this.#trace;
    if (trace === null || trace.item === null || !sends.some(({ item }) => item === trace.item)) return;
    this.#observe('receipt', this.#options.nowMs() - trace.atMs);
    // Who is not attached may come in days.
    if (deliveryOf(trace.item)?.isUnderWay(trace.item.id) !== true) this.#trace = null;
  }

  /** Everything of the batch was pushed to whoever is attached here. */
  pushed(deliveryOf: (item: StoreItem) => Delivery | undefined): void {
    const trace = this.#trace;
    if (trace === null || trace.item === null) return;
    if (deliveryOf(trace.item)?.isUnderWay(trace.item.id) !== true) return;
    trace.pushedMs = this.#options.nowMs();
    this.#observe('push', trace.pushedMs - trace.atMs);
  }

  /** These are gone from the store. */
  acknowledged(items: readonly AcknowledgeItem[]): void {
    const trace = this.#trace;
    const item = trace?.item;
    if (trace === null || item === null || item === undefined) return;
    const isIts = ({ device, ids }: AcknowledgeItem): boolean =>
      device === item.device && ids.some((id) => sameBytes(id, item.id));
    if (!items.some(isIts)) return;
    this.#observe('acknowledge', this.#options.nowMs() - trace.pushedMs);
    this.#trace = null;
  }

  /** Another edge told of something for this device: it reads on. */
  wokenBy(delivery: Delivery): void {
    this.wakeCountdown = this.#next();
    if (this.#options.every === 0) return;
    this.woken = delivery;
    this.#wokenMs = this.#options.nowMs();
  }

  /** The delivery that was woken has pushed what it read. */
  readOn(): void {
    this.woken = null;
    this.#observe('wake', this.#options.nowMs() - this.#wokenMs);
  }

  #ends(stage: Stage, trace: Trace): void {
    const now = this.#options.nowMs();
    this.#observe(stage, now - trace.atMs);
    trace.atMs = now;
  }

  #observe(stage: Stage, ms: number): void {
    countIn(this.#options.metrics.stages, `${stage} ${boundOf(ms)}`);
  }

  /** At a place that nobody outside can know: on average `every`. */
  #next(): number {
    const { every, random } = this.#options;
    if (every === 0) return NEVER;
    const [a, b, c, d] = random(4);
    const fraction = (((a! * 256 + b!) * 256 + c!) * 256 + d!) / 2 ** 32;
    return 1 + Math.floor(fraction * (2 * every - 1));
  }
}

/**
 * Notices that this device's storage went back: a disk image was put back, or the profile runs twice from a copy
 * (ENG-43). Each home keeps one number for the device, and another one (RING-67). Before the first envelope after a start, then every few minutes
 * and at the end, it is compared and replaced by a new random one, which is written down here before it is sent. It
 * changes whether something was said meanwhile or not: home shall not learn from it who writes when.
 */
import { create, CompareStateSchema, RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError, expectAnswer } from '../connection/index.ts';
import type { Database } from '../store/database.ts';
import { CounterRecords } from './counter-records.ts';
import type { Random } from '../ports.ts';
import type { Timers } from '../timers.ts';

type Request = (body: FrameBody, options: { timeoutMs: number }) => Promise<FrameBody>;

/** After the start nothing is sent before the comparison, or for so long when home does not answer. */
const PATIENCE_MS = 15_000;
/** The number is replaced so often. */
const REPLACE_MS = 300_000;
const TIMEOUT_MS = 10_000;
const LAST_TIMEOUT_MS = 2000;
const RETRY_MS = 5000;
/** Answers to one question: a device that runs twice can change it under our hands. */
const MAX_ROUNDS = 5;

export interface StateCounterParts {
  readonly database: Database;
  readonly random: Random;
  readonly timers: Timers;
  /** Node id of the home that this device is attached to, in hex; null: none. */
  readonly home: () => string | null;
  /** Asks that home. */
  readonly request: Request;
  /** The storage is not the one that home knew last. Inside a transaction. */
  readonly onWentBack: () => void;
  readonly onFault: (error: unknown) => void;
}

export class StateCounter {
  readonly #parts: StateCounterParts;
  readonly #records: CounterRecords;
  #passed = false;
  #waiting: (() => void)[] = [];
  #comparing: Promise<void> | null = null;
  #timeoutMs = TIMEOUT_MS;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(parts: StateCounterParts) {
    this.#parts = parts;
    this.#records = new CounterRecords(parts.database);
  }

  /** Whether sessions may be used for sending. */
  get hasPassed(): boolean {
    return this.#passed;
  }

  start(): void {
    this.#parts.timers.after(PATIENCE_MS, () => this.#pass());
  }

  /** Runs `effect` once sessions may be used: now, or after the first comparison. */
  whenPassed(effect: () => void): void {
    if (this.#passed) effect();
    else this.#waiting.push(effect);
  }

  /** Home was reached. Never rejects. */
  attached(): Promise<void> {
    this.#comparing ??= this.#attempt().finally(() => (this.#comparing = null));
    return this.#comparing;
  }

  /** The same with another home, over a link that does not last. @throws ConnectionError */
  async visited(home: string, request: Request): Promise<void> {
    try {
      await this.#compare(home, request);
    } catch (error) {
      // An old node, or one that does not know us yet: it can tell us nothing.
      if (!(error instanceof ConnectionError) || error.refusal === null) throw error;
    }
  }

  /** Ends with a last number, when there is a way to home. */
  async close(isOnline: boolean): Promise<void> {
    this.#timeoutMs = LAST_TIMEOUT_MS;
    if (this.#passed && isOnline) await this.attached();
    this.#closed = true;
    this.#waiting = [];
  }

  #pass(): void {
    if (this.#passed || this.#closed) return;
    this.#passed = true;
    for (const effect of this.#waiting.splice(0)) effect();
  }

  async #attempt(): Promise<void> {
    try {
      const home = this.#parts.home();
      if (home === null) return;
      await this.#compare(home, this.#parts.request);
      this.#again(REPLACE_MS);
      this.#pass();
    } catch (error) {
      if (this.#closed) return;
      if (!(error instanceof ConnectionError)) return this.#parts.onFault(error);
      // Without an answer the next attachment brings the next attempt.
      if (error.refusal !== null) this.#refused(error.refusal, error.retryMs);
    }
  }

  /**
   * The number that was offered stays written down, and is offered again: it may have been taken when it was offered
   * before, on a link that broke before the answer came.
   */
  #refused(refusal: RefusalCode, retryMs: number): void {
    // An old node, or one that does not know us yet: it can tell us nothing.
    if (refusal === RefusalCode.UNSUPPORTED || refusal === RefusalCode.NO_MAILBOX) this.#pass();
    this.#again(refusal === RefusalCode.UNSUPPORTED ? REPLACE_MS : Math.max(RETRY_MS, retryMs));
  }

  #again(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#parts.timers.after(ms, () => {
      if (!this.#closed) void this.attached();
    });
  }

  async #compare(home: string, request: Request): Promise<void> {
    const { database, random, onWentBack } = this.#parts;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { value, next } = this.#records.read(home);
      const intended = next ?? numberOf(random(6));
      // Written first: should we die now, both numbers are ours.
      database.transaction(() => this.#records.intend(home, intended));
      const held = await this.#ask(request, value, intended);
      if (this.#closed) return;
      database.transaction(() => {
        const { before, isExcused } = this.#records.read(home);
        this.#records.settle(home, held);
        // A home that has no number is new, or was lost with what it kept, and one that has an earlier number of ours
        // went back itself: that says nothing about us.
        if (held === intended || held === 0 || isExcused || before.includes(held)) return;
        this.#records.excuseOthers(home);
        onWentBack();
      });
      // One that was written down long ago may be in an image: it is replaced at once.
      if (held === intended && next === null) return;
    }
  }

  async #ask(request: Request, expected: number, next: number): Promise<number> {
    const value = create(CompareStateSchema, { expected: BigInt(expected), next: BigInt(next) });
    const answer = await request({ case: 'compareState', value }, { timeoutMs: this.#timeoutMs });
    return Number(expectAnswer(answer, 'stateCounter').value);
  }
}

/** 1 up to 2^48. */
const numberOf = (bytes: Uint8Array): number => bytes.reduce((number, byte) => number * 256 + byte, 0) + 1;

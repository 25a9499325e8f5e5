import { DeliveryRules } from './delivery-rules.ts';
import { RefusedError } from './device.ts';
import type { Device, Sent } from './device.ts';
import { headerOf, ratchetMessageIn } from './message-header.ts';
import type { MessageHeader } from './message-header.ts';
import type { Dice } from './seeded-random.ts';

/** How the way between the two treats messages, and how the two behave: probabilities. */
export interface Temper {
  /** A side says up to this many messages in a row. */
  readonly burst: number;
  readonly loss: number;
  /** A message is overtaken. */
  readonly late: number;
  /** A message that has been opened comes again. */
  readonly again: number;
  /** One bit of a message is changed on a copy that comes first. */
  readonly changed: number;
  /** A side goes on from what it has stored, at each step. */
  readonly restart: number;
}

interface Travelling {
  readonly sent: Sent;
  readonly plaintext: Uint8Array;
  readonly header: MessageHeader;
}

interface End {
  readonly device: Device;
  readonly rules: DeliveryRules;
  /** On the way to it. */
  inbox: Travelling[];
  /** Some of those it has opened. */
  opened: Travelling[];
  /** Highest epoch of a message it opened. */
  epoch: number;
  /** It has a session. */
  ready: boolean;
}

/** How far a message can be overtaken. */
const REORDER_WINDOW = 12;
/** More wait nowhere: the next step delivers. */
const MAX_WAITING = 60;
const REMEMBERED = 40;

/** Two devices with one session between them, each message checked against what must become of it. */
export class Conversation {
  readonly #dice: Dice;
  readonly #temper: Temper;
  readonly #ends: readonly [End, End];
  sent = 0;
  opened = 0;
  refused = 0;

  constructor(initiator: Device, responder: Device, dice: Dice, temper: Temper) {
    this.#dice = dice;
    this.#temper = temper;
    const end = (device: Device): End => ({
      device,
      rules: new DeliveryRules(device.keptEpochs),
      inbox: [],
      opened: [],
      epoch: 0,
      ready: false,
    });
    this.#ends = [end(initiator), end(responder)];
  }

  /** Epochs that both sides have left behind. */
  get completedEpochs(): number {
    return Math.min(this.#ends[0].epoch, this.#ends[1].epoch) - 1;
  }

  async start(withOneTime: boolean): Promise<void> {
    const [initiator, responder] = this.#ends;
    await initiator.device.start(responder.device.bundle(withOneTime));
    initiator.ready = true;
  }

  /** Something happens: a side speaks, or the way brings, drops, repeats or changes a message. */
  async step(): Promise<void> {
    const dice = this.#dice;
    for (const { device } of this.#ends) if (dice.chance(this.#temper.restart)) device.restart();
    const from = dice.below(2);
    const to = this.#ends[1 - from]!;
    if (this.#ends[from]!.ready && to.inbox.length < MAX_WAITING && dice.chance(0.5)) {
      const count = 1 + dice.below(this.#temper.burst);
      for (let i = 0; i < count; i++) await this.#send(from);
      return;
    }
    // Catches up with bursts: else the way would fill and overtake everything.
    const count = Math.max(1, Math.ceil(to.inbox.length / 2));
    for (let i = 0; i < count && to.inbox.length > 0; i++) await this.#bring(to);
  }

  /** Everything arrives, then each side says a few words more, which must arrive too. */
  async finish(): Promise<void> {
    for (const end of this.#ends) while (end.inbox.length > 0) await this.#bring(end);
    for (let round = 0; round < 3; round++) {
      for (const from of [0, 1] as const) {
        if (!this.#ends[from].ready) continue;
        await this.#send(from);
        const to = this.#ends[1 - from]!;
        await this.#deliver(to, to.inbox.pop()!);
      }
    }
  }

  async #send(from: number): Promise<void> {
    const end = this.#ends[from]!;
    const plaintext = this.#dice.bytes(this.#dice.below(100));
    const sent = await end.device.send(plaintext);
    const header = headerOf(sent);
    end.rules.sent(header);
    this.sent++;
    this.#ends[1 - from]!.inbox.push({ sent, plaintext, header });
  }

  async #bring(to: End): Promise<void> {
    const dice = this.#dice;
    const at = dice.chance(this.#temper.late) ? dice.below(Math.min(REORDER_WINDOW, to.inbox.length)) : 0;
    const [message] = to.inbox.splice(at, 1);
    if (message === undefined || dice.chance(this.#temper.loss)) return;
    if (dice.chance(this.#temper.changed)) await this.#refuses(to, changed(message.sent, dice), 'changed');
    await this.#deliver(to, message);
    if (to.opened.length > 0 && dice.chance(this.#temper.again)) {
      await this.#refuses(to, to.opened[dice.below(to.opened.length)]!.sent, 'repeated');
    }
  }

  async #deliver(to: End, message: Travelling): Promise<void> {
    const { sent, plaintext, header } = message;
    if (!to.rules.opens(header)) {
      await this.#refuses(to, sent, 'too late');
      return;
    }
    const opened = await to.device.receive(sent);
    if (Buffer.compare(opened, plaintext) !== 0) throw new Error(`${to.device.name} opened something else`);
    to.rules.opened(header);
    to.ready = true;
    to.epoch = Math.max(to.epoch, header.epoch);
    to.opened.push(message);
    if (to.opened.length > REMEMBERED) to.opened.shift();
    this.opened++;
  }

  async #refuses(to: End, sent: Sent, why: string): Promise<void> {
    const before = to.device.snapshot();
    try {
      await to.device.receive(sent);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (to.device.snapshot() !== before) {
        throw new Error(`${to.device.name} refused a message (${why}) and changed its state`, { cause: error });
      }
      this.refused++;
      return;
    }
    throw new Error(`${to.device.name} opened a message that it must refuse: ${why}`);
  }
}

/** A copy with one bit of what the MAC covers, or of the MAC, turned over. */
function changed(sent: Sent, dice: Dice): Sent {
  const message = Uint8Array.from(sent.message);
  const inner = ratchetMessageIn({ kind: sent.kind, message });
  const at = dice.below(inner.length);
  inner[at] = inner[at]! ^ (1 << dice.below(8));
  return { kind: sent.kind, message };
}

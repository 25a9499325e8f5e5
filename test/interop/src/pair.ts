import { SIDES } from './device.ts';
import type { Device, Sent, Side } from './device.ts';
import type { Dice } from './seeded-random.ts';
import type { SottoDevice } from './sotto-device.ts';

/** Messages each way after which both must have settled on one session. */
const SETTLING_ROUNDS = 3;
const SETTLED_ROUNDS = 5;

interface Travelling {
  readonly sent: Sent;
  readonly plaintext: Uint8Array;
}

/** Two devices that may have several sessions with each other. Nothing is lost for long: every message must open. */
export class Pair {
  readonly #sotto: SottoDevice;
  readonly #devices: Record<Side, Device>;
  readonly #waiting: Record<Side, Travelling[]> = { Sotto: [], 'the library': [] };
  readonly #dice: Dice;

  constructor(sotto: SottoDevice, signal: Device, dice: Dice) {
    this.#sotto = sotto;
    this.#devices = { Sotto: sotto, 'the library': signal };
    this.#dice = dice;
  }

  async start(side: Side): Promise<void> {
    await this.#devices[side].start(this.#devices[other(side)].bundle(this.#dice.chance(0.5)));
  }

  async say(side: Side, count: number): Promise<Sent['kind'] | 'nothing'> {
    let kind: Sent['kind'] | 'nothing' = 'nothing';
    for (let i = 0; i < count; i++) {
      const plaintext = this.#dice.bytes(this.#dice.below(60));
      const sent = await this.#devices[side].send(plaintext);
      kind = sent.kind;
      this.#waiting[other(side)].push({ sent, plaintext });
    }
    return kind;
  }

  /** Brings up to `count` of the messages that wait for a side, in any order. */
  async bring(side: Side, count = Infinity): Promise<void> {
    const waiting = this.#waiting[side];
    for (let i = 0; i < count && waiting.length > 0; i++) {
      const [{ sent, plaintext }] = waiting.splice(this.#dice.below(waiting.length), 1) as [Travelling];
      if (Buffer.compare(await this.#devices[side].receive(sent), plaintext) !== 0) {
        throw new Error(`${side} opened something else`);
      }
      if (this.#dice.chance(0.2)) this.#devices[side].restart();
    }
  }

  lose(side: Side): void {
    this.#waiting[side] = [];
  }

  /**
   * Everything arrives, then both talk on. Gives what each message was, after some rounds of settling: its kind and the
   * session that is current here once it has come (what the library sends is opened by that one, or changes it).
   */
  async settle(): Promise<string[]> {
    for (const side of SIDES) await this.bring(side);
    const used: string[] = [];
    for (let round = 0; round < SETTLING_ROUNDS + SETTLED_ROUNDS; round++) {
      for (const side of SIDES) {
        const kind = await this.say(side, 1);
        await this.bring(other(side));
        if (round >= SETTLING_ROUNDS) used.push(`${kind} ${this.#current()}`);
      }
    }
    return used;
  }

  #current(): string {
    const { current, archived } = this.#sotto.record;
    return `${Buffer.from(current!.baseKey).toString('hex')} of ${archived.length + 1}`;
  }
}

export const other = (side: Side): Side => (side === 'Sotto' ? 'the library' : 'Sotto');

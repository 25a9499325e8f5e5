import type { Defer } from './turn.ts';

type Step = () => void;

/**
 * Steps of handshakes, which cost more than anything else that a stranger can ask: so many in a turn of the event loop,
 * what is more waits for the next one, after what came over links meanwhile. Addresses take turns (OPS-63).
 */
export class HandshakePace {
  readonly #defer: Defer;
  readonly #perTurn: number;
  /** By remote address, in the order of their turns. */
  readonly #waiting = new Map<string, Step[]>();
  #taken = 0;
  #planned = false;

  constructor(defer: Defer, perTurn: number) {
    this.#defer = defer;
    this.#perTurn = perTurn;
  }

  /** @returns whether the step was made at once; else it is made later */
  run(remote: string, step: Step): boolean {
    this.#plan();
    if (this.#taken < this.#perTurn && this.#waiting.size === 0) {
      this.#taken += 1;
      step();
      return true;
    }
    const queue = this.#waiting.get(remote);
    if (queue === undefined) this.#waiting.set(remote, [step]);
    else queue.push(step);
    return false;
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#defer(this.#turn);
  }

  readonly #turn = (): void => {
    this.#planned = false;
    this.#taken = 0;
    while (this.#taken < this.#perTurn) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const [remote, queue] = first;
      const step = queue.shift()!;
      this.#waiting.delete(remote);
      if (queue.length > 0) this.#waiting.set(remote, queue);
      this.#taken += 1;
      step();
    }
    if (this.#taken > 0) this.#plan();
  };
}

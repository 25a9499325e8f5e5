/** What is answered at the same time, to one address and in all: each answer holds a socket and a file open for as long as its reader likes. */
export interface AnswerLimits {
  readonly perRemote: number;
  readonly inAll: number;
}

/** A browser asks for six things at once; many people may come through one proxy, which takes an answer in no time. */
export const ANSWER_LIMITS: AnswerLimits = { perRemote: 128, inAll: 512 };

/** Counts answers of HTTP that are under way. */
export class AnswerLimit {
  readonly #limits: AnswerLimits;
  readonly #underWay = new Map<string, number>();
  #inAll = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /**
   * @param remote as `remoteKey` has it
   * @returns to be called, once, when the answer is over; null: there are too many
   */
  begin(remote: string): (() => void) | null {
    const own = this.#underWay.get(remote) ?? 0;
    if (own >= this.#limits.perRemote || this.#inAll >= this.#limits.inAll) return null;
    this.#underWay.set(remote, own + 1);
    this.#inAll += 1;
    return () => {
      this.#inAll -= 1;
      const left = (this.#underWay.get(remote) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(remote);
      else this.#underWay.set(remote, left);
    };
  }
}

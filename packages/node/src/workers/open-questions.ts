/** Questions that wait for an answer of the process at the other end of a channel, by number. */
export class OpenQuestions {
  readonly #open = new Map<number, (answer: number) => void>();
  #last = 0;

  /** @returns its number, never 0 */
  ask(answered: (answer: number) => void): number {
    do this.#last = (this.#last + 1) >>> 0;
    while (this.#last === 0 || this.#open.has(this.#last));
    this.#open.set(this.#last, answered);
    return this.#last;
  }

  answer(number: number, answer: number): void {
    const answered = this.#open.get(number);
    this.#open.delete(number);
    answered?.(answer);
  }

  /** The other end is gone: this is the answer to everything. */
  endAll(answer: number): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const answered of open) answered(answer);
  }
}

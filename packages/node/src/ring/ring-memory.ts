import type { Clock } from '@sotto/protocol/link';
import type { DescriptorSet } from '@sotto/protocol/ring';
import type { OpenInvite, RingFile, RingState } from './ring-file.ts';

const SAVE_MS = 1000;

/** What the node keeps of its ring: the state in memory, written soon after it changed. */
export class RingMemory {
  readonly #file: RingFile;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #state: RingState;
  #descriptors: DescriptorSet | null = null;
  #cancel: (() => void) | null = null;
  #stopped = false;

  /** @param found makes the state of a node that keeps nothing yet */
  constructor(
    parts: { readonly file: RingFile; readonly clock: Clock; readonly onFailure: (error: unknown) => void },
    found: () => RingState,
  ) {
    this.#file = parts.file;
    this.#clock = parts.clock;
    this.#onFailure = parts.onFailure;
    this.#state = parts.file.load() ?? found();
  }

  get state(): RingState {
    return this.#state;
  }

  get invites(): readonly OpenInvite[] {
    return this.#state.invites;
  }

  /** On the disk when it returns: a token that was used must not work again after a crash. @throws what the file throws */
  keepInvites(invites: readonly OpenInvite[]): void {
    this.#state = this.#withDescriptors({ ...this.#state, invites });
    this.#file.save(this.#state);
  }

  /** Takes in what was kept; from now on the set is what is kept. */
  restore(descriptors: DescriptorSet): void {
    const nowMs = this.#clock.now();
    for (const { first, second } of this.#state.proofs ?? []) descriptors.addProof(first, second, nowMs);
    for (const encoded of this.#state.descriptors) descriptors.add(encoded, nowMs);
    this.#descriptors = descriptors;
  }

  /**
   * On the disk when it returns: with a clock set back while the node was down, it would sign lower ones, which nobody
   * takes until the lease is over. A disk that takes nothing keeps no node from being in its ring.
   */
  keepSequence(sequence: number): void {
    this.#state = { ...this.#state, sequence };
    this.#save();
  }

  /** What is kept is another than before. */
  changed(): void {
    if (!this.#stopped) this.#cancel ??= this.#clock.after(SAVE_MS, () => this.#save());
  }

  /** @param write false: as if the process had died */
  stop(write: boolean): void {
    this.#stopped = true;
    if (this.#cancel !== null && write) this.#save();
    this.#cancel?.();
    this.#cancel = null;
  }

  #save(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#state = this.#withDescriptors(this.#state);
    try {
      this.#file.save(this.#state);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  #withDescriptors(state: RingState): RingState {
    if (this.#descriptors === null) return state;
    const descriptors = this.#descriptors.all().map(({ encoded }) => encoded);
    const proofs = this.#descriptors.proofs.map(({ first, second }) => ({ first, second }));
    return { ...state, descriptors, proofs };
  }
}

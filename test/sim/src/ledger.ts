import type { Change, HistoryEvent } from './history-events.ts';

/** What a person wants to be true of a message. */
export interface WantedChange {
  readonly by: string;
  /** ms, by the clock of that screen. */
  readonly at: number;
  readonly change: Change;
  /** The program took it over, and its disk did not forget it since. */
  taken: boolean;
}

export interface LedgerMessage {
  readonly id: string;
  /** The screen on which it was written. */
  readonly by: string;
  /** A person. */
  readonly to: string;
  readonly text: string;
  /** Index of the event at which it was written. */
  readonly since: number;
  /** Place among the messages of its screen to this person, from 0; null: perhaps never taken over. */
  order: number | null;
  /** How many times the disk of its screen had been restored when it was taken over. */
  epoch: number;
  /** Taken over by a program whose disk has not forgotten it since. */
  wanted: boolean;
  readonly changes: WantedChange[];
}

/** Everything that people wrote and changed, whether their programs took it over or not. */
export class Ledger {
  readonly messages = new Map<string, LedgerMessage>();
  readonly #counts = new Map<string, number>();
  readonly #epochs = new Map<string, number>();
  readonly #images = new Map<string, number>();
  /** When what was taken over was taken over, and how its being forgotten is noted. */
  readonly #taken: { readonly by: string; readonly at: number; readonly forget: () => void }[] = [];
  /** By stream: how many messages were before each content that has a place but no row. */
  readonly #hidden = new Map<string, number[]>();
  #at = -1;

  /** Every event, in order. */
  follow(event: HistoryEvent): void {
    this.#at++;
    switch (event.type) {
      case 'tried':
        return this.#write(event);
      case 'sent':
        return this.#take(event.id);
      case 'changing':
        return this.#change(event);
      case 'changed':
        return this.#takeChange(event);
      case 'timing':
        return this.#hide(event.by, event.to);
      case 'imaged':
        return void this.#images.set(imageName(event), this.#at);
      case 'restored': {
        const since = this.#images.get(imageName(event)) ?? 0;
        this.#epochs.set(event.by, (this.#epochs.get(event.by) ?? 0) + 1);
        for (const { by, at, forget } of this.#taken) if (by === event.by && at > since) forget();
        return;
      }
      default:
    }
  }

  /** Contents that have a place among the messages from `after` to `before` and no row of their own, at most. */
  hiddenBetween(stream: string, after: number, before: number): number {
    return (this.#hidden.get(stream) ?? []).filter((place) => place >= after && place <= before + 1).length;
  }

  #write({ id, by, to, text }: HistoryEvent & { type: 'tried' }): void {
    if (this.messages.has(id)) return;
    const epoch = this.#epochs.get(by) ?? 0;
    this.messages.set(id, { id, by, to, text, since: this.#at, order: null, epoch, wanted: false, changes: [] });
  }

  #take(id: string): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    const { by, to } = message;
    if (message.order === null) {
      message.order = this.#counts.get(streamOf(by, to)) ?? 0;
      message.epoch = this.#epochs.get(by) ?? 0;
      this.#counts.set(streamOf(by, to), message.order + 1);
    }
    message.wanted = true;
    this.#taken.push({ by, at: this.#at, forget: () => void (message.wanted = false) });
  }

  #change({ id, by, at, change }: HistoryEvent & { type: 'changing' }): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    message.changes.push({ by, at, change, taken: false });
    for (const person of [message.to, message.by]) this.#hide(by, person);
  }

  #takeChange({ id, by, at }: HistoryEvent & { type: 'changed' }): void {
    const change = this.messages.get(id)?.changes.find((wanted) => wanted.by === by && wanted.at === at);
    if (change === undefined) return;
    change.taken = true;
    this.#taken.push({ by, at: this.#at, forget: () => void (change.taken = false) });
  }

  #hide(by: string, to: string): void {
    const stream = streamOf(by, to);
    this.#hidden.set(stream, [...(this.#hidden.get(stream) ?? []), this.#counts.get(stream) ?? 0]);
  }
}

/** Its author wanted it gone: who was not shown it by then never is. */
export const isTakenBack = ({ changes }: LedgerMessage): boolean => changes.some(({ change }) => 'deleted' in change);

/** What one screen writes to one person. */
export const streamOf = (screen: string, person: string): string => `${screen} to ${person}`;

export const imageName = ({ by, image }: { by: string; image: number }): string => `${by} ${image}`;

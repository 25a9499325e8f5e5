import type { HistoryEvent } from './history-events.ts';

/** Whose screen is whose, and what is owed to it. Follows the events; ask it about the moment that was followed last. */
export class Cast {
  readonly #people = new Map<string, string>();
  readonly #revoked = new Set<string>();
  /** Screens and people whose disk or sessions were once lost: what they sent or got may be encrypted anew. */
  readonly #shaken = new Set<string>();

  follow(event: HistoryEvent): void {
    switch (event.type) {
      case 'joined':
        this.#people.set(event.by, event.person);
        break;
      case 'revoked':
        this.#revoked.add(event.by);
        break;
      case 'restored':
      case 'sessions-lost':
        this.#shaken.add(event.by).add(this.personOf(event.by));
        break;
      default:
        break;
    }
  }

  personOf(screen: string): string {
    return this.#people.get(screen) ?? screen;
  }

  isRevoked(screen: string): boolean {
    return this.#revoked.has(screen);
  }

  /** @param who a screen or a person */
  isShaken(who: string): boolean {
    return this.#shaken.has(who);
  }
}

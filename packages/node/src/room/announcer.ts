import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { signAnnouncement } from '@sotto/protocol/mailbox';
import { AnnouncementSchema, create, MAX_ANNOUNCEMENT } from '@sotto/protocol/wire';
import type { NodeIdentity } from '../node-identity.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { Guest, Guests } from './guests.ts';

export interface AnnouncerParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly identity: NodeIdentity;
  readonly metrics: NodeMetrics;
}

/** What became of an announcement. */
export type Announced =
  | { readonly state: 'sent'; readonly guests: number }
  | { readonly state: 'nobody' }
  | { readonly state: 'unknown-name' }
  | { readonly state: 'too-long' };

/** The operator's word to all, or to one: signed by the node, so that nobody else can speak for it (NODE-53). */
export class Announcer {
  readonly #parts: AnnouncerParts;
  readonly #guests: Guests;

  constructor(parts: AnnouncerParts, guests: Guests) {
    this.#parts = parts;
    this.#guests = guests;
  }

  toAll(text: string): Announced {
    return this.#announce(text, [...this.#guests], null);
  }

  toOne(name: string, text: string): Announced {
    const guest = this.#guests.named(name);
    return guest === undefined ? { state: 'unknown-name' } : this.#announce(text, [guest], guest.account);
  }

  #announce(text: string, guests: readonly Guest[], account: Uint8Array | null): Announced {
    if (text.length > MAX_ANNOUNCEMENT) return { state: 'too-long' };
    if (guests.length === 0) return { state: 'nobody' };
    const { primitives, clock, identity, metrics } = this.#parts;
    const sentAt = clock.now();
    const signature = signAnnouncement(primitives, identity.nodeSeed, {
      network: identity.network,
      sentAt,
      account,
      text,
    });
    const personal = account !== null;
    const value = create(AnnouncementSchema, { text, sentAt: BigInt(sentAt), personal, signature });
    for (const { links } of guests) {
      for (const link of links) link.send(0, { case: 'announcement', value });
    }
    metrics.announcements += 1;
    return { state: 'sent', guests: guests.length };
  }
}

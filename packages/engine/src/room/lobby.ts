/**
 * Speaking to everybody in a private room: a line sealed pairwise to each guest, live, kept nowhere (ENG-30). The node
 * relays and sees that somebody speaks, not who or what.
 */
import { sameBytes } from '@sotto/protocol/crypto';
import { addressOf, tokenOf } from '@sotto/protocol/identity';
import type { Content, Present } from '@sotto/protocol/wire';
import { EngineError } from '../api.ts';
import type { Home } from '../account/home.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import type { Room } from '../account/room.ts';
import { nameOf, shortAddress } from '../contacts/contacts.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Route } from '../contacts/route.ts';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import type { LiveRecipient, LiveSender } from '../outbox/live-sender.ts';
import type { Primitives } from '../ports.ts';
import type { Targets } from '../outbox/targets.ts';
import type { Timers } from '../timers.ts';
import { checkLine, composeLine } from './room-line.ts';
import { Voices } from './voices.ts';
import { say } from '../sentences/say.ts';

/** Guests that a line reaches; in larger rooms people write to one another. */
const MAX_GUESTS = 50;
/** Between attempts to reach somebody. */
const PAUSES_MS = [500, 1500];

export interface LobbyParts {
  readonly platform: { readonly primitives: Primitives };
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly targets: Targets;
  readonly live: LiveSender;
  readonly room: Room;
  readonly home: () => Home;
  readonly events: EventStream;
}

/** A line, sealed to one device. */
interface Post {
  readonly to: LiveRecipient;
  readonly body: Uint8Array;
}

/** How a line went: how many people's devices were handed it, and the names of the others. */
export interface Said {
  readonly reached: number;
  readonly missed: string[];
}

export class Lobby {
  readonly #parts: LobbyParts;
  readonly #voices = new Voices();
  /** Lines leave in the order in which they were said, and are told in the order in which they came. */
  #saying: Promise<unknown> = Promise.resolve();
  #telling: Promise<unknown> = Promise.resolve();

  constructor(parts: LobbyParts) {
    this.#parts = parts;
  }

  /** @throws EngineError('bad-input' | 'too-long' | 'not-allowed' | 'unreachable'), ConnectionError */
  async say(text: string): Promise<Said> {
    checkLine(text);
    const turn = this.#saying.then(() => this.#speak(text));
    // Answers are awaited outside the turn: one guest who is slow holds up nobody's next line.
    this.#saying = turn.catch(() => undefined);
    const { answers } = await turn;
    const heard = await Promise.all(answers);
    const missed = heard.flatMap(({ name, passed }) => (passed ? [] : [name]));
    return { reached: heard.length - missed.length, missed };
  }

  /** Inside the inbox's transaction; the sender is verified. */
  heard(account: Uint8Array, content: Content, nowMs: number): void {
    const { database, contacts, home } = this.#parts;
    if (content.body.case !== 'roomLine' || !home().isRoom) return;
    const { text } = content.body.value;
    if (contacts.byAccount(account)?.status === 'blocked' || !this.#voices.mayBeHeard(account, nowMs)) return;
    const sentAt = Math.min(Number(content.sentAt), nowMs);
    const speaker = account.slice();
    database.afterCommit(() => {
      this.#telling = this.#telling.then(() => this.#tell(speaker, text, sentAt)).catch(() => undefined);
    });
  }

  async #speak(text: string): Promise<{ answers: Promise<{ name: string; passed: boolean }>[] }> {
    const { own, room, contacts, timers, events } = this.#parts;
    const route = this.#route();
    const everybody = (await room.find('')).filter(({ account }) => !sameBytes(account, own.account.publicKey));
    if (everybody.length > MAX_GUESTS) {
      throw new EngineError('not-allowed', say('room-too-many', { count: everybody.length, most: MAX_GUESTS }));
    }
    const sentAt = timers.now();
    const answers: Promise<{ name: string; passed: boolean }>[] = [];
    const lines = everybody
      .filter(({ account }) => contacts.byAccount(account)?.status !== 'blocked')
      .map(async (guest) => ({ guest, posts: await this.#seal(guest, route, text, sentAt) }));
    for (const { guest, posts } of await Promise.all(lines)) {
      answers.push(this.#post(guest, route, posts, () => this.#seal(guest, route, text, sentAt)));
    }
    const name = room.ownName ?? this.#parts.profile.current.name;
    events.emit(() => ({ type: 'room', from: own.address, name, text, sentAt }));
    return { answers };
  }

  /** Who has just come is seen a moment before their keys are there: said to them once more then. */
  async #post(
    guest: Present,
    route: Route,
    first: readonly Post[],
    again: () => Promise<readonly Post[]>,
  ): Promise<{ name: string; passed: boolean }> {
    const { live, timers } = this.#parts;
    let posts = first;
    for (const pauseMs of [...PAUSES_MS, null]) {
      const results = await Promise.all(posts.map(({ to, body }) => live.post(to, route, body)));
      if (results.includes(true)) return { name: this.#name(guest), passed: true };
      if (pauseMs === null) break;
      await new Promise<void>((resolve) => void timers.after(pauseMs, resolve));
      posts = await again();
    }
    return { name: this.#name(guest), passed: false };
  }

  /** For each device of a guest; none when it cannot be written to just now. */
  async #seal({ account }: Present, route: Route, text: string, sentAt: number): Promise<Post[]> {
    const { contacts, targets, live, platform, own } = this.#parts;
    const contact = contacts.byAccount(account);
    const posts: Post[] = [];
    try {
      const trusted: ContactEntry | null = contact?.status === 'accepted' ? contact : null;
      for (const target of await targets.prepareGuest(account, route, trusted)) {
        const to = { account, target, capability: null };
        const body = await live.seal(to, (id) => composeLine(platform.primitives, own, account, { id, sentAt, text }));
        if (body !== null) posts.push({ to, body });
      }
    } catch {
      // Counted as missed: gone meanwhile, without keys, or the node is busy.
    }
    return posts;
  }

  #route(): Route {
    const { home, profile } = this.#parts;
    const route = profile.current.home;
    if (!home().isOnline || route === null) {
      throw new EngineError('unreachable', say('room-unreachable'), true);
    }
    if (!home().isRoom) {
      throw new EngineError('not-allowed', say('room-none'));
    }
    return route;
  }

  async #tell(account: Uint8Array, text: string, sentAt: number): Promise<void> {
    const { room, contacts, platform, events } = this.#parts;
    if (room.nameOf(account) === null && contacts.byAccount(account) === null) {
      // Here before us, and never named yet. Without an answer the short address must do.
      await room.find(tokenOf(platform.primitives, account)).catch(() => undefined);
    }
    const contact = contacts.byAccount(account);
    const address = addressOf(account);
    const name = contact === null ? (room.nameOf(account) ?? shortAddress(address)) : nameOf(contact);
    events.emit(() => ({ type: 'room', from: address, name, text, sentAt }));
  }

  #name({ account, name }: Present): string {
    const contact = this.#parts.contacts.byAccount(account);
    return contact === null ? name : nameOf(contact);
  }
}

/** "… is typing": live only, never written at a node, and only between accepted contacts (network.md, rule 9). */
import { sameBytes } from '@sotto/protocol/crypto';
import { between } from '../backoff.ts';
import type { Primitives, Random } from '../ports.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import { composeContent, routeFor, typingBody } from './contents.ts';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import type { RemoteDevices } from '../contacts/remote-devices.ts';
import type { LiveSender } from './live-sender.ts';
import type { Timers } from '../timers.ts';

/** Told again at most so often; a little irregular, for a strict rhythm would tell a watching node what it is. */
const REPEAT_MS = 3000;
const REPEAT_JITTER_MS = 1500;
/** Shown so long without being told again. */
const SHOWN_MS = 6000;

export interface TypingParts {
  readonly platform: { readonly primitives: Primitives; readonly random: Random };
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly devices: RemoteDevices;
  readonly live: LiveSender;
  readonly events: EventStream;
  readonly isOnline: () => boolean;
  /** Our home is a private room. */
  readonly isRoom: () => boolean;
}

export class Typing {
  readonly #parts: TypingParts;
  /** What we last told them, and when it may be said again. */
  readonly #told = new Map<number, { again: number; active: boolean }>();
  readonly #shown = new Map<number, () => void>();

  constructor(parts: TypingParts) {
    this.#parts = parts;
  }

  /** Tells a contact, when there is a session already: typing never starts one. */
  async tell(contact: ContactEntry, active: boolean): Promise<void> {
    const { profile, timers, isOnline } = this.#parts;
    if (!profile.current.typing || contact.status !== 'accepted' || !isOnline()) return;
    const nowMs = timers.now();
    const told = this.#told.get(contact.id);
    if (active ? told?.active === true && nowMs < told.again : told?.active !== true) return;
    const pause = REPEAT_MS + between(this.#parts.platform.random, 0, REPEAT_JITTER_MS);
    this.#told.set(contact.id, { again: nowMs + pause, active });
    const known = this.#parts.devices.known(contact.account);
    for (const { device } of known?.list.devices ?? []) await this.#send(contact, device, active, nowMs);
  }

  /** A message of ours ends the notice by itself. */
  sent(contact: ContactEntry): void {
    this.#told.delete(contact.id);
  }

  /** A contact told us. Inside the inbox's transaction. */
  shown(contact: ContactEntry, active: boolean): void {
    if (contact.status !== 'accepted') return;
    if (!active) return this.ended(contact);
    this.#parts.database.afterCommit(() => {
      const running = this.#shown.get(contact.id);
      running?.();
      this.#shown.set(
        contact.id,
        this.#parts.timers.after(SHOWN_MS, () => this.#stop(contact)),
      );
      if (running === undefined) this.#show(contact, true);
    });
  }

  /** They stopped, or what they typed is here. */
  ended(contact: ContactEntry): void {
    this.#parts.database.afterCommit(() => {
      if (this.#shown.has(contact.id)) this.#stop(contact);
    });
  }

  #stop(contact: ContactEntry): void {
    this.#shown.get(contact.id)?.();
    this.#shown.delete(contact.id);
    this.#show(contact, false);
  }

  #show(contact: ContactEntry, active: boolean): void {
    this.#parts.contacts.setTyping(contact.id, active);
    this.#parts.events.emit(() => ({ type: 'typing', address: contact.address, active }));
  }

  async #send(contact: ContactEntry, device: number, active: boolean, nowMs: number): Promise<void> {
    const { platform, own, profile, devices, live, isRoom } = this.#parts;
    const sealKey = devices.known(contact.account)?.sealKeys.get(device);
    const route = routeFor(contact, profile.current);
    if (route === null || sealKey === undefined || sealKey.until <= nowMs) return;
    const { account } = contact;
    // In a private room nobody shows one with live-only envelopes (NODE-15): lines to all and notices to one look alike.
    const inRoom = isRoom() && profile.current.home !== null && sameBytes(route.node, profile.current.home.node);
    const capability = inRoom ? null : contact.capability;
    // No bundle: typing never starts a session.
    const to = { account, target: { device, sealKey, bundle: null }, capability };
    // Their profile is not told with a notice that may be lost.
    const settled = { ...contact, told: profile.current.version };
    const body = await live.seal(to, (id) => {
      const draft = { id, sentAt: nowMs, order: 0, body: typingBody(active) };
      return composeContent(platform.primitives, own, profile.current, settled, draft);
    });
    // Nobody waits for the answer; it is asked for because other live envelopes are answered too.
    if (body !== null) void live.post(to, route, body);
  }
}

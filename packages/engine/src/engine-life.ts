/** What an engine does by itself: begins, tells of its connection, looks after its store, and ends. */
import { readProfile } from './account/profile.ts';
import { EngineError } from './api.ts';
import type { Connection } from './api.ts';
import { checkPsk, nodeUrl } from './create-identity.ts';
import { REMOVED_WORDS } from './devices/own-devices.ts';
import { asEngineError } from './engine-errors.ts';
import { assemble } from './engine-parts.ts';
import type { EngineParts } from './engine-parts.ts';
import { maintain } from './maintenance.ts';
import type { Platform } from './ports.ts';
import { say } from './sentences/say.ts';
import type { Database } from './store/database.ts';

/** How long close() sends what is due, at most. */
const DRAIN_MS = 3000;
const DRAIN_STEP_MS = 20;
const MAINTENANCE_MS = 3_600_000;

export interface OpenOptions {
  /** Another home node than so far. */
  readonly node?: string | undefined;
  /** Another pre-shared key than so far; null: none any more. */
  readonly psk?: Uint8Array | null | undefined;
}

/** Begins when it is made (ENG-3). */
export class EngineLife {
  readonly parts: EngineParts;
  #told = '';
  #closing: Promise<void> | null = null;
  #closed = false;

  /** @throws EngineError('not-found') without an identity, EngineError('bad-input') for wrong options */
  constructor(platform: Platform, database: Database, own: EngineParts['own'], options: OpenOptions) {
    const record = readProfile(database);
    if (record === null) throw new EngineError('not-found', say('identity-none'));
    this.parts = assemble(platform, database, own, record, {
      onConnection: () => this.#guarded(() => this.tellConnection()),
      onFault: (error) => this.#fault(error),
    });
    const { profile, home, outbox, receipts, holdTimer, repair, stateCounter, expiry, parking, search } = this.parts;
    const url = options.node === undefined ? record.url : nodeUrl(options.node);
    const psk = options.psk === undefined ? record.psk : checkPsk(options.psk);
    if (url !== record.url) database.transaction(() => profile.update({ url, psk, home: null }));
    else if (options.psk !== undefined) {
      database.transaction(() => profile.update({ psk, home: record.home === null ? null : { ...record.home, psk } }));
    }
    this.parts.ownSide.begin(this.parts);
    if (this.parts.ownSide.devices.isRemoved) {
      home.giveUp(REMOVED_WORDS);
    } else {
      if (database.getMeta('published') !== null) stateCounter.whenPassed(() => outbox.start());
      stateCounter.start();
      home.start();
    }
    receipts.start();
    holdTimer.start();
    repair.start();
    expiry.start();
    database.scrub();
    parking.start();
    search.start();
    this.#maintain();
  }

  get closed(): boolean {
    return this.#closed;
  }

  reconnectNow(): void {
    if (this.#closed || this.parts.ownSide.devices.isRemoved) return;
    this.parts.home.reconnectNow();
    this.parts.links.reconnectNow();
    this.parts.tunnels.reconnectNow();
  }

  describeConnection(): Connection {
    return this.parts.home.describe(this.parts.history.waiting());
  }

  /** Only when it is news. */
  tellConnection(): void {
    if (this.#closed) return;
    this.parts.database.afterCommit(() => {
      const connection = this.describeConnection();
      const text = JSON.stringify(connection);
      if (text === this.#told) return;
      this.#told = text;
      this.parts.events.emit(() => ({ type: 'connection', connection }));
    });
  }

  /** Sends what is due, for some seconds at most, and ends. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#drain();
    await this.parts.stateCounter.close(this.parts.home.isOnline);
    this.#closed = true;
    const { timers, outbox, inbox, parking, speakers, search, links, tunnels, home, events } = this.parts;
    timers.close();
    speakers.close();
    outbox.close();
    inbox.close();
    parking.close();
    search.close();
    await Promise.all([links.close(), tunnels.close(), home.close()]);
    events.clear();
  }

  /** Receipts for what was just received, and what was just sent, still go out: who runs us may not come back soon. */
  async #drain(): Promise<void> {
    const { home, outbox, receipts, timers } = this.parts;
    const endMs = timers.now() + DRAIN_MS;
    while (home.isOnline && timers.now() < endMs && !(receipts.isIdle() && outbox.isIdle() && home.hasPublished)) {
      await new Promise<void>((resolve) => void timers.after(DRAIN_STEP_MS, resolve));
    }
  }

  #maintain(): void {
    this.parts.timers.after(MAINTENANCE_MS, () => {
      this.#maintain();
      maintain(this.parts);
    });
  }

  /** A fault of ours in the background. It is shown, and nothing is lost: what was under way is in the rows. */
  #fault(error: unknown): void {
    if (this.#closed) return;
    const { code, message, said = [] } = asEngineError(error);
    this.parts.events.notice(code, { text: message, said });
  }

  /** For what others call: a fault of ours is not theirs. */
  #guarded(body: () => void): void {
    try {
      body();
    } catch (error) {
      this.#fault(error);
    }
  }
}

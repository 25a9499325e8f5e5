/** Several devices of one account, as the rest of the engine sees them. */
import { sameBytes } from '@sotto/protocol/crypto';
import type { VerifiedDeviceList } from '@sotto/protocol/identity';
import { create, SyncStreamSchema } from '@sotto/protocol/wire';
import type { Content, SyncStream } from '@sotto/protocol/wire';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import { acceptSilently, blockSilently, greetAll } from '../contacts/people.ts';
import { forgetConversation, removeSilently } from '../contacts/remove-contact.ts';
import type { RemoteDevices } from '../contacts/remote-devices.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { EventStream } from '../event-stream.ts';
import type { History } from '../history/history.ts';
import type { Ordering } from '../history/ordering.ts';
import type { Body } from '../outbox/contents.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { OutboxRows, PlannedRow } from '../outbox/outbox-rows.ts';
import { outboxKindOf, sentAtOf } from '../outbox/own-contents.ts';
import type { OwnContents } from '../outbox/own-contents.ts';
import type { Receipts } from '../outbox/receipts.ts';
import type { Targets } from '../outbox/targets.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import { EngineError } from '../api.ts';
import { takeArchive } from './archive-in.ts';
import { ArchiveOut } from './archive-out.ts';
import { DeviceNames } from './device-names.ts';
import { EarlyStates } from './early-states.ts';
import { LinkApproval } from './link-approval.ts';
import type { Approval } from './link-approval.ts';
import { linkStepBody } from './link-steps.ts';
import type { LinkParty } from './link-steps.ts';
import { OwnDevices } from './own-devices.ts';
import { OWN_STREAMS, ownStreams, restoredStreams } from './own-streams.ts';
import { readMessages } from './read-messages.ts';
import { answerRecall, recalledBody } from './recall-answer.ts';
import { Recall } from './recall.ts';
import { SelfSync } from './self-sync.ts';
import { SyncEvents } from './sync-events.ts';
import { SyncGaps } from './sync-gaps.ts';
import { SyncQuestions } from './sync-questions.ts';
import { SyncTaking } from './sync-taking.ts';
import { inWords, say } from '../sentences/say.ts';

const GREETED = 'own-devices-greeted';
/** How long other devices may ask for what was told. */
const KEEP_MS = 180 * 86_400_000;

export interface OwnSideParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly devices: RemoteDevices;
  readonly targets: Targets;
  readonly history: History;
  readonly ownContents: OwnContents;
  readonly rows: OutboxRows;
  readonly events: EventStream;
  readonly ordering: () => Ordering;
  readonly receipts: () => Receipts;
  readonly onFault: (error: unknown) => void;
}

export class OwnSide {
  readonly names: DeviceNames;
  readonly devices: OwnDevices;
  readonly sync: SelfSync;
  readonly gaps: SyncGaps;
  readonly taking: SyncTaking;
  readonly archive: ArchiveOut;
  readonly recall: Recall;
  /** Who is linking just now: this device as the approver, or as the new one. */
  party: LinkParty | null = null;
  readonly #parts: OwnSideParts;
  readonly #events: SyncEvents;
  readonly #early: EarlyStates;
  readonly #questions: SyncQuestions;
  #engine: EngineParts | null = null;

  constructor(parts: OwnSideParts) {
    this.#parts = parts;
    const { platform, timers, database, own, profile, contacts, devices, targets, history, events, onFault } = parts;
    this.names = new DeviceNames(database);
    this.archive = new ArchiveOut(() => this.#rest);
    this.recall = new Recall(() => this.#rest);
    this.#events = new SyncEvents(database);
    this.#early = new EarlyStates(database);
    this.gaps = new SyncGaps(database);
    this.devices = new OwnDevices({
      platform,
      timers,
      database,
      own,
      profile,
      devices,
      targets,
      events,
      home: () => this.#rest.home,
      onChanged: (added, removed) => this.#listChanged(added, removed),
      onRevoked: (removed) => this.#revoked(removed),
      onRemoved: () => this.#rest.outbox.close(),
      onFault,
    });
    this.sync = new SelfSync({
      ...parts,
      names: this.names,
      events: this.#events,
      outbox: () => this.#rest.outbox,
      others: () => this.devices.others,
    });
    this.#questions = new SyncQuestions(
      events,
      timers,
      database,
      platform.random,
      this.gaps,
      this.sync,
      () => this.#rest.outbox,
    );
    this.taking = new SyncTaking({
      platform,
      timers,
      database,
      own,
      profile,
      contacts,
      history,
      names: this.names,
      early: this.#early,
      gaps: this.gaps,
      self: this.sync,
      ordering: parts.ordering,
      receipts: parts.receipts,
      onStatus: (contact, status) => {
        if (status === 'accepted') acceptSilently(this.#rest, contact);
        else if (status === 'removed') removeSilently(this.#rest, contact);
        else blockSilently(this.#rest, contact);
      },
      onLate: (contact) => forgetConversation(this.#rest, contact),
      onRead: (contact, ids) => readMessages(this.#rest, contact, ids),
      onCapability: (conflict) => {
        if (conflict) greetAll(this.#rest);
        database.afterCommit(() => this.#rest.home.publish());
      },
      onArchive: (content, device) => takeArchive(this.#rest, content, device, timers.now()),
      onRecall: (device, since) => answerRecall(this.#rest, device, since),
      onRecalled: (device, recalled, nowMs) => this.recall.take(device, recalled, nowMs),
      onReceipt: (self, device, contentId) => {
        parts.rows.confirm(self.id, device, contentId);
        this.archive.confirmed(device, contentId);
      },
      onCame: () => this.#questions.start(),
    });
    devices.onChange = (account, before, now) => this.#otherList(account, before, now);
    contacts.onChange = (before, now) => this.sync.contactChanged(before, now);
    profile.onChange = (before, now) => this.sync.profileChanged(before, now);
  }

  /** Everything is there now. */
  begin(engine: EngineParts): void {
    this.#engine = engine;
    this.#takeStreams();
    this.recall.begin();
    this.#questions.start();
    this.#forgetLinkPeers();
    this.greet();
  }

  /** Out of a backup: what the other devices, also the one that made it, had told by then is in it. */
  #takeStreams(): void {
    const { database } = this.#parts;
    const streams = restoredStreams(database);
    if (streams === null) return;
    database.transaction(() => {
      database.removeMeta(OWN_STREAMS);
      const { id } = this.sync.contact();
      for (const { device, next } of streams) this.gaps.begin(id, device, next);
    });
  }

  /** Once, as soon as there are others: a device that took the account up again learns of them from its node. */
  greet(): void {
    const { database } = this.#parts;
    const engine = this.#rest;
    if (this.devices.others.length === 0 || database.getMeta(GREETED) !== null) return;
    // The others learn that this device is there; who approved it sends the history then.
    database.transaction(() => {
      database.setMeta(GREETED, { at: this.#parts.timers.now() });
      const hello = { sentAt: this.#parts.timers.now() };
      engine.outbox.plan(this.sync.contact(), this.#parts.platform.random(16), KIND.hello, hello);
      // So do the contacts: what they write from now on comes here too.
      greetAll(engine);
    });
  }

  /** What a linking that was cut off has left. */
  #forgetLinkPeers(): void {
    const { database, contacts, rows } = this.#parts;
    const peers = contacts.linkPeers();
    if (peers.length === 0) return;
    database.transaction(() => {
      for (const peer of peers) {
        rows.removeContact(peer.id);
        contacts.remove(peer);
      }
    });
  }

  get #rest(): EngineParts {
    if (this.#engine === null) throw new Error('not begun');
    return this.#engine;
  }

  /** @returns whether it came from another device of this account, and so was taken in here */
  take(account: Uint8Array, device: number, content: Content, nowMs: number): boolean {
    const { own } = this.#parts;
    if (content.body.case === 'linkStep') {
      this.party?.take(account, device, content, content.body.value.step);
      return true;
    }
    if (!sameBytes(account, own.account.publicKey)) return content.body.case === 'sync';
    this.devices.heard(Number(content.deviceListRevision));
    this.archive.heard(device);
    this.taking.take(device, content, nowMs);
    return true;
  }

  /** For a device that joins: what it is to have from each of the own devices, as it is not in the archive. */
  streams(): SyncStream[] {
    const { own, database } = this.#parts;
    const next = new Map(ownStreams(database, own.device.device).map((stream) => [stream.device, stream.next]));
    return own.deviceList.devices.map(({ device }) =>
      create(SyncStreamSchema, { own: true, device, next: BigInt(next.get(device) ?? 1) }),
    );
  }

  /** The number of the Sync content that comes next from an own device. */
  nextOf(device: number): number {
    if (device === this.#parts.own.device.device) return this.#events.next;
    return this.gaps.next(this.sync.contact().id, device);
  }

  /** After the storage went back: where this device numbers on, and what the other one told. Inside a transaction. */
  continueAfter(device: number, { next, told }: { next: number; told: number }, nowMs: number): void {
    this.#events.continueAt(next);
    this.gaps.expect(this.sync.contact().id, device, told, nowMs);
    this.#questions.start();
  }

  /** @throws EngineError */
  async approve(approval: Approval): Promise<number> {
    if (this.party !== null) throw new EngineError('try-later', say('link-busy'), true);
    const linking = new LinkApproval(this.#rest, this.archive);
    this.party = linking;
    try {
      return await linking.run(approval);
    } finally {
      this.party = null;
    }
  }

  /** It gets nothing from the next message on (DEV-7). @throws EngineError */
  async revoke(device: number, phrase: string | undefined): Promise<void> {
    const account = this.devices.accountKeys(phrase);
    try {
      await this.devices.change(account, ({ devices }) => {
        const left = devices.filter((entry) => entry.device !== device);
        if (left.length === devices.length) throw new EngineError('not-found', say('device-unknown', { device }));
        if (left.length === 0) throw new EngineError('bad-input', say('device-only'));
        return left.map(({ encoded }) => encoded);
      });
    } finally {
      if (phrase !== undefined) account.seed.fill(0);
    }
  }

  /** Also when the program ended in between. Inside the transaction that keeps the list. */
  #revoked(removed: readonly number[]): void {
    const { database, profile, timers } = this.#parts;
    for (const device of removed) this.archive.cancel(device);
    // They knew the capability: the contacts get another one, and with it the news that the list has changed.
    profile.rotateCapability(timers.now());
    this.sync.devicesChanged();
    greetAll(this.#rest);
    database.afterCommit(() => this.#rest.home.publish());
  }

  /** A content is in the history now: what was known of it before takes effect. Inside the inbox's transaction. */
  shown(contact: ContactEntry, contentId: Uint8Array): void {
    const { history } = this.#parts;
    for (const state of this.#early.take(contact.id, contentId)) {
      const row = history.byContent(contact.id, contentId);
      if (row === null) return;
      if (row.outgoing && state !== 'read-here') history.setState(row, state);
      if (!row.outgoing && state === 'read-here') readMessages(this.#rest, contact, [contentId]);
    }
  }

  /** A receipt for what is not here: perhaps its copy comes from another device. Inside a transaction. */
  confirmed(contact: ContactEntry, device: number, contentId: Uint8Array, state: 'delivered' | 'read'): void {
    // Of a live node, whose answer is the other device's own.
    if (contact.role === 'self') this.archive.confirmed(device, contentId);
    if (contact.role !== 'person' || this.devices.others.length === 0) return;
    this.#early.note(contact.id, contentId, state, this.#parts.timers.now());
  }

  /** What a row of the outbox says; null: what it was about is gone. */
  bodyOf(row: PlannedRow): Body | null {
    const { kind, device, payload } = row;
    if (kind === KIND.linkStep) return payload.body === undefined ? null : linkStepBody(payload.body);
    if (kind !== KIND.sync) return null;
    if (payload.part !== undefined) return this.archive.bodyOf(device, payload.part);
    if (payload.recall !== undefined) return this.recall.bodyOf(payload.recall);
    if (payload.recalled !== undefined) return recalledBody(this.#rest, device, payload.recalled);
    return this.sync.bodyOf(row);
  }

  /** This device is attached, or still is. */
  online(): void {
    if (this.devices.others.length === 0) return;
    try {
      this.#questions.online(this.devices.others);
      this.recall.ask();
    } catch (error) {
      // A fault of our own disk is no reason not to be attached.
      this.#parts.onFault(error);
    }
  }

  /** Forgets what nobody can ask for any more. */
  prune(): void {
    const { database, timers } = this.#parts;
    const before = timers.now() - KEEP_MS;
    database.transaction(() => {
      this.#events.prune(before);
      this.#early.prune(before);
    });
  }

  /** Inside the transaction that keeps the list. */
  #listChanged(added: readonly number[], removed: readonly number[]): void {
    const { events } = this.#parts;
    const words = [
      ...added.map((device) => `device ${device} was added`),
      ...removed.map((d) => `device ${d} was removed`),
    ];
    const said = [
      say('notice-own-devices-changed'),
      ...added.map((device) => say('notice-device-added', { device })),
      ...removed.map((device) => say('notice-device-removed', { device })),
    ];
    events.notice('own-devices-changed', inWords(`The devices of this account changed: ${words.join(', ')}.`, ...said));
    for (const device of removed) this.gaps.forget(device);
    if (added.length > 0) this.#parts.database.afterCommit(() => this.recall.ask());
  }

  /**
   * A device of a contact is not in its list any more: what was under way to it goes to those that are new, or to all
   * when nobody else was to get it. Inside a transaction.
   */
  dropDevice(contact: ContactEntry, device: number, added: readonly number[]): void {
    const { rows, ownContents } = this.#parts;
    for (const { contentId } of rows.removeDevice(contact.id, device)) {
      const content = ownContents.find(contact.id, contentId);
      if (content === null || !ownContents.isFromHere(content)) continue;
      const { state } = content.row;
      if (state !== 'waiting' && state !== 'sent' && state !== 'stored') continue;
      const receivers = rows.remaining(contact.id, contentId) === 0 ? [0] : added;
      for (const receiver of receivers) {
        const payload = { sentAt: sentAtOf(content) };
        this.#rest.outbox.plan(contact, contentId, outboxKindOf(content), payload, receiver);
      }
    }
  }

  /** Somebody's devices changed, or our own: what was meant for one that is gone goes to nobody. */
  #otherList(account: Uint8Array, before: VerifiedDeviceList | null, now: VerifiedDeviceList): void {
    const { own, contacts } = this.#parts;
    const contact = contacts.byAccount(account);
    const had = (before?.devices ?? []).map(({ device }) => device);
    const has = now.devices.map(({ device }) => device);
    const added = has.filter((device) => !had.includes(device));
    if (contact !== null) {
      for (const device of had.filter((number) => !has.includes(number))) this.dropDevice(contact, device, added);
    }
    if (sameBytes(account, own.account.publicKey)) this.devices.accepted(before, now);
  }
}

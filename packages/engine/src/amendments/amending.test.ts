import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { concat } from '@sotto/protocol/crypto';
import { ContentSchema, create, decodeContent, encode } from '@sotto/protocol/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../api.ts';
import { Contacts } from '../contacts/contacts.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { arrivalOf, Display } from '../history/display.ts';
import type { Saying } from '../history/display.ts';
import { readPage } from '../history/history-pages.ts';
import { History } from '../history/history.ts';
import type { MessageRow } from '../history/message-row.ts';
import { Search } from '../history/search.ts';
import { Wiping } from '../history/wiping.ts';
import { OutboxRows } from '../outbox/outbox-rows.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import { Timers } from '../timers.ts';
import { Amending } from './amending.ts';
import type { Author } from './amendment.ts';
import { AmendmentRows } from './amendment-rows.ts';
import { isLater, stampOf, timeAfter } from './stamp.ts';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

interface More {
  readonly id?: Uint8Array;
  readonly author?: Author;
  readonly sentAt?: number;
  readonly nowMs?: number;
}

/** The history of one conversation, and contents that come into it. */
class Fixture {
  readonly contact: ContactEntry;
  readonly history: History;
  readonly amendments: AmendmentRows;
  readonly #contacts: Contacts;
  readonly #display: Display;

  constructor() {
    const clock = { now: () => NOW_MS, after: () => () => undefined };
    const timers = new Timers(clock, () => undefined);
    const store = new NodeStore(':memory:');
    const platform = { store, primitives: nodePrimitives, random: systemRandom, databaseKey: new Uint8Array(32) };
    const database = new Database(platform);
    const events = new EventStream(database);
    const contacts = new Contacts(database, nodePrimitives, events);
    this.#contacts = contacts;
    this.contact = contacts.add(systemRandom(32), 'accepted', { profileName: 'Ann' });
    this.history = new History(database, contacts, events, { address: 'me', name: () => 'Me' });
    this.amendments = new AmendmentRows(database);
    const search = new Search(database, this.history, timers, (image) => NodeStore.inMemory(image));
    const rows = new OutboxRows(database);
    const { history, amendments } = this;
    const outbox = { plan: () => undefined };
    const wiping = new Wiping({ database, contacts, history, amendments, search, events, rows, outbox });
    const amending = new Amending(history, amendments, search, wiping);
    this.#display = new Display({ contacts, history, search, amending, onTimeRuns: () => undefined });
  }

  take(
    saying: Saying,
    { id = systemRandom(16), author = 'them', sentAt = NOW_MS, nowMs = NOW_MS }: More = {},
  ): Uint8Array {
    const arrival = { contentId: id, device: 1, order: 0, saying, sentAt, receivedAt: nowMs };
    this.#display.show(this.contact, author, arrival);
    return id;
  }

  /** What could not be opened at first. */
  fill(placeholder: MessageRow, saying: Saying): void {
    const { contentId } = placeholder;
    const arrival = { contentId, device: 1, order: 2, saying, sentAt: NOW_MS, receivedAt: NOW_MS };
    this.#display.fill(this.contact, placeholder, arrival);
  }

  bytes(bytes: Uint8Array): void {
    this.#display.show(this.contact, 'them', arrivalOf(decodeContent(bytes), 1, NOW_MS));
  }

  text(text: string, more: More = {}): Uint8Array {
    return this.take({ text, replyTo: null, disappear: 0 }, more);
  }

  get timer(): number | undefined {
    return this.#contacts.byId(this.contact.id)?.timer?.seconds;
  }

  get shown(): Message[] {
    return readPage(this.history, { contact: this.contact, limit: 1000 }).messages;
  }

  get last(): Message {
    return this.shown.at(-1)!;
  }
}

const target = systemRandom(16);
const edit = (text: string): Saying => ({ amendment: { kind: 'edit', target, text } });
const remove: Saying = { amendment: { kind: 'delete', target } };
const reaction = (emoji: string): Saying => ({ amendment: { kind: 'reaction', target, emoji } });

describe('amendments', () => {
  it('ENG-32: the same contents have the same effect in whatever order they come, their message among them', () => {
    const contents: readonly { saying: Saying; author?: Author; sentAt?: number; id: Uint8Array }[] = [
      { saying: { text: 'first', replyTo: null, disappear: 0 }, id: target },
      { saying: edit('second'), sentAt: NOW_MS - 20, id: systemRandom(16) },
      { saying: edit('third'), sentAt: NOW_MS - 10, id: systemRandom(16) },
      { saying: edit('tie a'), sentAt: NOW_MS - 5, id: new Uint8Array(16).fill(1) },
      { saying: edit('tie b'), sentAt: NOW_MS - 5, id: new Uint8Array(16).fill(2) },
      { saying: reaction('👍'), author: 'self', sentAt: NOW_MS - 30, id: systemRandom(16) },
      { saying: reaction('❤️'), author: 'self', sentAt: NOW_MS - 25, id: systemRandom(16) },
      { saying: reaction('🎉'), sentAt: NOW_MS - 25, id: systemRandom(16) },
      { saying: edit('mine now'), author: 'self', sentAt: NOW_MS, id: systemRandom(16) },
    ];
    const sorted = (message: Message): object => {
      return { ...message, reactions: message.reactions?.toSorted((a, b) => a.name.localeCompare(b.name)) };
    };
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...contents], { minLength: contents.length }),
        fc.array(fc.nat(8), { maxLength: 4 }),
        (order, again) => {
          const f = new Fixture();
          for (const { saying, ...more } of order) f.take(saying, more);
          // Twice is the same as once.
          for (const i of again) if (i > 0) f.take(contents[i]!.saying, contents[i]);
          expect(f.shown).toHaveLength(1);
          expect(sorted(f.last)).toMatchObject({
            content: { text: 'tie b' },
            editedAt: NOW_MS - 5,
            reactions: [
              { emoji: '🎉', name: 'Ann' },
              { emoji: '❤️', from: 'me' },
            ],
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('ENG-32: a deletion counts for ever, also before its message, and whatever is edited later', () => {
    for (const order of [
      ['text', 'delete', 'edit'],
      ['delete', 'text', 'edit'],
      ['edit', 'delete', 'text'],
    ]) {
      const f = new Fixture();
      for (const step of order) {
        if (step === 'text') f.text('secret', { id: target });
        else f.take(step === 'delete' ? remove : edit('again'), { sentAt: step === 'delete' ? 1 : NOW_MS });
      }
      expect(f.last.content).toEqual({ deleted: true });
      expect(f.last).not.toHaveProperty('editedAt');
      f.take(reaction('👍'));
      expect(f.last.reactions).toBeUndefined();
    }
  });

  it('ENG-33: nobody edits or deletes what somebody else wrote; a reaction counts once a person', () => {
    const f = new Fixture();
    f.text('mine', { id: target, author: 'self' });
    f.take(edit('theirs'));
    f.take(remove);
    for (const emoji of ['👍', '❤️', '🎉']) f.take(reaction(emoji));
    expect(f.last.content).toEqual({ text: 'mine' });
    expect(f.last.reactions).toHaveLength(1);
    f.take(reaction(''), { sentAt: NOW_MS + 1 });
    expect(f.last.reactions).toBeUndefined();
  });

  it('ENG-32: what counts does not depend on when it came to this device, however far ahead it is dated', () => {
    const far = { saying: edit('far ahead'), sentAt: NOW_MS + 10_000 * HOUR_MS, id: systemRandom(16) };
    const hour = { saying: edit('in an hour'), sentAt: NOW_MS + HOUR_MS, id: systemRandom(16) };
    const heart = { saying: reaction('❤️'), sentAt: NOW_MS + 3 * HOUR_MS, id: systemRandom(16) };
    const none = { saying: reaction(''), sentAt: NOW_MS + 2 * HOUR_MS, id: systemRandom(16) };
    const all = [far, hour, heart, none];
    for (const order of [all, all.toReversed()]) {
      for (const delays of [
        [0, 0, 0, 0],
        [0, 2, 4, 9],
        [0, 20_000, 20_001, 30_000],
      ]) {
        const f = new Fixture();
        f.text('said', { id: target });
        for (const [i, { saying, ...more }] of order.entries()) {
          f.take(saying, { ...more, nowMs: NOW_MS + delays[i]! * HOUR_MS });
        }
        expect(f.last).toMatchObject({ content: { text: 'far ahead' }, reactions: [{ emoji: '❤️' }] });
        expect(f.last.editedAt).toBeLessThanOrEqual(NOW_MS + 30_000 * HOUR_MS);
      }
    }
  });

  it('ENG-32: an own change is later than the one it replaces; nothing is later than can be written down', () => {
    const ahead = stampOf(systemRandom(16), NOW_MS + 10_000 * HOUR_MS, NOW_MS);
    const after = stampOf(systemRandom(16), timeAfter(NOW_MS, ahead), NOW_MS);
    expect([isLater(after, ahead), isLater(ahead, after)]).toEqual([true, false]);
    expect(ahead.at).toBe(NOW_MS);
    expect(timeAfter(NOW_MS, stampOf(systemRandom(16), NOW_MS - 5, NOW_MS))).toBe(NOW_MS);
    const last = stampOf(systemRandom(16), Number(2n ** 64n - 1n), NOW_MS);
    expect(Number.isSafeInteger(last.sentAt)).toBe(true);
    expect(timeAfter(NOW_MS, last)).toBe(last.sentAt);
  });

  it('ENG-32: of timers, which both sides set, none is the latest for ever', () => {
    const f = new Fixture();
    f.take({ timer: 60 });
    f.take({ timer: 1 }, { sentAt: NOW_MS + 10_000 * HOUR_MS });
    expect(f.timer).toBe(60);
    // A clock that is wrong by days counts, and is followed.
    f.take({ timer: 5 }, { sentAt: NOW_MS + 100 * HOUR_MS, nowMs: NOW_MS });
    f.take({ timer: 7 }, { sentAt: NOW_MS + HOUR_MS, nowMs: NOW_MS + HOUR_MS });
    expect(f.timer).toBe(5);
    f.take({ timer: 0 }, { sentAt: NOW_MS + 100 * HOUR_MS + 1, nowMs: NOW_MS });
    expect(f.timer).toBe(0);
  });

  it('ENG-33: what waits for a message that never comes is bounded', () => {
    const f = new Fixture();
    for (let i = 0; i < 600; i++) {
      f.take({ amendment: { kind: 'reaction', target: systemRandom(16), emoji: '👍' } });
    }
    const first = systemRandom(16);
    f.take({ amendment: { kind: 'delete', target: first } });
    for (let i = 0; i < 499; i++) f.take({ amendment: { kind: 'edit', target: systemRandom(16), text: 'x' } });
    f.text('taken back before it came', { id: first });
    expect(f.last.content).toEqual({ deleted: true });
    const second = systemRandom(16);
    f.take({ amendment: { kind: 'delete', target: second } });
    for (let i = 0; i < 500; i++) f.take({ amendment: { kind: 'edit', target: systemRandom(16), text: 'x' } });
    f.text('too long ago', { id: second });
    expect(f.last.content).toEqual({ text: 'too long ago' });
  });

  it('WIRE-9, ENG-32: a change of a later kind is shown as unknown, and can be reacted to and taken back', () => {
    const f = new Fixture();
    f.text('said', { id: systemRandom(16) });
    const head = {
      version: 1,
      id: target,
      conversation: systemRandom(32),
      from: f.contact.account,
      to: systemRandom(32),
    };
    const content = encode(ContentSchema, create(ContentSchema, { ...head, sentAt: BigInt(NOW_MS), order: 2n }));
    // Field 90, length-delimited: a body of tomorrow.
    f.bytes(concat(content, new Uint8Array([0xd2, 0x05, 3, 1, 2, 3])));
    expect(f.last.content).toEqual({ unknown: true });
    f.take(edit('would put words into it'));
    f.take(reaction('👍'));
    expect(f.last).toMatchObject({ content: { unknown: true }, reactions: [{ emoji: '👍' }] });
    f.take(remove);
    expect(f.last.content).toEqual({ deleted: true });
    expect(f.shown).toHaveLength(2);
  });

  it('ENG-32: a change waits for a message that could not be opened, and takes effect with it', () => {
    const f = new Fixture();
    const times = { sentAt: NOW_MS, receivedAt: NOW_MS };
    const row = { contentId: target, outgoing: false, unread: true, device: 1, order: 0, state: 'delivered' as const };
    const placeholder = f.history.insert(f.contact, { ...row, record: { undecryptable: true, ...times } });
    f.take(edit('second'));
    f.take(reaction('👍'));
    expect(f.last.content).toEqual({ undecryptable: true });
    f.fill(placeholder, { text: 'first', replyTo: null, disappear: 60 });
    expect(f.last).toMatchObject({ content: { text: 'second' }, reactions: [{ emoji: '👍' }], disappearAfter: 60 });
    expect(f.shown).toHaveLength(1);
  });

  it('ENG-32: what could not be opened and turns out to be a change leaves no row', () => {
    const f = new Fixture();
    f.text('first', { id: target });
    const times = { sentAt: NOW_MS, receivedAt: NOW_MS };
    const row = { contentId: systemRandom(16), outgoing: false, unread: true, device: 1, order: 0 };
    const record = { undecryptable: true as const, ...times };
    const placeholder = f.history.insert(f.contact, { ...row, state: 'delivered', record });
    f.fill(placeholder, edit('second'));
    expect(f.shown.map(({ content }) => content)).toEqual([{ text: 'second' }]);
  });

  it('ENG-31: an answer shows how the message begins that it answers, as it is now', () => {
    const f = new Fixture();
    f.text('long '.repeat(100), { id: target });
    f.take({ text: 'yes', replyTo: target, disappear: 0 }, { author: 'self' });
    expect(f.last.replyTo).toMatchObject({ id: toHex(target), name: 'Ann' });
    expect(f.last.replyTo!.text.length).toBeLessThan(130);
    expect(f.last.replyTo!.text.endsWith('…')).toBe(true);
    f.take(edit('short'), { author: 'them' });
    expect(f.last.replyTo!.text).toBe('short');
    f.take(remove);
    expect(f.last.replyTo).toMatchObject({ id: toHex(target), name: 'Ann', text: '' });
    f.take({ text: 'to what?', replyTo: systemRandom(16), disappear: 0 });
    expect(f.last.replyTo).toMatchObject({ from: '', name: '', text: '' });
  });
});

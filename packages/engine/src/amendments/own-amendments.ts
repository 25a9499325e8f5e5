/** What a person does to messages there are: edits, deletions, reactions, and when messages disappear. */
import { EngineError } from '../api.ts';
import type { MessageName } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { checkText } from '../outbox/contents.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { Amendment } from './amendment.ts';
import { findMessage, isHidden } from './find-message.ts';
import type { FoundMessage } from './find-message.ts';
import { stampOf, timeAfter } from './stamp.ts';
import type { Stamp } from './stamp.ts';
import { say } from '../sentences/say.ts';
import type { SentenceName } from '../sentences/sentences.ts';

/** In UTF-16 code units, as the wire allows. */
const MAX_EMOJI = 32;
/** 365 days. */
const MAX_TIMER_SECONDS = 31_536_000;

/** @throws EngineError */
export function editMessage(parts: EngineParts, name: MessageName, text: string): MessageRow {
  checkText(text);
  const { contact, row } = ownMessage(parts, name, 'edit-not-own');
  if (row.record.text === undefined) throw new EngineError('not-allowed', say('edit-wordless'));
  if (row.record.text === text) return row;
  const { database, history, search } = parts;
  if (row.state === 'failed' && row.order === 0) {
    // Nobody has it: it just says something else when it is sent again.
    database.transaction(() => {
      const record = { ...row.record, text };
      history.setRecord(row.position, record);
      search.add({ position: row.position, contact: row.contact, record });
      history.tellContent(row.contact, row.contentId);
    });
  } else {
    amend(parts, { contact, row }, { kind: 'edit', target: row.contentId, text }, row.record.edit);
  }
  return history.byPosition(row.position) ?? row;
}

/** For both sides. @throws EngineError */
export function deleteMessage(parts: EngineParts, name: MessageName): MessageRow {
  const { contact, row } = ownMessage(parts, name, 'delete-not-own');
  const { database, history, wiping } = parts;
  if (row.record.deleted === true) return row;
  if (row.order === 0) database.transaction(() => wiping.takeBack(row));
  else amend(parts, { contact, row }, { kind: 'delete', target: row.contentId }, undefined);
  return history.byPosition(row.position) ?? row;
}

/** Only on this device; what is hidden already stays so. @throws EngineError */
export function hideMessage(parts: EngineParts, name: MessageName): void {
  if (isHidden(parts, name)) return;
  const { row } = findMessage(parts, name);
  const { database, amendments, wiping, timers } = parts;
  const changes = amendments.about(row.contact, row.contentId);
  const waits = [row, ...changes].some(({ state }) => state === 'waiting') && row.outgoing;
  if (waits || changes.some(({ author, state }) => author === 'self' && state === 'waiting')) {
    throw new EngineError('not-allowed', say('hide-waits'), true);
  }
  database.transaction(() => wiping.remove(row, timers.now()));
}

/** An empty `emoji` takes the own reaction back. @throws EngineError */
export function react(parts: EngineParts, name: MessageName, emoji: string): MessageRow {
  checkEmoji(emoji);
  const { contact, row } = findMessage(parts, name);
  checkMayWrite(contact);
  const { text, unknown } = row.record;
  if (text === undefined && unknown !== true) throw new EngineError('not-allowed', say('react-nothing'));
  const before = row.record.reactions?.find(({ author }) => author === 'self');
  if ((before?.emoji ?? '') === emoji) return row;
  amend(parts, { contact, row }, { kind: 'reaction', target: row.contentId, emoji }, before?.stamp);
  return parts.history.byPosition(row.position) ?? row;
}

/** Both sides are told in the conversation. @throws EngineError */
export function setTimer(parts: EngineParts, contact: ContactEntry, seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_TIMER_SECONDS) {
    throw new EngineError('bad-input', say('timer-range'));
  }
  checkMayWrite(contact);
  if ((contact.timer?.seconds ?? 0) === seconds) return;
  const { database, history, contacts, outbox, own, platform, timers } = parts;
  const contentId = platform.random(16);
  const sentAt = timeAfter(timers.now(), contact.timer?.stamp);
  database.transaction(() => {
    contacts.update(contact, { timer: { seconds, stamp: stampOf(contentId, sentAt, timers.now()) } });
    const message = { contentId, outgoing: true, unread: false, state: 'waiting' as const, order: 0 };
    history.insert(contact, {
      ...message,
      device: own.device.device,
      record: { timer: seconds, sentAt, receivedAt: timers.now() },
    });
    outbox.plan(contact, contentId, KIND.text, { sentAt });
  });
}

/** Written down, done here, and sent: one transaction. */
function amend(
  parts: EngineParts,
  { contact, row }: FoundMessage,
  amendment: Amendment,
  before: Stamp | undefined,
): void {
  const { database, amendments, amending, wiping, outbox, own, platform, timers } = parts;
  const contentId = platform.random(16);
  const sentAt = timeAfter(timers.now(), before);
  const stamp = stampOf(contentId, sentAt, timers.now());
  database.transaction(() => {
    if (amendment.kind !== 'delete') wiping.replaceOwn(contact, row.contentId, amendment.kind);
    amending.apply(row, 'self', amendment, stamp);
    const given = { contact: contact.id, contentId, author: 'self' as const, device: own.device.device };
    amendments.insert({ ...given, state: 'waiting', amendment, stamp, waits: false });
    outbox.plan(contact, contentId, KIND.amend, { sentAt });
  });
}

function ownMessage(parts: EngineParts, name: MessageName, refusal: SentenceName): FoundMessage {
  const found = findMessage(parts, name, true);
  if (!found.row.outgoing) throw new EngineError('not-allowed', say(refusal));
  checkMayWrite(found.contact);
  return found;
}

function checkMayWrite({ status }: ContactEntry): void {
  if (status === 'blocked') throw new EngineError('blocked', say('blocked-unblock-first'));
  if (status === 'request') throw new EngineError('not-allowed', say('accept-first'));
}

/** One sign, as a reader would count. */
function checkEmoji(emoji: string): void {
  if (emoji === '') return;
  const isOne = [...new Intl.Segmenter().segment(emoji)].length === 1;
  if (!isOne || emoji.length > MAX_EMOJI || !emoji.isWellFormed() || /[\s\p{C}]/u.test(emoji.replace(/\u200d/gu, ''))) {
    throw new EngineError('bad-input', say('react-not-one'));
  }
}

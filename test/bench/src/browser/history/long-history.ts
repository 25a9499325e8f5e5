import { open } from 'node:fs/promises';
import { addressOf, createAccount } from '@sotto/protocol/identity';
import { writeBackup } from '@sotto/engine';
import { Contacts } from '../../../../../packages/engine/src/contacts/contacts.ts';
import { EventStream } from '../../../../../packages/engine/src/event-stream.ts';
import { History } from '../../../../../packages/engine/src/history/history.ts';
import { Database } from '../../../../../packages/engine/src/store/database.ts';
import type { BenchPerson } from './people.ts';
import { sentence } from '../../words.ts';

type Platform = BenchPerson['profile']['platform'];

export const MESSAGES = 100_000;
const CONVERSATIONS = 50;
/** Of a hundred messages so many are of the largest conversation. */
const SHARE_OF_LARGEST = 24;
/** So many messages of the largest conversation are answered so much later. */
const ANSWERED_EVERY = 200;
const ANSWERED_AFTER = 10_000;
const TURN = 1000;
const APART_MS = 7 * 60_000;
/** Stands in one message, near the beginning of the largest conversation. */
export const RARE_WORD = 'xylographic';
const RARE_AT = 1500;

export interface LongHistory {
  /** Address of the largest conversation. */
  readonly largest: string;
  readonly messagesOfLargest: number;
}

/**
 * Fills a profile whose engine is closed: 100,000 messages in 50 conversations that overlap in time. Texts of the
 * largest begin with their number: `#1`, `#2`, …
 */
export function writeLongHistory(platform: Platform, nowMs: number): LongHistory {
  const { primitives, random } = platform;
  const database = new Database(platform);
  const events = new EventStream(database);
  const contacts = new Contacts(database, primitives, events);
  const history = new History(database, contacts, events, { address: '', name: () => '' });
  const more = CONVERSATIONS - contacts.all().filter(({ role }) => role === 'person').length;
  const people = Array.from({ length: more }, (_, index) =>
    contacts.add(createAccount(primitives, random).publicKey, 'accepted', { petname: `Person ${index + 1}` }),
  );
  const [largest] = people;
  if (largest === undefined) throw new Error('there is nobody to talk with');
  const ids: Uint8Array[] = [];
  const begun = nowMs - MESSAGES * APART_MS;
  const write = (index: number): void => {
    const isOfLargest = (index * 37) % 100 < SHARE_OF_LARGEST;
    const contact = isOfLargest ? largest : people[1 + ((index * 7919) % (people.length - 1))]!;
    const contentId = random(16);
    const outgoing = (index * 31) % 7 < 3;
    const sentAt = begun + index * APART_MS;
    let text = sentence(index);
    let replyTo: Uint8Array | null = null;
    if (isOfLargest) {
      const number = ids.push(contentId);
      text = `#${number} ${number === RARE_AT ? `${RARE_WORD} ` : ''}${text}`;
      if (number % ANSWERED_EVERY === 0) replyTo = ids[number - 1 - ANSWERED_AFTER] ?? null;
    }
    const state = outgoing ? 'delivered' : 'read';
    const record = { text, sentAt, receivedAt: sentAt };
    history.insert(contact, { contentId, outgoing, unread: false, device: 1, order: 0, state, replyTo, record });
  };
  for (let from = 0; from < MESSAGES; from += TURN) {
    database.transaction(() => {
      for (let index = from; index < from + TURN; index++) write(index);
    });
  }
  return { largest: addressOf(largest.account), messagesOfLargest: ids.length };
}

/** As Sotto makes it, except for the trial restore afterwards: the browser restores it. */
export async function writeBackupFile(platform: Platform, path: string, passphrase: string): Promise<number> {
  const file = await open(path, 'wx');
  try {
    let bytes = 0;
    const output = {
      write: async (part: Uint8Array) => {
        await file.writeFile(part);
        bytes += part.length;
      },
    };
    const options = { passphrase: new TextEncoder().encode(passphrase), onProgress: () => undefined, signal: null };
    await writeBackup(platform, output, options);
    return bytes;
  } finally {
    await file.close();
  }
}

import { describe, expect, it } from 'vitest';
import type { Content, Message } from '@sotto/engine/api';
import { rowsOf, shownAt } from './rows.ts';

const NOON = new Date(2026, 4, 4, 12).getTime();
const MINUTE = 60_000;

function message(position: number, at: number, outgoing = false, content: Content = { text: 'x' }): Message {
  const who = { from: 'a', name: 'A', conversation: 'c', id: String(position) };
  return { ...who, position, outgoing, sentAt: at, receivedAt: at, content, state: 'read', storedOn: 0 };
}

describe('rows of a conversation', () => {
  it('begin each day, and stand together when one person writes in one go', () => {
    const rows = rowsOf(
      [
        message(1, NOON),
        message(2, NOON + MINUTE),
        message(3, NOON + 2 * MINUTE, true),
        message(4, NOON + 20 * MINUTE, true),
        message(5, NOON + 24 * 60 * MINUTE, true),
      ],
      null,
    );
    expect(rows.map(({ day }) => day)).toEqual([true, false, false, false, true]);
    expect(rows.map(({ first }) => first)).toEqual([true, false, true, true, true]);
    expect(rows.map(({ last }) => last)).toEqual([false, true, true, true, true]);
    expect(rows.map(({ newestOwn }) => newestOwn)).toEqual([false, false, false, false, true]);
  });

  it('have one line before what is unread, also when the first unread message is gone', () => {
    const all = [1, 2, 3, 4].map((position) => message(position, NOON));
    const lines = (messages: Message[]) =>
      rowsOf(messages, 3).flatMap((row) => (row.unreadLine ? [row.message.position] : []));
    expect(lines(all)).toEqual([3]);
    expect(lines(all.filter(({ position }) => position !== 3))).toEqual([4]);
    expect(rowsOf(all, 3).map(({ first }) => first)).toEqual([true, false, true, false]);
    expect(lines(all.slice(3))).toEqual([]);
  });

  it('never stand together with what is no bubble', () => {
    const rows = rowsOf([message(1, NOON), message(2, NOON, false, { gap: 2 }), message(3, NOON)], null);
    expect(rows.every(({ first, last }) => first && last)).toBe(true);
  });

  it('show no time that is still to come', () => {
    expect(shownAt({ ...message(1, NOON), sentAt: NOON + MINUTE })).toBe(NOON);
  });
});
